"""Shares: links that show the way to an event to people without accounts, for a while."""
