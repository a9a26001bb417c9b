"""Parts of a whole in percent."""

from collections.abc import Iterable


def shares(counts: Iterable[int], total: int) -> list[str]:
    """Whole percents of a total that add up as the counts do: those cut off most are rounded up.

    `100` is only all of it, and `<1` is something.
    """
    parts = [divmod(count * 100, max(1, total)) for count in counts]
    missing = round(sum(cut for _, cut in parts) / max(1, total))
    most_cut = sorted(range(len(parts)), key=lambda at: -parts[at][1])
    raised = set(most_cut[:missing])
    return [_share(whole, cut, raised=at in raised) for at, (whole, cut) in enumerate(parts)]


def _share(whole: int, cut: int, *, raised: bool) -> str:
    if not whole and cut:
        return "<1"
    return str(whole + 1 if raised and whole < 99 else whole)
