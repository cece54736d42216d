"""Plays the main job, from sign-up to arrival, on real trips against a running mesh."""
