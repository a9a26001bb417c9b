"""`results --facets`: what kinds of results there are, as a table or as JSON."""

from collections import deque
from collections.abc import Sequence
from dataclasses import asdict

from batchtui.cli.output import Column, Output
from batchtui.core.text import human_count, one_line, truncate
from batchtui.results.file.results_file import ResultsFile
from batchtui.results.search.facets import Facets, facets

_WIDEST = 60
"""Cells of a value at most: messages and names are as long as a server likes."""

_COLUMNS = (
    Column("FACET"),
    Column("ROWS", right=True),
    Column("VALUE", flexible=True),
    Column("FIRST IDS", flexible=True),
    Column("QUERY", flexible=True),
)
_TOKEN_COLUMNS = (
    Column("TOKENS"),
    *(Column(name, right=True) for name in ("ROWS", "TOTAL", "LEAST", "MEDIAN", "P95", "GREATEST")),
)


def show_facets(
    out: Output, file: ResultsFile, rows: Sequence[int] | None, *, as_json: bool
) -> None:
    """Write the facets of these rows, of all if None.

    Raises:
        ResultsError: the file cannot be read.
    """
    known = deque(facets(file, rows), maxlen=1).pop()
    if as_json:
        out.json({key: value for key, value in asdict(known).items() if key != "done"})
    else:
        _show_tables(out, known)


def _show_tables(out: Output, known: Facets) -> None:
    lines = []
    for facet in known.facets.values():
        for value in facet.values:
            ids = ", ".join(value.first_ids)
            name = truncate(one_line(value.name), _WIDEST)
            ids = truncate(one_line(ids), _WIDEST)
            lines.append((facet.name, human_count(value.count), name, ids, value.query))
        if facet.unlisted:
            lines.append((facet.name, human_count(facet.unlisted), "(others)", "", ""))
    out.table(_COLUMNS, lines)
    counted = [one for one in known.histograms.values() if one.rows]
    if counted:
        out.line()
        numbers = (
            (one.rows, one.total, one.least, one.median, one.p95, one.greatest) for one in counted
        )
        out.table(
            _TOKEN_COLUMNS,
            [
                (one.field, *map(human_count, of_one))
                for one, of_one in zip(counted, numbers, strict=True)
            ],
        )
