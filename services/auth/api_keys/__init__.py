"""API keys: programs that act for an organization."""
