"""Registration forms: what an event asks of those who come, and what an answer must be."""
