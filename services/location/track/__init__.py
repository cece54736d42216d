"""Positions on their way in: reports are taken, committed together, and answered."""
