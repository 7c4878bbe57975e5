"""Hand-computed results of the reference interpreter: docs/decoding.md and the meaning of values, executed."""
