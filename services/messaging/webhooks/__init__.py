"""What those who carry messages tell us: on disk before it is acknowledged, acted on after it."""
