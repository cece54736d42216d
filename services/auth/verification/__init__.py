"""What a token is worth right now: for services that were handed one."""
