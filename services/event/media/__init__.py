"""Media: the cover images and the files of events."""
