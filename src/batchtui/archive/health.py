"""How polling of each account went last, for those that do not poll."""

import sqlite3

from batchtui.archive.database import Database
from batchtui.archive.encoding import from_micros_or_none, to_micros_or_none
from batchtui.core.models import AccountHealth, AccountStatus

# A program that has just started, or failed, knows of no success: the last one stays known.
_PUT = """
INSERT INTO health (
    account, status, last_success, next_poll, interval, error_text, failures, denied
) VALUES (
    :account, :status, :last_success, :next_poll, :interval, :error_text, :failures, :denied
)
ON CONFLICT (account) DO UPDATE SET
    status = excluded.status,
    last_success = max(
        coalesce(last_success, excluded.last_success),
        coalesce(excluded.last_success, last_success)
    ),
    next_poll = excluded.next_poll,
    interval = excluded.interval,
    error_text = excluded.error_text,
    failures = excluded.failures,
    denied = excluded.denied
"""


class HealthTable:
    """The newest `AccountHealth` of each account, without the error object itself."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, health: AccountHealth, *, account: str = "") -> None:
        """Keep the health of an account, under its own name or another, as a poll left it."""
        params = {
            "account": account or health.account,
            "status": health.status.value,
            "last_success": to_micros_or_none(health.last_success),
            "next_poll": to_micros_or_none(health.next_poll),
            "interval": health.interval,
            "error_text": health.error_text,
            "failures": health.failures,
            "denied": health.denied,
        }
        with self._database.transaction():
            self._database.execute(_PUT, params)

    def get_all(self) -> dict[str, AccountHealth]:
        """What is known of each account that was ever polled."""
        rows = self._database.query("SELECT * FROM health ORDER BY account")
        with self._database.reading():
            return {row["account"]: _from_row(row) for row in rows}


def _from_row(row: sqlite3.Row) -> AccountHealth:
    return AccountHealth(
        account=row["account"],
        status=AccountStatus(row["status"]),
        last_success=from_micros_or_none(row["last_success"]),
        next_poll=from_micros_or_none(row["next_poll"]),
        interval=row["interval"],
        error_text=row["error_text"],
        failures=row["failures"],
        denied=bool(row["denied"]),
    )
