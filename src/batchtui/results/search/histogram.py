"""How the counts of a column are distributed."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows with a count from `low` to `high`, both included. `query` narrows to them."""

    low: int
    high: int
    count: int
    query: str


@dataclass(frozen=True, slots=True)
class Histogram:
    """The distribution of a field, of the rows that have it.

    The bins are neighbours, at 1, 2, 5, 10, 20, 50, ...; the first and the last are not empty.
    The numbers are 0 where `rows` is.
    """

    field: str
    """As a query calls it: `in`, `out`, ..."""
    rows: int
    total: int
    least: int
    median: int
    p95: int
    greatest: int
    bins: tuple[Bin, ...]


def histogram(field: str, counts: Iterable[int]) -> Histogram:
    """The distribution of counts; those below 0 stand for none."""
    values = sorted(counts)
    values = values[bisect_left(values, 0) :]
    if not values:
        return Histogram(field, 0, 0, 0, 0, 0, 0, ())
    return Histogram(
        field,
        rows=len(values),
        total=sum(values),
        least=values[0],
        median=values[(len(values) - 1) // 2],
        p95=values[(len(values) - 1) * 95 // 100],
        greatest=values[-1],
        bins=tuple(_bins(field, values)),
    )


def _bins(field: str, values: list[int]) -> Iterator[Bin]:
    edges = list(_edges(values[-1]))
    places = [bisect_left(values, edge) for edge in edges]
    first = bisect_right(edges, values[0]) - 1
    for (low, after), (start, stop) in zip(
        pairwise(edges[first:]), pairwise(places[first:]), strict=True
    ):
        asked = f"{field}={low}" if after == low + 1 else f"{field}>={low} {field}<{after}"
        yield Bin(low, after - 1, stop - start, asked)


def _edges(greatest: int) -> Iterator[int]:
    """0, 1, 2, 5, 10, ... until one is beyond the greatest value."""
    yield 0
    scale, edge = 1, 0
    while edge <= greatest:
        for step in (1, 2, 5):
            edge = step * scale
            yield edge
            if edge > greatest:
                return
        scale *= 10
