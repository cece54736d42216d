"""Tickets after they are sold: who has them, which code opens the door, and giving one back."""
