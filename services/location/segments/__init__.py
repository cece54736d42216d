"""Positions at rest: packed as they were reported, read and forgotten."""
