"""What the provider and we know of the same time, compared: nothing moves that only one knows."""
