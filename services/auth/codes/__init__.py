"""Codes that show whose an address or a number is, and that help who forgot the password."""
