"""Tests of the kernel's source side: records to events, keys, orders and payloads."""
