"""The Spark backend: the generated PySpark job, and how Spark is started for it."""
