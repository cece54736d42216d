"""Auth: knows who people are and what they are in which organization, and proves it to all."""
