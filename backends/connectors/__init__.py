"""Connectors: a folder for each system that events come from or rows go to."""
