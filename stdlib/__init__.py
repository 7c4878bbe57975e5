"""The standard library: what the language offers beyond its grammar, each thing declared once."""
