"""How far a source of several partitions has come, and what a partition that was silent sends behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from py4j.java_gateway import get_field, set_field

if TYPE_CHECKING:
    from featlang.backends.kernel.inprocess import InProcess

LEAST = -(2**63)
LATENESS = 10
IDLENESS = 1000


class Source:
    """Partitions by their names, and their frontier."""

    def __init__(self, host: InProcess, names: str, idleness: int, released: int = LEAST) -> None:
        """Begin with partitions that were seen at 0 and have no event yet."""
        self.frontier = host.kernel.Frontier(LATENESS, idleness, released)
        self.partitions: dict[str, Any] = {}
        for name in names:
            self.add(host, name, 0)

    def add(self, host: InProcess, name: str, wall: int) -> None:
        """Find another partition."""
        self.partitions[name] = host.kernel.SourceReader.Partition()
        self.frontier.add(name, self.partitions[name], wall)

    def event(self, name: str, time: int, wall: int) -> None:
        """Read an event that is accepted."""
        partition = self.partitions[name]
        if not get_field(partition, "any") or time > get_field(partition, "greatest"):
            set_field(partition, "greatest", time)
        set_field(partition, "any", True)  # noqa: FBT003 - py4j's
        self.frontier.saw(name, wall)

    def at(self, wall: int) -> int:
        """Go on as far as may be."""
        return int(self.frontier.advance(wall))


def test_one_partition_is_its_greatest_time_less_the_lateness(kernel_host: InProcess) -> None:
    source = Source(kernel_host, "a", IDLENESS)
    assert source.at(0) == LEAST
    source.event("a", 100, 1)
    assert source.at(1) == 90
    source.event("a", 95, 2)
    assert source.at(2) == 90
    assert source.at(10**9) == 90


def test_the_slowest_partition_decides(kernel_host: InProcess) -> None:
    source = Source(kernel_host, "ab", -1)
    source.event("a", 100, 1)
    assert source.at(10**15) == LEAST
    source.event("b", 50, 2)
    assert source.at(2) == 40
    source.event("b", 200, 3)
    assert source.at(3) == 90


@pytest.mark.parametrize(("wall", "frontier"), [(IDLENESS + 1, 40), (IDLENESS + 2, 990)])
def test_a_silent_partition_holds_back_until_its_idleness_has_passed(
    kernel_host: InProcess, wall: int, frontier: int
) -> None:
    source = Source(kernel_host, "ab", IDLENESS)
    source.event("b", 50, 2)
    source.event("a", 1000, 500)
    assert source.at(500) == 40
    assert source.at(wall) == frontier


def test_the_frontier_never_goes_back(kernel_host: InProcess) -> None:
    source = Source(kernel_host, "ab", IDLENESS)
    source.event("a", 1000, 900)
    assert source.at(1500) == 990
    source.frontier.saw("b", 1600)  # an event behind what a let go, or a duplicate, neither of which moves a maximum
    source.event("a", 3000, 1600)
    assert source.at(1600) == 990
    source.event("b", 1500, 1700)
    assert source.at(1700) == 1490
    source.add(kernel_host, "c", 1700)
    assert source.at(1700) == 1490


def test_it_stays_while_all_are_silent(kernel_host: InProcess) -> None:
    source = Source(kernel_host, "ab", IDLENESS)
    source.event("a", 1000, 1)
    source.event("b", 500, 1)
    assert source.at(1) == 490
    assert source.at(10**6) == 490


def test_after_a_pause_of_all_each_is_awaited_anew(kernel_host: InProcess) -> None:
    """Whoever sends again after a pause mostly sends to all, and one of them is read first."""
    source = Source(kernel_host, "abc", IDLENESS)
    source.event("a", 100, 1)
    source.event("b", 100, 1)
    assert source.at(IDLENESS + 1) == 90
    source.event("a", 5000, 10_000)
    assert source.at(10_000) == 90
    source.event("b", 4000, 10_300)
    assert source.at(10_999) == 90  # c has sent nothing yet
    assert source.at(11_000) == 3990
    source.event("a", 6000, 20_000)
    assert source.at(20_999) == 3990
    assert source.at(21_000) == 5990  # all are silent again, and a alone sent something


def test_a_source_that_never_sent_anything_stays(kernel_host: InProcess) -> None:
    source = Source(kernel_host, "ab", IDLENESS)
    assert source.at(10**6) == LEAST
    source.event("a", 100, 10**6)
    assert source.at(10**6) == LEAST
    assert source.at(10**6 + IDLENESS) == 90


def test_it_goes_on_from_where_it_was_saved(kernel_host: InProcess) -> None:
    source = Source(kernel_host, "ab", IDLENESS, released=700)
    source.event("a", 200, 1)
    source.event("b", 200, 1)
    assert source.at(1) == 700
    assert source.frontier.released() == 700


def test_the_ends_of_time(kernel_host: InProcess) -> None:
    source = Source(kernel_host, "a", IDLENESS)
    source.event("a", LEAST + 3, 1)
    assert source.at(1) == LEAST


def test_a_new_partition_may_not_be_behind_those_that_are_read_on(kernel_host: InProcess) -> None:
    """A stage's state came as far as the least that its tasks had let go."""
    source = Source(kernel_host, "", -1)
    for before in (90, 40, 70):
        source.frontier.goesOn(before)
    source.add(kernel_host, "new", 0)
    assert source.frontier.released() == 40
    assert source.at(1) == 40
    source.event("new", 200, 2)
    assert source.at(2) == 190


def test_what_was_saved_for_all_partitions_holds_beside_what_was_for_each(kernel_host: InProcess) -> None:
    source = Source(kernel_host, "", -1, released=50)
    source.frontier.goesOn(LEAST)
    source.frontier.goesOn(20)
    assert source.frontier.released() == 50
