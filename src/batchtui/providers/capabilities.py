"""What each kind can do, known without loading its module."""

from datetime import timedelta

from batchtui.core.models import Capabilities

ANTHROPIC = Capabilities(
    can_create=True,
    can_cancel=True,
    can_delete=True,
    list_is_complete=True,
    results_kept=timedelta(days=29),  # from creation, not the end (Message Batches API reference)
)
