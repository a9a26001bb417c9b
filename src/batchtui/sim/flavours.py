"""What people use batches for: how they name requests, which model, what comes back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

from batchtui.sim import seeds

SONNET: Final = "claude-sonnet-4-5-20250929"
HAIKU: Final = "claude-haiku-4-5-20251001"
OPUS: Final = "claude-opus-4-5-20251101"


@dataclass(frozen=True, slots=True)
class Flavour:
    """One kind of work.

    `names` makes the custom_id of a row from the batch's key and the row; `recipes` are the
    names of message recipes with their weights (none: every recipe in turn); `languages` are
    those of the texts. A flavour without weight is only made on purpose.
    """

    name: str
    names: Callable[[int, int], str]
    recipes: Mapping[str, float]
    models: tuple[str, ...] = (SONNET,)
    languages: tuple[str, ...] = ("en",)
    paragraphs: tuple[int, int] = (1, 3)
    weight: float = 1.0
    tool: str = "record_answer"


def _month(key: int) -> str:
    return f"2026-{key % 11 + 1:02d}"


def _uuid_like(key: int, row: int) -> str:
    digits = f"{seeds.number('uuid', key, row):016x}{seeds.number('uuid2', key, row):016x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


_CITIES: Final = ("berlin", "lyon", "osaka", "shenzhen", "cairo", "pune", "kazan", "austin")
_LANGUAGE_PAIRS: Final = ("de-en", "fr-en", "zh-en", "ja-en", "ar-en", "hi-en", "ru-en", "en-de")
_EVALS: Final = ("mmlu_pro", "gpqa_diamond", "humaneval", "ifeval", "swe_lite")

FLAVOURS: Final[Mapping[str, Flavour]] = {
    flavour.name: flavour
    for flavour in (
        Flavour(
            "invoices",
            lambda key, row: f"invoice-{_month(key)}-{row + 1:06d}",
            {"extraction": 30, "text": 3, "cut_off": 1},
            models=(HAIKU, SONNET),
            languages=("en", "de", "fr"),
            paragraphs=(1, 1),
            weight=5,
            tool="record_invoice",
        ),
        Flavour(
            "translations",
            lambda key, row: f"{_LANGUAGE_PAIRS[key % 8]}_{row + 1:05d}",
            {"text": 30, "cut_off": 1},
            languages=("de", "fr", "zh", "ja", "ar", "hi", "ru", "en"),
            paragraphs=(1, 4),
            weight=4,
        ),
        Flavour(
            "support",
            lambda key, row: f"ticket-{48_000 + key % 9_000 + row}",
            {"text": 20, "emoji": 6, "extraction": 4, "refusal": 1},
            models=(HAIKU,),
            languages=("en", "fr", "ru", "hi"),
            weight=4,
            tool="route_ticket",
        ),
        Flavour(
            "evals",
            lambda key, row: f"{_EVALS[key % 5]}__q{row:04d}__run{key % 3 + 1}",
            {"thinking": 24, "text": 6, "redacted": 1, "refusal": 1, "stop_word": 3},
            models=(OPUS, SONNET, "claude-opus-4-6", "claude-sonnet-4-6"),
            weight=4,
        ),
        Flavour(
            "contracts",
            lambda key, row: f"contract_{key % 700 + 100}_clause_{row + 1}",
            {"cited": 20, "thinking": 6, "text": 4},
            models=(SONNET, OPUS),
            languages=("en", "de", "fr"),
            weight=3,
        ),
        Flavour(
            "research",
            lambda key, row: f"{_CITIES[key % 8]}-company-{row + 1:04d}",
            {"web_search": 16, "web_fetch": 8, "text": 4, "paused": 1, "mcp": 2},
            models=(SONNET, "claude-sonnet-4-6"),
            languages=("en", "zh", "ja"),
            weight=2,
        ),
        Flavour(
            "analysis",
            _uuid_like,
            {"code": 12, "bash": 6, "edit": 4, "thinking": 6, "container": 1},
            models=(SONNET, OPUS),
            weight=2,
        ),
        Flavour(
            "reports",
            lambda key, row: f"report-{_month(key)}-{_CITIES[row % 8]}-{row + 1}",
            {"long": 20, "thinking": 4, "huge": 0.1},
            models=(OPUS, SONNET),
            languages=("en", "de", "zh", "ru"),
            paragraphs=(12, 40),
            weight=2,
        ),
        Flavour(
            "gallery",
            lambda _key, row: f"example-{row:03d}",
            {},
            models=("claude-sonnet-4-6",),
            languages=("en", "de", "fr", "zh", "ja", "ar", "hi", "ru"),
            weight=0,
        ),
        Flavour(
            "submitted",
            lambda _key, row: f"request-{row}",
            {"text": 12, "thinking": 2, "extraction": 1},
            languages=("en", "de", "fr", "zh", "ja"),
            weight=0,
        ),
    )
}
"""The flavours a random batch may have, by name."""


def pick(chance: Random) -> Flavour:
    """A flavour for a new batch."""
    every = list(FLAVOURS.values())
    return chance.choices(every, [flavour.weight for flavour in every])[0]
