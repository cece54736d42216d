"""Messaging: sends the right word on the right channel, once, and knows what became of it."""
