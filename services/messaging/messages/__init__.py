"""Messages as they are kept, whatever they say and whoever carries them."""
