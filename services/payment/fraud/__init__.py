"""Looks at payments before they are charged, by the rules of the organization."""
