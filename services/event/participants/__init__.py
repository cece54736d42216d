"""Participants: invited, and followed from there to their arrival by every service's facts."""
