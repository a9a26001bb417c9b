"""What a verb is given: streams, environment, paths, and the way to configuration and service."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from batchtui.cli.diagnostics import Diagnostics
from batchtui.cli.output import Output
from batchtui.core.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from batchtui.config.loader import Loaded
    from batchtui.config.paths import Paths
    from batchtui.config.schema import UiConfig
    from batchtui.config.ui import PlainUi
    from batchtui.core.clock import Clock
    from batchtui.service.manager import BatchService


@dataclass(frozen=True)
class Context:
    """Everything a verb may use of the world around it.

    `flags` are settings that stand on the command line, by their dotted keys; `config_file` the
    one that was named there, or empty; `accounts` the names to which it is limited, or none.
    """

    env: Mapping[str, str]
    stdin: TextIO | None
    out: Output
    diagnostics: Diagnostics
    flags: Mapping[str, object]
    config_file: str = ""
    accounts: tuple[str, ...] = ()
    given_clock: "Clock | None" = None
    """Another clock than the machine's."""

    @cached_property
    def paths(self) -> "Paths":
        """Where files lie."""
        from batchtui.config.paths import Paths

        paths = Paths.from_env(self.env)
        return paths.with_config(Path(self.config_file)) if self.config_file else paths

    @cached_property
    def clock(self) -> "Clock":
        """The clock that was given, or the machine's."""
        if self.given_clock is not None:
            return self.given_clock
        from batchtui.core.clock import SystemClock

        return SystemClock()

    @property
    def interactive(self) -> bool:
        """Somebody sits there to be asked: both the questions and the answers are a terminal's."""
        return self.diagnostics.is_terminal and bool(self.stdin and self.stdin.isatty())

    @property
    def full_screen(self) -> bool:
        """A terminal is there that the TUI can take over."""
        return self.interactive and self.out.is_terminal and self.env.get("TERM") != "dumb"

    def require_full_screen(self, what: str, hint: str) -> None:
        """Refuse to go on without a terminal that `what` can take over.

        Raises:
            UsageError: there is none; `hint` says what to do instead.
        """
        if not self.full_screen:
            raise UsageError(f"{what} needs a terminal", self._why_no_screen(), hint)

    def _why_no_screen(self) -> str:
        if self.env.get("TERM") == "dumb":
            return "TERM is dumb"
        if not (self.stdin and self.stdin.isatty() and self.out.is_terminal):
            return "input and output are not both a terminal"
        return "standard error, on which it is drawn, is none"

    @cached_property
    def loaded(self) -> "Loaded":
        """The configuration; its warnings are noted as it is loaded.

        Raises:
            ConfigError: it is wrong.
        """
        loaded = self._load()
        for warning in loaded.warnings:
            self.diagnostics.note(warning)
        return loaded

    def _load(self) -> "Loaded":
        from batchtui.config.loader import load

        return load(env=self.env, flags=self.flags, paths=self.paths)

    @property
    def ui(self) -> "PlainUi | UiConfig":
        """The settings of the terminal UI, where nothing else of the configuration is needed.

        Raises:
            ConfigError: they are wrong.
        """
        from batchtui.config.ui import plain_ui

        return plain_ui(self.env, self.paths) or self.loaded.config.ui

    def build_service(self) -> "BatchService":
        """The service over the accounts of the configuration, not started.

        Raises:
            ConfigError: it is wrong, or has no account, or none of a name that was asked for.
        """
        return self._service_of(self.loaded)

    def _service_of(self, loaded: "Loaded") -> "BatchService":
        from batchtui.service.manager import BatchService

        return BatchService.open(
            loaded.config,
            self.paths,
            env=self.env,
            clock=self.clock,
            accounts=self.accounts or None,
        )

    def services(self) -> "Callable[[], BatchService]":
        """Builds services one after the other, as `build_service` does, each but the first over the
        configuration as it is by then.
        """
        first = [self.loaded]

        def build() -> "BatchService":
            return self._service_of(first.pop() if first else self._load())

        return build

    def open_service(self) -> "BatchService":
        """As `build_service`; an archive that cannot be used is told on standard error."""
        service = self.build_service()
        if service.archive_error:
            self.diagnostics.error(service.archive_error)
            self.diagnostics.note("going on without it: nothing is remembered")
        return service


def context_for(args: "argparse.Namespace", diagnostics: Diagnostics) -> Context:
    """The context of this process, as the global options of the command line change it."""
    env = dict(os.environ)
    colour = not (args.no_color or env.get("NO_COLOR") or env.get("TERM") == "dumb")
    return Context(
        env=env,
        stdin=sys.stdin,
        out=Output(sys.stdout, colour=colour),
        diagnostics=diagnostics,
        flags={"read_only": True} if args.read_only else {},
        config_file=args.config or "",
        accounts=(*(args.accounts or ()), *(getattr(args, "more_accounts", ()))),
    )
