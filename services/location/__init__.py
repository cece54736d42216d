"""Location: knows where people on their way are, for as long as they agreed to be known.

Owns journeys (the consents), their positions, the estimates, and the live view of an event.
"""
