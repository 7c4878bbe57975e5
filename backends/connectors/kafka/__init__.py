"""Kafka: topics as sources, and what Kafka's clients are told of an environment's brokers."""
