"""Content blocks of a message, as the Messages API documents them: text, thinking, tools."""

from random import Random
from typing import Any

from batchtui.sim import seeds, texts

Block = dict[str, Any]


def text(words: str) -> Block:
    """Plain text; `citations` is null, as on the wire."""
    return {"type": "text", "text": words, "citations": None}


def thinking(chance: Random, count: int = 3) -> Block:
    """Extended thinking with its opaque signature."""
    return {
        "type": "thinking",
        "thinking": texts.thoughts(chance, count),
        "signature": seeds.token(chance, 88) + "==",
    }


def hidden_thinking(chance: Random) -> Block:
    """Thinking that is left out: the text is empty, the signature is there."""
    return {"type": "thinking", "thinking": "", "signature": seeds.token(chance, 88) + "=="}


def redacted_thinking(chance: Random) -> Block:
    """Thinking that is encrypted."""
    return {"type": "redacted_thinking", "data": seeds.token(chance, 160)}


def tool_use(chance: Random, name: str, arguments: dict[str, Any]) -> Block:
    """A call of one of the user's tools: how structured output is usually had."""
    return {
        "type": "tool_use",
        "id": f"toolu_{seeds.token(chance)}",
        "name": name,
        "input": arguments,
        "caller": {"type": "direct"},
    }


def _document(index: int) -> Block:
    return {"document_index": index, "document_title": f"Master agreement, annex {index + 1}"}


def document_citations(chance: Random, language: str) -> list[Block]:
    """The three kinds of citations of documents, in turn."""
    start = chance.randint(0, 4000)
    cited = texts.sentences(chance, language, 1)
    return [
        {
            "type": "char_location",
            "cited_text": cited,
            **_document(0),
            "file_id": None,
            "start_char_index": start,
            "end_char_index": start + len(cited),
        },
        {
            "type": "page_location",
            "cited_text": cited,
            **_document(1),
            "file_id": f"file_{seeds.token(chance)}",
            "start_page_number": start % 90 + 1,
            "end_page_number": start % 90 + 2,
        },
        {
            "type": "content_block_location",
            "cited_text": cited,
            **_document(2),
            "file_id": None,
            "start_block_index": start % 30,
            "end_block_index": start % 30 + 1,
        },
    ]


def search_citations(chance: Random, language: str) -> list[Block]:
    """Citations of web search results and of search results the user sent."""
    return [
        {
            "type": "web_search_result_location",
            "cited_text": texts.sentences(chance, language, 1),
            "url": f"https://example.com/news/{chance.randint(1000, 9999)}",
            "title": "Annual report published",
            "encrypted_index": seeds.token(chance, 60),
        },
        {
            "type": "search_result_location",
            "cited_text": texts.sentences(chance, language, 1),
            "source": "kb://handbook/refunds",
            "title": "Refunds",
            "search_result_index": 0,
            "start_block_index": 0,
            "end_block_index": 1,
        },
    ]


def cited_text(words: str, citations: list[Block]) -> Block:
    """Text with the places it rests on."""
    return {"type": "text", "text": words, "citations": citations}


def future_block(chance: Random) -> Block:
    """A block of a type that no client knows yet."""
    return {
        "type": "hologram_result",
        "id": f"holo_{seeds.token(chance)}",
        "content": {"type": "hologram", "layers": [{"depth": 1, "caption": "Façade, north"}]},
    }
