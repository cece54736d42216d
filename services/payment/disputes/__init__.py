"""What becomes of payments that the owners of the cards do not accept."""
