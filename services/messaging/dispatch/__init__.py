"""Hands messages to who carries them, each once."""
