"""Arrivals: who is expected when, and where they are now, for clients that ask."""
