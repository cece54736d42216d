"""Events: drafted, published, revised and called off."""
