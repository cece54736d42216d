"""What people wrote that only people can answer, and the answers."""
