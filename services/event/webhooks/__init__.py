"""Webhooks: an organization's own programs are told what becomes true, signed and in order."""
