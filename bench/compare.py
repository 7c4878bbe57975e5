"""Compares a peer's rows with ours: `python bench/compare.py OURS PEER [ENDING…]`, folders of Parquet files.

Counts and maxima must be equal, sums and means within 1e-9 of the greater of 1 and the value, nulls where ours are.
Rows are matched by user and time. Of events of a user at one time ours are in order, each seeing those before it; a
peer that has `_tie` is compared row by row, a peer whose rows see all of them (RANGE) only in the last one. The number
of rows must be equal in any case. Columns without one of the endings are left out, if any are given.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

CLOSE = 1e-9


def compare(ours: Path, peer: Path, endings: tuple[str, ...] = ("",)) -> dict[str, int]:
    """How many `rows` were matched, `values` compared, and of them `differ`; `missing` rows are in one only."""
    theirs = _rows(peer)
    mine = _rows(ours)
    missing = abs(mine.num_rows - theirs.num_rows)
    if "_tie" not in theirs.column_names:
        mine, theirs = _last(mine), _last(theirs)
    if mine.num_rows != theirs.num_rows or any(
        not mine[key].equals(theirs[key]) for key in ("user_id", "ts", "_tie") if key in theirs.column_names
    ):
        return {"rows": 0, "values": 0, "differ": 0, "missing": max(missing, 1)}
    keys = ("user_id", "ts", "_tie")
    features = [name for name in mine.column_names if name not in keys and name.endswith(endings)]
    differ = sum(_differ(name, mine[name], theirs[name]) for name in features)
    return {"rows": mine.num_rows, "values": mine.num_rows * len(features), "differ": differ, "missing": missing}


def _rows(folder: Path) -> pa.Table:
    """In order, under the peers' names."""
    files = [file for file in sorted(folder.rglob("*.parquet")) if file.is_file()] if folder.is_dir() else [folder]
    rows = pa.concat_tables([pq.read_table(file) for file in files])
    rows = rows.rename_columns([name.replace("_exact", "") for name in rows.column_names])
    keys = [pa.array(rows["user_id"].cast(pa.string()).combine_chunks()), rows["ts"].cast(pa.int64()).combine_chunks()]
    columns = {
        "user_id": keys[0],
        "ts": keys[1],
        **{n: rows[n] for n in rows.column_names if n not in ("user_id", "ts")},
    }
    order = [(key, "ascending") for key in ("user_id", "ts", "_tie") if key in columns]
    return pa.table(columns).sort_by(order).combine_chunks()


def _last(rows: pa.Table) -> pa.Table:
    """Only the last of the rows of a user at one time."""
    users, times = rows["user_id"].combine_chunks(), rows["ts"].combine_chunks()
    if len(users) < 2:  # noqa: PLR2004 - none can be equal
        return rows
    other = pc.or_(pc.not_equal(users[1:], users[:-1]), pc.not_equal(times[1:], times[:-1]))
    return rows.filter(pa.array(np.append(other.to_numpy(zero_copy_only=False), True)))


def _differ(name: str, mine: pa.ChunkedArray, theirs: pa.ChunkedArray) -> int:
    nulls = (mine.is_null().to_numpy(), theirs.is_null().to_numpy())
    a = mine.cast(pa.float64()).fill_null(0.0).to_numpy()
    b = theirs.cast(pa.float64()).fill_null(0.0).to_numpy()
    exact = mine.type == pa.int64() or name.startswith("most")
    equal = a == b if exact else np.abs(a - b) <= CLOSE * np.maximum(1.0, np.abs(a))
    return int(np.count_nonzero(~equal | (nulls[0] != nulls[1])))


def main() -> None:
    """Exits 1 where anything differs."""
    ours, peer, *endings = sys.argv[1:]
    result = compare(Path(ours), Path(peer), tuple(endings) or ("",))
    print(result)
    sys.exit(bool(result["differ"] or result["missing"]))


if __name__ == "__main__":
    main()
