"""Exports, against DuckDB doing the same."""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.figures import CommandError, Figure, Run, ran, rivalry
from benchmarks.ours import BATCHTUI
from benchmarks.peers import Peers

FIELDS = "custom_id,type,model,stop_reason,input_tokens,output_tokens,text"
BARS = {"csv": (1.6, 0.15), "parquet": (1.1, 0.3)}
"""At most: time and memory, as ratios."""

DUCKDB = """
import duckdb, sys
source, target = sys.argv[1:]
shape = '''STRUCT(type VARCHAR, message STRUCT(model VARCHAR, stop_reason VARCHAR,
    usage STRUCT(input_tokens BIGINT, output_tokens BIGINT),
    content STRUCT(type VARCHAR, "text" VARCHAR)[]))'''
form = "(FORMAT csv, HEADER)" if target.endswith("csv") else "(FORMAT parquet, COMPRESSION zstd)"
duckdb.sql("set enable_progress_bar = false")
duckdb.sql(f'''COPY (SELECT custom_id, result.type AS type, result.message.model AS model,
    result.message.stop_reason AS stop_reason, result.message.usage.input_tokens AS input_tokens,
    result.message.usage.output_tokens AS output_tokens,
    array_to_string(list_transform(result.message.content, lambda b: b.text), chr(10)) AS "text"
    FROM read_json('{source}', format = 'newline_delimited', maximum_object_size = 100000000,
        columns = {{custom_id: 'VARCHAR', result: '{shape}'}})) TO '{target}' {form}''')
"""


def export_figures(path: Path, peers: Peers, env: Mapping[str, str]) -> Iterator[Figure]:
    """All rows as CSV and as Parquet: the columns that most people want."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        for form, bars in BARS.items():
            own, other = (str(Path(folder) / f"{who}.{form}") for who in ("ours", "duckdb"))
            mine = [BATCHTUI, "results", str(path), "--fields", FIELDS, "-o", own]
            theirs = [peers.python, "-c", DUCKDB, str(path), other]

            def ours(command: list[str] = mine) -> Run:
                return _written(command, env)

            def duckdb(command: list[str] = theirs) -> Run:
                return _written(command, {})

            name = f"{path.stem}: {form} of all rows / DuckDB"
            yield from rivalry(name, bars, ours, duckdb if peers.has("duckdb") else None)


def _written(command: list[str], env: Mapping[str, str]) -> Run:
    """Run a command whose last word is the file that it writes."""
    target = Path(command[-1])
    target.unlink(missing_ok=True)
    run = ran(command, env)
    if not target.exists():
        raise CommandError(f"{target.name} was not written")
    return run
