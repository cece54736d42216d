"""The waitlist: who waits for seats of an event that is sold out, and who gets them next."""
