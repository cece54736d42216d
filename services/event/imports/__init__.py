"""Imports: many people put on the list of an event at once, as a table or as a stream."""
