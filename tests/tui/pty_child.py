"""The app on a fake service with many batches, in the terminal it was started in.

Started by the pty tests: `pty_child.py CONTROL_FD STATE_DIR BATCHES`. Each line that arrives on
the control descriptor is a method of `Orders` to call.
"""

import asyncio
import importlib.util
import os
import sys
from datetime import datetime, timedelta
from pathlib import Path

_spec = importlib.util.spec_from_file_location(
    "tui_conftest", Path(__file__).with_name("conftest.py")
)
fakes = importlib.util.module_from_spec(_spec)
sys.modules["tui_conftest"] = fakes
_spec.loader.exec_module(fakes)

from batchtui.core.clock import SystemClock  # noqa: E402
from batchtui.core.models import BatchesDiff, BatchState, RequestCounts  # noqa: E402
from batchtui.tui.run import run_tui  # noqa: E402


class StillClock(SystemClock):
    """Shows the time that the entries were made for; waiting is in real time."""

    def now(self) -> datetime:
        return fakes.NOW


class Orders:
    """What a test can make happen."""

    def __init__(self, service):
        self.service = service

    def change(self):
        """One visible batch moves on."""
        counts = RequestCounts(processing=900, succeeded=100)
        self.service.change(
            fakes.make_entry(3, age=timedelta(seconds=30), counts=counts, counts_live=True)
        )

    def change_selected(self):
        """The batch at the cursor moves on."""
        counts = RequestCounts(processing=800, succeeded=200)
        self.service.change(
            fakes.make_entry(1, age=timedelta(seconds=10), counts=counts, counts_live=True)
        )

    def change_hidden(self):
        """A batch far below moves on."""
        counts = RequestCounts(succeeded=999, errored=1)
        old = fakes.make_entry(9000, BatchState.COMPLETED, age=timedelta(days=20), counts=counts)
        self.service.change(old)

    def unchanged(self):
        """A poll that brings nothing new."""
        self.service.tell(fakes.BatchesChanged(BatchesDiff()))
        for health in self.service.health():
            self.service.tell(fakes.HealthChanged(health))

    def defect(self):
        """Something that must never happen."""
        self.service.tell(ValueError("secret-free defect"))


def main():
    control, state, batches = int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    entries = [
        fakes.make_entry(n, BatchState.RUNNING, age=timedelta(seconds=10 * n)) for n in (1, 2, 3)
    ]
    entries += [
        fakes.make_entry(n, BatchState.COMPLETED, age=timedelta(hours=1, seconds=n))
        for n in range(4, batches)
    ]
    service = fakes.FakeService(entries)
    orders = Orders(service)

    def obey():
        for name in os.read(control, 1000).decode().split():
            getattr(orders, name)()

    def opened():
        asyncio.get_running_loop().add_reader(control, obey)
        return service

    try:
        code = run_tui(
            opened, fakes.Settings(), fakes.Files(state), env=dict(os.environ), clock=StillClock()
        )
    except ValueError as error:
        sys.stdout.write(f"the caller has: {error}")
        code = 70
    sys.exit(code)


main()
