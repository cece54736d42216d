"""Gives back all that was paid for an event that was called off, and says how far that is."""
