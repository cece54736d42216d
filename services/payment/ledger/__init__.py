"""The books: what came, what went, and whose it is. Double entry; nothing is ever changed."""
