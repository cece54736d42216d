"""Gatherings, as the facts of others tell of them: where, when, and who comes."""
