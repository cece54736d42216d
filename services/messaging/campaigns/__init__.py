"""What many participants of an event are told in words of the organization's own."""
