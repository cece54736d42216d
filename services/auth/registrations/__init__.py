"""Accounts that somebody asked for, until a code shows whose the address is."""
