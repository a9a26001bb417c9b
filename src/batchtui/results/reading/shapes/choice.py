"""Choosing the shape of a line by looking at it."""

from batchtui.results.reading.shapes.letta import LETTA
from batchtui.results.reading.shapes.openai import OPENAI
from batchtui.results.reading.shapes.outcome import Outcome, Shape
from batchtui.results.reading.wire import BrokenLineError, Json, decode, text_of

SHAPES: tuple[Shape, ...] = (OPENAI, LETTA)
"""All but Anthropic's, whose lines (`result` is an object) are read without a detour."""


def outcome_of(value: Json) -> Outcome | None:
    """What a decoded line says; None for one of Anthropic's, and for what is no result."""
    if not isinstance(value, dict) or isinstance(value.get("result"), dict):
        return None
    shape = next((shape for shape in SHAPES if shape.knows(value)), None)
    return shape.read(value) if shape else None


def id_of(value: Json) -> str:
    """The id by which a decoded line names its request; empty where it has none."""
    outcome = outcome_of(value)
    if outcome is not None:
        return outcome.custom_id
    return text_of(value.get("custom_id")) if isinstance(value, dict) else ""


def id_of_line(line: bytes) -> str:
    """The id of a line, whatever state it is in; empty where it has none."""
    try:
        return id_of(decode(line))
    except BrokenLineError:
        return ""
