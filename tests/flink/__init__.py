"""Tests of the Flink host, the generated PyFlink program included."""
