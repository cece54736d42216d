"""The door: who came in with which ticket, also where the door had no network for a while."""
