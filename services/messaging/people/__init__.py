"""Copies of people, events and organizations, as far as messages speak of them."""
