"""Organizations, and who is a member of each, as what."""
