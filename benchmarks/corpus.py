r"""Deterministic results files of any size, nastier than the API's, with their truth counted.

8 % of the lines are ASCII with `\u` escapes, 4 % have spaces between tokens, keys come in two
orders; 2 % are errors, 10 % ask for a tool, 5 % think. The prose is words of Zipf's
frequencies. The same size gives the same bytes.
"""

import json
import random
from dataclasses import asdict, dataclass, field
from itertools import accumulate
from pathlib import Path

RARE = "xylophone-needle"
"""In one text of a thousand."""
RARE_FOLDED = "ünïcödé-zzy"
"""In one text of a thousand, in upper case."""
COMMON = "the"
"""In nearly every text."""
ABSENT = "zyzzyva-absent"

_VERSION = 3
_LONGEST_POOL = 4 << 20
_FRAME = 330
"""Bytes of a line beside its text."""


@dataclass(slots=True)
class Truth:
    """What is in a file, counted while it was made."""

    version: int = _VERSION
    rows: int = 0
    size: int = 0
    records_with: dict[str, int] = field(default_factory=dict)
    types: dict[str, int] = field(default_factory=dict)
    input_tokens: int = 0


def corpus(folder: Path, name: str, size: int, rows: int = 100_000) -> tuple[Path, Truth]:
    """The file of about `size` bytes and its truth; made where it is not there yet."""
    path, note = folder / f"{name}.jsonl", folder / f"{name}.truth.json"
    if path.exists() and note.exists():
        truth = Truth(**json.loads(note.read_text()))
        if truth.version == _VERSION and truth.size == path.stat().st_size:
            return path, truth
    folder.mkdir(parents=True, exist_ok=True)
    truth = _Writer(size // rows - _FRAME).write(path, rows)
    note.write_text(json.dumps(asdict(truth)))
    return path, truth


class _Writer:
    """Makes lines of a mean length out of a pool of prose."""

    def __init__(self, length: int) -> None:
        self._chance = random.Random(length)
        self._length = length
        self._pool = self._prose()
        self._truth = Truth(records_with=dict.fromkeys((RARE, RARE_FOLDED, COMMON, "type"), 0))

    def _prose(self) -> str:
        chance = self._chance
        syllables = ["ka", "lo", "mi", "ter", "an", "sol", "ve", "qui", "bren", "ost", "na", "ma"]
        words = ["".join(chance.choices(syllables, k=chance.randint(1, 4))) for _ in range(20_000)]
        words[100::50] = [word + "ü" for word in words[100::50]]
        words[:7] = ["the", "of", "and", "to", "in", "a", "is"]
        words[5_000] = "type"
        weights = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))
        marks = [" "] * 90 + [", "] * 6 + [". ", ". ", ".\n", "\n\n", ' "', '" ', " — "]
        picked = chance.choices(words, cum_weights=weights, k=_LONGEST_POOL // 6)
        gaps = chance.choices(marks, k=len(picked))
        return "".join(word + gap for word, gap in zip(picked, gaps, strict=True))

    def write(self, path: Path, rows: int) -> Truth:
        making = path.with_suffix(".making")
        with making.open("wb") as out:
            for row in range(rows):
                out.write(self._line(row))
            self._truth.size = out.tell()
        making.replace(path)
        self._truth.rows = rows
        return self._truth

    def _line(self, row: int) -> bytes:
        chance = self._chance
        kind = "errored" if chance.random() < 0.02 else "succeeded"
        texts, result = self._errored() if kind == "errored" else self._succeeded(row)
        record = {"custom_id": f"request-{row:06d}", "result": {"type": kind, **result}}
        self._count(kind, texts)
        if row % 11 == 3:
            record = {"result": record["result"], "custom_id": record["custom_id"]}
        spaced = chance.random() < 0.04
        line = json.dumps(
            record,
            ensure_ascii=chance.random() < 0.08,
            separators=(", ", ": ") if spaced else (",", ":"),
        )
        return line.encode() + b"\n"

    def _count(self, kind: str, texts: list[str]) -> None:
        truth = self._truth
        truth.types[kind] = truth.types.get(kind, 0) + 1
        for needle in truth.records_with:
            folded = needle.casefold()
            truth.records_with[needle] += any(folded in text.casefold() for text in texts)

    def _errored(self) -> tuple[list[str], dict[str, object]]:
        words = f"messages: text is too long: {self._chance.randint(1, 10**6)} tokens"
        inner = {"type": "invalid_request_error", "message": words}
        return list(inner.values()), {"error": {"type": "error", "error": inner}}

    def _succeeded(self, row: int) -> tuple[list[str], dict[str, object]]:
        chance = self._chance
        length = int(self._length * chance.uniform(0.4, 1.6))
        start = chance.randrange(len(self._pool) - length)
        text = self._pool[start : start + length]
        if chance.random() < 0.001:
            text = f"{text[:100]} {RARE} {text[100:]}"
        if chance.random() < 0.001:
            text = f"{text[:100]} {RARE_FOLDED.upper()} {text[100:]}"
        texts, content = [text], [{"type": "text", "text": text}]
        if chance.random() < 0.05:
            texts.append(self._pool[start : start + 300])
            thought = {"type": "thinking", "thinking": texts[-1], "signature": "c2ln" * 20}
            content.insert(0, thought)
        if chance.random() < 0.1:
            texts += ["get_weather", self._pool[start : start + 40]]
            call = {"type": "tool_use", "id": f"toolu_{row:024d}", "name": "get_weather"}
            content.append(call | {"input": {"type": texts[-1], "days": 3}})
        tokens = chance.randint(10, 10_000)
        self._truth.input_tokens += tokens
        usage = {"input_tokens": tokens, "output_tokens": length // 4}
        message = {
            "id": f"msg_{row:024d}",
            "type": "message",
            "role": "assistant",
            "model": chance.choice(["claude-sonnet-4-5-20250929", "claude-opus-4-1-20250805"]),
            "content": content,
            "stop_reason": chance.choice(["end_turn"] * 9 + ["max_tokens"]),
            "stop_sequence": None,
            "usage": usage | {"cache_creation_input_tokens": 0, "cache_read_input_tokens": 0},
        }
        return texts, {"message": message}
