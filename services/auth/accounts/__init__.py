"""Accounts: people, their passwords, and the sessions they hold."""
