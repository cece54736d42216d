"""What providers and the platform took of charges."""
