"""What providers pay out to the banks of organizations."""
