"""Where people are notified: apps and browsers that they registered with an organization."""
