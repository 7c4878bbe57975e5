"""Which random programs and streams the kernel is compared on."""

from tests.strategies import Coverage, seeded_pairs

SEED = 1
PROGRAMS = 40
STREAMS = 50
"""For each program."""


def coverage() -> Coverage:
    """Count, for each aggregate, window, type and nullability, the pairs that try it."""
    tally = Coverage()
    for program, _ in seeded_pairs(SEED, range(PROGRAMS), 0):
        tally.add(program, STREAMS)
    return tally
