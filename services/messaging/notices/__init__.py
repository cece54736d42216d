"""What somebody should be told, and the message that comes of it."""
