"""What people write to us: who wrote, what it asks for, and what came of it."""
