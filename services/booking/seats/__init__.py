"""The seats of an event that have names: where they are, and who has which."""
