"""Retention: how long positions are kept, and in which form."""
