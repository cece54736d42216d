"""The live view: what changes on the way to an event, for all who watch it."""
