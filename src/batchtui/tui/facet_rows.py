"""The facets of results as rows to choose from: pure, and all of it safe for a terminal."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from batchtui.core.shares import shares
from batchtui.core.text import human_count, one_line
from batchtui.results.search.facets import Facet, Facets, FacetValue
from batchtui.results.search.histogram import Histogram
from batchtui.tui.cells import Cell, Column
from batchtui.tui.result_presenters import type_look, type_words

_TITLES: Final = {
    "type": "result",
    "error": "error",
    "message": "message",
    "stop": "stop",
    "model": "model",
    "block": "blocks",
    "id": "same id",
    "in": "tokens in",
    "out": "tokens out",
}

_BAR: Final = 12
"""Cells of the longest bar."""

_LONGEST: Final = 200

FACET_COLUMNS: Final = (
    Column("facet", "", 10),
    Column("value", "value", 20, grow=1),
    Column("rows", "rows", 8, right=True),
    Column("share", "", 5, right=True, drop=2),
    Column("note", "", _BAR, grow=1, drop=1),
)


@dataclass(frozen=True, slots=True)
class FacetRow:
    """A value; `query` asks for its rows, and is empty where there is nothing to ask for."""

    id: tuple[str, str]
    query: str
    cells: Mapping[str, Cell]


@dataclass
class FacetRows:
    """The rows of a `RowList`."""

    rows: tuple[FacetRow, ...] = ()
    _places: dict[Hashable, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._places = {row.id: place for place, row in enumerate(self.rows)}

    def __len__(self) -> int:
        return len(self.rows)

    def row_id(self, index: int) -> Hashable:
        """The facet and the value."""
        return self.rows[index].id

    def index_of(self, row_id: Hashable) -> int | None:
        """Where that value is."""
        return self._places.get(row_id)

    def cells(self, index: int) -> Mapping[str, Cell]:
        """What it says."""
        return self.rows[index].cells


def facet_rows(facets: Facets, *, plain: bool) -> FacetRows:
    """The values of all facets, and the distributions of token counts after them."""
    rows: list[FacetRow] = []
    for facet in facets.facets.values():
        rows += _of_facet(facet, facets.rows, plain=plain)
    for histogram in facets.histograms.values():
        rows += _of_histogram(histogram, plain=plain)
    return FacetRows(tuple(rows))


def _of_facet(facet: Facet, rows: int, *, plain: bool) -> Iterator[FacetRow]:
    title = _TITLES.get(facet.name, facet.name)
    counts = [value.count for value in facet.values]
    for value, share in zip(facet.values, _shares(counts, rows), strict=True):
        yield FacetRow(
            (facet.name, value.name),
            value.query,
            {
                "facet": Cell(title, "accent"),
                "value": _value_cell(facet.name, value, plain=plain),
                "rows": Cell(human_count(value.count)),
                "share": Cell(share, "muted"),
                "note": _note(value, rows, plain=plain),
            },
        )
        title = ""
    if facet.unlisted:
        cells = {
            "value": Cell("others", "muted"),
            "rows": Cell(human_count(facet.unlisted), "muted"),
        }
        yield FacetRow((facet.name, ""), "", cells)


def _value_cell(name: str, value: FacetValue, *, plain: bool) -> Cell:
    if name == "type":
        return Cell(type_words(value.name, plain=plain), type_look(value.name).tone)
    tone = "bad" if name in ("error", "message") else ""
    return Cell(one_line(value.name[:_LONGEST]), tone)


def _shares(counts: Sequence[int], rows: int) -> list[str]:
    told = zip(counts, shares(counts, rows), strict=True)
    return ["all" if count == rows else f"{share} %" for count, share in told]


def _note(value: FacetValue, rows: int, *, plain: bool) -> Cell:
    if value.first_ids:
        ids = ", ".join(one_line(custom_id) or "(none)" for custom_id in value.first_ids)
        return Cell(f"{ids}{', …' if value.count > len(value.first_ids) else ''}", "muted")
    return Cell(_bar(value.count, rows, plain=plain), "busy")


def _bar(count: int, most: int, *, plain: bool) -> str:
    return ("#" if plain else "▇") * max(1, round(count * _BAR / max(1, most))) if count else ""


def _of_histogram(histogram: Histogram, *, plain: bool) -> Iterator[FacetRow]:
    if not histogram.rows:
        return
    most = max(one.count for one in histogram.bins)
    head = {
        "facet": Cell(_TITLES.get(histogram.field, histogram.field), "accent"),
        "value": Cell(f"median {human_count(histogram.median)}", "muted"),
        "rows": Cell(human_count(histogram.rows), "muted"),
        "note": Cell(
            f"p95 {human_count(histogram.p95)}, total {human_count(histogram.total)}", "muted"
        ),
    }
    yield FacetRow((histogram.field, ""), "", head)
    counts = [one.count for one in histogram.bins]
    for one, share in zip(histogram.bins, _shares(counts, histogram.rows), strict=True):
        low, high = human_count(one.low), human_count(one.high)
        cells = {
            "value": Cell(low if one.low == one.high else f"{low} – {high}"),
            "rows": Cell(human_count(one.count)),
            "share": Cell(share, "muted"),
            "note": Cell(_bar(one.count, most, plain=plain), "busy"),
        }
        yield FacetRow((histogram.field, str(one.low)), one.query, cells)


def glance(facets: Facets, *, of: int) -> list[Cell]:
    """What is the same for all of the rows: `all 1,000 rows: errored · billing_error`."""
    rows = facets.rows
    which = human_count(rows) if rows == of else f"{human_count(rows)} of {human_count(of)}"
    alike = [
        value
        for name in ("type", "error", "message", "stop", "model")
        if (facet := facets.facets.get(name)) is not None
        for value in facet.values[:1]
        if value.count == rows and rows > 1
    ]
    words = f"{which} rows"
    if alike:
        values = " · ".join(one_line(value.name[:_LONGEST]) for value in alike)
        words = f"all {words}: {values}"
    cells = [Cell(words, "strong")]
    return cells if facets.done else [Cell("counting …", "busy"), *cells]
