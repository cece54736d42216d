"""Codes that make seats cheaper, or sell those that are hidden."""
