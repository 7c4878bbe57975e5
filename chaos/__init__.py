"""Kills running jobs at random moments and looks at what is left."""
