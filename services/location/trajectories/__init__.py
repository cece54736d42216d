"""Trajectories: the ways that people came, without what cannot be true."""
