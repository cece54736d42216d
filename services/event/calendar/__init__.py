"""Calendar: puts events into people's calendars, as files of iCalendar (RFC 5545)."""
