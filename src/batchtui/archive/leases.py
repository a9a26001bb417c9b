"""Who polls an account, where several copies of the program share the archive."""

from typing import TYPE_CHECKING

from batchtui.archive.database import Database

if TYPE_CHECKING:
    from batchtui.archive.encoding import Params

# The last condition: no honest clock gives a lease that long, so the clock was set back since.
_ACQUIRE = """
INSERT INTO leases (account, holder, expires_at) VALUES (:account, :holder, :now + :ttl)
ON CONFLICT (account) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
WHERE holder = excluded.holder OR expires_at <= :now OR expires_at > :now + 2 * :ttl
"""


class LeaseTable:
    """One lease an account. Times are wall-clock seconds since 1970, the same in all processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def acquire(self, account: str, holder: str, now: float, ttl: float) -> bool:
        """Take the lease for `ttl` seconds, or hold it that much longer; False if another has it.

        Of several that try at once exactly one gets it. All holders should use the same `ttl`.
        """
        params: Params = {"account": account, "holder": holder, "now": now, "ttl": ttl}
        with self._database.transaction():
            return self._database.execute(_ACQUIRE, params) == 1

    def release(self, account: str, holder: str) -> None:
        """Give the lease back; without effect for one that another holds."""
        sql = "DELETE FROM leases WHERE account = :account AND holder = :holder"
        with self._database.transaction():
            self._database.execute(sql, {"account": account, "holder": holder})
