"""Journeys: consents to be seen on the way to one event, and what came of them."""
