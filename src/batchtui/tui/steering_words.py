"""What canceling and deleting mean, in the words of what an account's kind can do. Pure."""

from collections.abc import Sequence

from batchtui.core.models import Capabilities
from batchtui.tui.cells import Cell, Line


def cancel_means(able: Sequence[Capabilities]) -> list[Line]:
    """What becomes of batches that are canceled, each of an account of such a kind."""
    if all(one.cancels_at_once for one in able):
        first = "It is done at once: what has no answer by then gets none."
    else:
        first = "Requests under way may still finish, and keep their results. The rest is canceled."
    paid = "What has been processed is paid for. A canceled batch cannot be resumed."
    return [(Cell(first),), (Cell(paid),)]


def delete_means(able: Sequence[Capabilities], *, keep: bool) -> list[Line]:
    """What is taken away, and what stays; `keep` fetches results first."""
    lines: list[Line] = []
    taken = {one.deletes: one.delete_leaves_batch for one in able}
    for thing, stays in taken.items():
        if stays:
            text = f"Only {thing} can be deleted: the provider goes on listing the batch."
            lines.append((Cell(text, "warn"),))
        elif thing != Capabilities().deletes:
            lines.append((Cell(f"What is deleted is {thing}, and the batch with it."),))
    if keep:
        last = "Results that are not here yet are fetched first; where that fails, nothing is"
        lines.append((Cell(f"{last} deleted."),))
    else:
        lines.append((Cell("What is deleted cannot be brought back."),))
    return lines
