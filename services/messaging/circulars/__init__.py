"""What many are written in the same words, kept once; a message has what is its own."""
