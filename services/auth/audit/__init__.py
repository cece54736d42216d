"""The audit log: who did what to what, from where, and with which result."""
