"""What payment knows of the events that people pay for, as event announces them."""
