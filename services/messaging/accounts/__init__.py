"""What an organization sends and hears by: its accounts at those who carry messages."""
