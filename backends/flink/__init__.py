"""Flink: the streaming job's script, and what a local run of it needs."""
