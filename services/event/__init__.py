"""Event: what takes place, where, when and for how much, and who is invited to it.

It keeps the line of every participant from invitation to arrival, so that one query shows it.
"""
