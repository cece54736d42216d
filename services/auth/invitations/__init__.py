"""Invitations: people who were asked to become members of an organization."""
