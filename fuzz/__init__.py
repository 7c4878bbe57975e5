"""Looks for programs on which the kernel differs from the reference, for as long as one likes."""
