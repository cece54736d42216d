"""Which templates of an organization stand in place of the words that are built in."""
