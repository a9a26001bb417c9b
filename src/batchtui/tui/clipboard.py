"""Text to the clipboard, over SSH and tmux too, and told honestly.

No terminal says whether it took the text, so nothing here claims that it was copied.
"""

import asyncio
import base64
import os
from collections.abc import Callable, Mapping
from pathlib import Path

MOST = 74_000
"""Encoded characters that terminals still take; longer text goes to a file."""

_TMUX_SECONDS = 3.0


class Clipboard:
    """Sends text to where the environment says.

    `write` puts bytes of control to the terminal; `fallback` is the file for the rest.
    """

    def __init__(
        self, env: Mapping[str, str], write: Callable[[str], None], fallback: Path
    ) -> None:
        self._env = env
        self._write = write
        self._fallback = fallback

    async def send(self, text: str, what: str) -> str:
        """Send the text; returns what was done with `what`, for people.

        Raises:
            OSError: the fallback file cannot be written.
        """
        encoded = base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")
        if self._env.get("TMUX") and await self._tmux(text):
            return f"{what} sent to the tmux buffer and the terminal's clipboard"
        if len(encoded) <= MOST and self._env.get("TERM_PROGRAM") != "Apple_Terminal":
            self._write(self._osc52(encoded))
            return f"{what} sent to the terminal's clipboard, if it takes that"
        return f"{what} written to {self._save(text)}"

    def _osc52(self, encoded: str) -> str:
        """The terminal's own request, wrapped where screen would swallow it."""
        if not self._env.get("STY"):
            return f"\x1b]52;c;{encoded}\x1b\\"
        inner = f"\x1b]52;c;{encoded}\a"
        return "".join(f"\x1bP{inner[at : at + 200]}\x1b\\" for at in range(0, len(inner), 200))

    async def _tmux(self, text: str) -> bool:
        """`load-buffer -w` reaches the outer terminal whatever tmux's `set-clipboard` is."""
        try:
            process = await asyncio.create_subprocess_exec(
                "tmux", "load-buffer", "-w", "-",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                env=dict(self._env),
            )  # fmt: skip
        except OSError:
            return False
        try:
            async with asyncio.timeout(_TMUX_SECONDS):
                await process.communicate(text.encode("utf-8", "replace"))
        except TimeoutError:
            process.kill()
            return False
        return process.returncode == 0

    def _save(self, text: str) -> Path:
        self._fallback.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._fallback, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode("utf-8", "replace"))
        return self._fallback
