"""Views: who looked at whom, for the person who was looked at."""
