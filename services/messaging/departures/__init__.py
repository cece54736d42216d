"""Who has to leave now to be in time, and who will be late."""
