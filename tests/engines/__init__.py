"""Random programs on the real engines."""
