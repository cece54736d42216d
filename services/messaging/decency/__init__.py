"""Whom an organization does not write to, when, and how often."""
