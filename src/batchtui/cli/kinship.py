"""Which batch one is a retry of, and which are retries of it: for programs and for people."""

from typing import TYPE_CHECKING, Any

from batchtui.core.models import BatchRef

if TYPE_CHECKING:
    from batchtui.service.lineage import Lineage


def kin_json(lineage: "Lineage", ref: BatchRef) -> dict[str, Any]:
    """The documented fields, with ids."""
    parent = lineage.parent(ref)
    return {
        "parent": parent.id if parent else None,
        "retries": [child.id for child in lineage.children(ref)],
    }


def kin_fields(lineage: "Lineage", ref: BatchRef) -> dict[str, str]:
    """Names and values; none of what there is not."""
    parent = lineage.parent(ref)
    told = {
        "retry of": parent.id if parent else "",
        "retried by": ", ".join(child.id for child in lineage.children(ref)),
    }
    return {name: value for name, value in told.items() if value}
