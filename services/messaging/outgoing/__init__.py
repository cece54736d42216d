"""What somebody of an organization writes to one person, in words of their own."""
