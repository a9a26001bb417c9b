"""What each kind can do, known without loading its module."""

from collections.abc import Mapping

from batchtui.core.models import Capabilities

ANTHROPIC = Capabilities(
    can_create=True,
    can_cancel=True,
    can_delete=True,
    has_counts=True,
    live_counts=False,
    list_is_complete=True,
)

BY_KIND: Mapping[str, Capabilities] = {"anthropic": ANTHROPIC}
