"""Recipes of messages: which blocks come together, and why the model stopped."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from batchtui.sim import blocks, server_blocks, texts
from batchtui.sim.blocks import Block


@dataclass(slots=True)
class Draft:
    """What a recipe makes: the content, the end of the turn, and rarer fields of the message."""

    content: list[Block]
    stop_reason: str | None = "end_turn"
    stop_sequence: str | None = None
    stop_details: Block | None = None
    extras: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Style:
    """What a recipe may know of its batch."""

    language: str
    paragraphs: tuple[int, int]
    tool: str

    def essay(self, chance: Random) -> str:
        """A text of the usual length."""
        return texts.essay(chance, self.language, chance.randint(*self.paragraphs))


Recipe = Callable[[Random, Style], Draft]


def _text(chance: Random, style: Style) -> Draft:
    return Draft([blocks.text(style.essay(chance))])


def _emoji(chance: Random, _style: Style) -> Draft:
    return Draft([blocks.text(texts.essay(chance, "emoji", 1))])


def _cut_off(chance: Random, style: Style) -> Draft:
    words = style.essay(chance)
    return Draft([blocks.text(words[: len(words) * 2 // 3])], stop_reason="max_tokens")


def _window_full(chance: Random, style: Style) -> Draft:
    return Draft([blocks.text(style.essay(chance))], stop_reason="model_context_window_exceeded")


def _stop_word(chance: Random, style: Style) -> Draft:
    answer = f"{texts.sentences(chance, style.language, 1)}\n\nAnswer: {chance.choice('ABCD')}"
    return Draft([blocks.text(answer)], stop_reason="stop_sequence", stop_sequence="</answer>")


def _thinking(chance: Random, style: Style) -> Draft:
    thought = blocks.thinking(chance, chance.randint(1, 6))
    return Draft([thought, blocks.text(style.essay(chance))])


def _redacted(chance: Random, style: Style) -> Draft:
    hidden = [blocks.redacted_thinking(chance), blocks.hidden_thinking(chance)]
    return Draft([*hidden, blocks.text(style.essay(chance))])


def _extraction(chance: Random, style: Style) -> Draft:
    net = round(chance.uniform(10, 20_000), 2)
    arguments = {
        "vendor": chance.choice(("Müller & Söhne GmbH", "Café des Arts", "東京商事", "Acme Ltd")),
        "currency": chance.choice(("EUR", "USD", "JPY")),
        "net": net,
        "gross": round(net * 1.19, 2),
        "lines": [{"text": "Service", "qty": chance.randint(1, 9)}],
        "note": texts.sentences(chance, style.language, 1),
    }
    return Draft([blocks.tool_use(chance, style.tool, arguments)], stop_reason="tool_use")


def _cited(chance: Random, style: Style) -> Draft:
    citations = blocks.document_citations(chance, style.language)
    first = blocks.text(texts.sentences(chance, style.language, 1))
    return Draft([first, blocks.cited_text(style.essay(chance), citations)])


def _refusal(chance: Random, _style: Style) -> Draft:
    category = chance.choice(("cyber", "bio", None))
    why = "This request was declined because it conflicts with the usage policy."
    details = {"type": "refusal", "category": category, "explanation": why if category else None}
    content = [blocks.text("I can’t help with that.")] if chance.random() < 0.5 else []
    return Draft(content, stop_reason="refusal", stop_details=details)


def _web_search(chance: Random, style: Style) -> Draft:
    found = server_blocks.web_search(chance, fails=chance.random() < 0.1)
    citations = blocks.search_citations(chance, style.language)
    return Draft([*found, blocks.cited_text(style.essay(chance), citations)])


def _failed_search(chance: Random, style: Style) -> Draft:
    failed = server_blocks.web_search(chance, fails=True)
    return Draft([*failed, *server_blocks.web_fetch(chance, style.language, fails=True)])


def _web_fetch(chance: Random, style: Style) -> Draft:
    page = server_blocks.web_fetch(chance, style.language)
    return Draft([*page, blocks.text(style.essay(chance))])


def _paused(chance: Random, _style: Style) -> Draft:
    return Draft(server_blocks.web_search(chance), stop_reason="pause_turn")


def _code(chance: Random, style: Style) -> Draft:
    how = chance.choices(("plain", "encrypted", "error"), (8, 1, 1))[0]
    ran = server_blocks.code_execution(chance, how=how)
    return Draft([*ran, blocks.text(style.essay(chance))], extras={"container": _container()})


def _every_code(chance: Random, style: Style) -> Draft:
    ran = [server_blocks.code_execution(chance, how=how) for how in ("plain", "encrypted", "error")]
    shell = [server_blocks.bash(chance, fails=fails) for fails in (False, True)]
    content = [block for pair in (*ran, *shell) for block in pair]
    return Draft([*content, blocks.text(style.essay(chance))], extras={"container": _container()})


def _bash(chance: Random, style: Style) -> Draft:
    ran = server_blocks.bash(chance, fails=chance.random() < 0.2)
    return Draft([*ran, blocks.text(style.essay(chance))], extras={"container": _container()})


def _edit(chance: Random, style: Style) -> Draft:
    hows = ("view", "str_replace", "create", "error")
    edits = [block for how in hows for block in server_blocks.text_editor(chance, how)]
    return Draft([*edits, blocks.text(style.essay(chance))], extras={"container": _container()})


def _container_upload(chance: Random, style: Style) -> Draft:
    upload = server_blocks.container_upload(chance)
    return Draft([blocks.text(style.essay(chance)), upload], extras={"container": _container()})


def _tool_search(chance: Random, _style: Style) -> Draft:
    found = server_blocks.tool_search(chance)
    call = blocks.tool_use(chance, "get_weather", {"city": "München", "unit": "°C"})
    failed = server_blocks.tool_search(chance, fails=True)
    return Draft([*failed, *found, call], stop_reason="tool_use")


def _mcp(chance: Random, style: Style) -> Draft:
    calls = [*server_blocks.mcp(chance), *server_blocks.mcp(chance, fails=True)]
    listing = server_blocks.mcp_listing()
    return Draft([listing, *calls, blocks.text(style.essay(chance))])


def _advisor(chance: Random, style: Style) -> Draft:
    advice = [
        b for how in ("plain", "redacted", "error") for b in server_blocks.advisor(chance, how)
    ]
    return Draft([*advice, blocks.text(style.essay(chance))])


def _compaction(chance: Random, style: Style) -> Draft:
    edit = {"type": "clear_tool_uses_20250919", "cleared_tool_uses": 3}
    edits = [edit | {"cleared_input_tokens": 41_200}]
    return Draft(
        [
            server_blocks.compaction(chance),
            server_blocks.compaction(chance, hidden=True),
            blocks.text(style.essay(chance)),
        ],
        extras={"context_management": {"applied_edits": edits}},
    )


def _compacted(chance: Random, _style: Style) -> Draft:
    return Draft([server_blocks.compaction(chance)], stop_reason="compaction")


def _fallback(chance: Random, style: Style) -> Draft:
    return Draft([server_blocks.fallback(), blocks.text(style.essay(chance))])


def _future(chance: Random, style: Style) -> Draft:
    return Draft([blocks.future_block(chance), blocks.text(style.essay(chance))])


def _empty(_chance: Random, _style: Style) -> Draft:
    return Draft([], stop_reason=None)


def _long(chance: Random, style: Style) -> Draft:
    low, high = style.paragraphs
    words = texts.essay(chance, style.language, chance.randint(max(low, 12), max(high, 40)))
    return Draft([blocks.text(words)])


def _huge(chance: Random, _style: Style) -> Draft:
    words = texts.essay(chance, "en", 1300)
    return Draft([blocks.text(words)], stop_reason="max_tokens")


def _container() -> Block:
    expires = "2026-11-30T12:00:00.000000+00:00"
    return {"id": "container_01J8XkQ4Tq", "expires_at": expires, "skills": None}


RECIPES: Final[Mapping[str, Recipe]] = {
    "text": _text,
    "emoji": _emoji,
    "cut_off": _cut_off,
    "window_full": _window_full,
    "stop_word": _stop_word,
    "thinking": _thinking,
    "redacted": _redacted,
    "extraction": _extraction,
    "cited": _cited,
    "refusal": _refusal,
    "web_search": _web_search,
    "failed_search": _failed_search,
    "web_fetch": _web_fetch,
    "paused": _paused,
    "code": _code,
    "every_code": _every_code,
    "bash": _bash,
    "edit": _edit,
    "container": _container_upload,
    "tool_search": _tool_search,
    "mcp": _mcp,
    "advisor": _advisor,
    "compaction": _compaction,
    "compacted": _compacted,
    "fallback": _fallback,
    "future": _future,
    "empty": _empty,
    "long": _long,
    "huge": _huge,
}
"""The recipes, by name. The gallery batch goes through all of them."""
