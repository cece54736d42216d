"""Ends e-mails to an address by the link in each of them."""
