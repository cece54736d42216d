"""Seats of those who neither came nor are close: near the start they go to who waits."""
