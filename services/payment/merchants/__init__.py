"""The accounts of organizations with those who move money, and the keys to them, sealed."""
