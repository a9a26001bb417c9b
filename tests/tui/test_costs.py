"""The cost of a batch in its details: added up once, of the results that are kept here."""

import pytest

from batchtui.core.models import BatchState
from batchtui.tui import costs
from batchtui.tui.costs import SETTLED
from support.results import errored, succeeded, write
from support.screens import page


@pytest.fixture
def batches(entry_of, tmp_path):
    """One that is kept here, one whose copy cannot be read, one that is not here."""
    usage = {"input_tokens": 20_000, "output_tokens": 1000}
    copy = write(tmp_path / "copy.jsonl", succeeded("a", usage=usage), errored("b"), b"")
    return [
        entry_of(1, BatchState.COMPLETED, local_results=str(copy)),
        entry_of(2, BatchState.COMPLETED, local_results=str(tmp_path / "gone.jsonl")),
        entry_of(3, BatchState.COMPLETED),
    ]


@pytest.fixture
def app(app_of, fake_service, batches):
    return app_of(fake_service(batches))


@pytest.fixture
def computed(monkeypatch):
    """The copies that were added up."""
    paths, original = [], costs._words

    def words(copy, given_up):
        paths.append(copy.path)
        return original(copy, given_up)

    monkeypatch.setattr(costs, "_words", words)
    return paths


async def settle(clock, pilot, until):
    await until(lambda: any(at <= clock.elapsed + SETTLED for at, *_ in clock.sleepers), pilot)
    await clock.advance(SETTLED)


async def test_it_is_added_up_once(app, clock, until, batches, computed):
    async with app.run_test(size=(160, 50)) as pilot:
        await until(lambda: "Cost         being added up" in page(app), pilot)
        await settle(clock, pilot, until)
        await until(lambda: "Cost         $0.0375" in page(app), pilot)
        for _ in range(3):
            app.screen.show_all()
        await pilot.press("j", "k")
        await until(lambda: "Cost         $0.0375" in page(app), pilot)
        assert computed == [batches[0].local_results]


async def test_a_copy_that_cannot_be_read_says_why(app, clock, until):
    async with app.run_test(size=(160, 50)) as pilot:
        await until(lambda: "being added up" in page(app), pilot)
        await pilot.press("j")
        await settle(clock, pilot, until)
        await settle(clock, pilot, until)
        await until(lambda: "Cost         unknown:" in page(app), pilot)


async def test_without_a_copy_there_is_no_cost(app, until, clock, computed):
    async with app.run_test(size=(160, 50)) as pilot:
        await until(lambda: "being added up" in page(app), pilot)
        await pilot.press("j", "j")
        await until(lambda: "Cost" not in page(app), pilot)
        await settle(clock, pilot, until)
        await pilot.pause()
        assert computed == []
