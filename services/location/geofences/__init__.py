"""Geofences: places on the way to an event, and who came into them, stayed, and left."""
