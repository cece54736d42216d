"""One thing to say, by one channel after the other until it has arrived."""
