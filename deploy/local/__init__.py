"""The whole mesh on one machine with nothing but what pip installs."""
