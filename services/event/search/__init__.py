"""Search: finds events by words, by place, by time and by price."""
