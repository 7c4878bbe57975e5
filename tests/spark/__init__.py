"""Spark's tests: one JVM serves them all."""
