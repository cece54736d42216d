"""Hours: what was on the way to events, hour by hour."""
