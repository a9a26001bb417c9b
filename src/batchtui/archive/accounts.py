"""Whose key each account was asked with last: another key may see other batches."""

from batchtui.archive.database import Database

_SET = """
INSERT INTO accounts (account, key_mark) VALUES (:account, :mark)
ON CONFLICT (account) DO UPDATE SET key_mark = excluded.key_mark
"""


class AccountTable:
    """One mark for an account. It changes with the key and cannot be turned back into it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, account: str, mark: str) -> bool:
        """Note the mark of the key in use; False if another key was used before."""
        sql = "SELECT key_mark FROM accounts WHERE account = :account"
        with self._database.transaction():
            former = self._database.value(sql, {"account": account})
            if former != mark:
                self._database.execute(_SET, {"account": account, "mark": mark})
        return former in (None, mark)
