"""Who runs the platform itself."""
