"""What each kind can do, known without loading its module."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from batchtui.core.models import Capabilities

ANTHROPIC = Capabilities(
    can_create=True,
    can_cancel=True,
    can_delete=True,
    list_is_complete=True,
    results_kept=timedelta(days=29),  # from creation, not the end (Message Batches API reference)
)

LETTA = Capabilities(
    deletes="the job",  # DELETE /v1/jobs/{id}; batches have no delete of their own
    cancels_at_once=True,
    list_is_complete=False,  # the server lists created and running jobs only
    has_counts=False,
    every_request_answered=False,
    stalls=(
        "the server may not look for answers (LETTA_ENABLE_BATCH_JOB_POLLING is off by itself), or"
        " no agent has got one it can go on with"
    ),
)

_OPENAI = Capabilities(
    deletes="its files",  # batches have no delete; their files have
    delete_leaves_batch=True,
    live_counts=True,
    every_request_answered=False,
    uploads_first=True,
)
OPENAI: Mapping[str, Capabilities] = {
    "openai": _OPENAI,
    "azure": _OPENAI,
    "groq": replace(_OPENAI, list_is_complete=False),  # no cursors, and no word of what is left out
    "together": replace(_OPENAI, list_is_complete=False, has_counts=False, live_counts=False),
    "ogx": replace(_OPENAI, live_counts=False),
    "litellm": replace(_OPENAI, live_counts=False),  # they are those of whatever is behind it
}
"""By dialect."""
