"""How many seats are left, for those who look once and those who go on looking."""
