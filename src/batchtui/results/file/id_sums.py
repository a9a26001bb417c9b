"""Checksums of custom_ids, by which rows are told apart whose ids are not read.

Equal ids have equal sums, however they are spelled; of equal sums the ids may differ.
"""

from zlib import crc32

NOT_SUMMED = 0
"""The row has no id, or nobody looked at it yet."""

SUMS = "I"
"""The type code of a column of sums."""


def sum_of_id(custom_id: str) -> int:
    """The sum of an id; `NOT_SUMMED` of an empty one only."""
    return _sum_of(custom_id.encode("utf-8", "surrogatepass"))


def sum_of_json(value: bytes) -> int:
    """The sum of an id as JSON has it; `NOT_SUMMED` where that takes decoding, or is no string."""
    if value[:1] != b'"' or b"\\" in value:
        return NOT_SUMMED
    return _sum_of(value[1:-1])


def _sum_of(text: bytes) -> int:
    return crc32(text) or len(text)
