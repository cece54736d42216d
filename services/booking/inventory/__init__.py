"""What an organizer sees of the seats: pools, the ledger, and whom a cut capacity hits."""
