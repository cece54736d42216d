"""Tasks: what is done for an event at its time, such as reminding those who come."""
