"""What rows are of which the wire says no type."""

BROKEN = "broken"
"""The type of a row whose line is not JSON."""

UNKNOWN = "unknown"
"""The type of a row that is JSON, but no result."""

FAILED_TYPES = frozenset({"errored", "expired", "canceled", BROKEN})
"""Types of rows that hold no answer."""
