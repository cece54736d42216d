"""What was paid and given back, on paper: numbered without gaps, and never changed."""
