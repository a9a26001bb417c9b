"""Content blocks that the provider's own tools leave in a message, and those of beta features."""

from random import Random
from typing import Any

from batchtui.sim import seeds, texts
from batchtui.sim.blocks import Block, text


def _server_call(chance: Random, name: str, arguments: dict[str, Any]) -> Block:
    return {
        "type": "server_tool_use",
        "id": f"srvtoolu_{seeds.token(chance)}",
        "name": name,
        "input": arguments,
        "caller": {"type": "direct"},
    }


def _answer(call: Block, kind: str, content: object) -> Block:
    answer = {"type": kind, "tool_use_id": call["id"], "content": content}
    if kind.startswith("web_"):
        answer["caller"] = call["caller"]
    return answer


def _failure(tool: str, code: str) -> Block:
    return {"type": f"{tool}_tool_result_error", "error_code": code}


def web_search(chance: Random, *, fails: bool = False) -> list[Block]:
    """A search and what it found, or its error: an object where else a list stands."""
    call = _server_call(chance, "web_search", {"query": "annual report 2025 revenue by region"})
    if fails:
        failure = _failure("web_search", "max_uses_exceeded")
        return [call, _answer(call, "web_search_tool_result", failure)]
    found = [
        {
            "type": "web_search_result",
            "url": f"https://example.com/{chance.choice(('news', 'ir', 'blog'))}/{n}",
            "title": chance.choice(("Annual report", "年度報告書", "Rapport annuel", "年报摘要")),
            "page_age": chance.choice(("3 days ago", "October 2, 2026", None)),
            "encrypted_content": seeds.token(chance, 120),
        }
        for n in range(chance.randint(2, 5))
    ]
    return [call, _answer(call, "web_search_tool_result", found)]


def web_fetch(chance: Random, language: str, *, fails: bool = False) -> list[Block]:
    """A page that was fetched, or why it was not."""
    url = f"https://example.org/reports/{chance.randint(100, 999)}"
    call = _server_call(chance, "web_fetch", {"url": url})
    if fails:
        failure = _failure("web_fetch", "url_not_accessible")
        return [call, _answer(call, "web_fetch_tool_result", failure)]
    document = {
        "type": "document",
        "title": "Report",
        "citations": {"enabled": True},
        "source": {
            "type": "text",
            "media_type": "text/plain",
            "data": texts.essay(chance, language, 3),
        },
    }
    page = {
        "type": "web_fetch_result",
        "url": url,
        "retrieved_at": "2026-11-02T08:15:30.000000+00:00",
        "content": document,
    }
    return [call, _answer(call, "web_fetch_tool_result", page)]


def code_execution(chance: Random, *, how: str = "plain") -> list[Block]:
    """Code that was run; `how` is plain, encrypted or error."""
    code = "import pandas as pd\nprint(pd.read_csv('sales.csv').groupby('region').sum())"
    call = _server_call(chance, "code_execution", {"code": code})
    file_id = f"file_{seeds.token(chance)}"
    contents: dict[str, Block] = {
        "plain": {
            "type": "code_execution_result",
            "stdout": "        net\nnorth  1204\nsouth   980\n",
            "stderr": "",
            "return_code": 0,
            "content": [{"type": "code_execution_output", "file_id": file_id}],
        },
        "encrypted": {
            "type": "encrypted_code_execution_result",
            "encrypted_stdout": seeds.token(chance, 80),
            "stderr": "",
            "return_code": 0,
            "content": [],
        },
        "error": _failure("code_execution", "execution_time_exceeded"),
    }
    return [call, _answer(call, "code_execution_tool_result", contents[how])]


def bash(chance: Random, *, fails: bool = False) -> list[Block]:
    """A shell command; a failing one has its error output and a return code."""
    call = _server_call(chance, "bash_code_execution", {"command": "wc -l data/*.csv"})
    result = {
        "type": "bash_code_execution_result",
        "stdout": "" if fails else "  1204 data/north.csv\n   980 data/south.csv\n",
        "stderr": "wc: data/*.csv: No such file or directory\n" if fails else "",
        "return_code": 1 if fails else 0,
        "content": []
        if fails
        else [{"type": "bash_code_execution_output", "file_id": f"file_{seeds.token(chance)}"}],
    }
    return [call, _answer(call, "bash_code_execution_tool_result", result)]


def text_editor(chance: Random, how: str) -> list[Block]:
    """An edit of a file; `how` is view, create, str_replace or error."""
    prefix = "text_editor_code_execution"
    contents: dict[str, Block] = {
        "view": {
            "type": f"{prefix}_view_result",
            "file_type": "text",
            "content": "net = 1204\nrate = 0.19\n",
            "num_lines": 2,
            "start_line": 1,
            "total_lines": 2,
        },
        "create": {"type": f"{prefix}_create_result", "is_file_update": False},
        "str_replace": {
            "type": f"{prefix}_str_replace_result",
            "lines": ["-rate = 0.19", "+rate = 0.07"],
            "old_start": 2,
            "old_lines": 1,
            "new_start": 2,
            "new_lines": 1,
        },
        "error": {
            **_failure(prefix, "file_not_found"),
            "error_message": "File not found: rates.py",
        },
    }
    command = "view" if how == "error" else how
    call = _server_call(chance, prefix, {"command": command, "path": "rates.py"})
    return [call, _answer(call, f"{prefix}_tool_result", contents[how])]


def tool_search(chance: Random, *, fails: bool = False) -> list[Block]:
    """A search among many tools."""
    name = chance.choice(("tool_search_tool_regex", "tool_search_tool_bm25"))
    call = _server_call(chance, name, {"query": "weather|forecast"})
    found = {
        "type": "tool_search_tool_search_result",
        "tool_references": [{"type": "tool_reference", "tool_name": "get_weather"}],
    }
    failure = {**_failure("tool_search", "invalid_tool_input"), "error_message": "bad pattern"}
    return [call, _answer(call, "tool_search_tool_result", failure if fails else found)]


def advisor(chance: Random, how: str) -> list[Block]:
    """A second model's advice; `how` is plain, redacted or error."""
    call = _server_call(chance, "advisor", {"question": "Is the second table net or gross?"})
    contents: dict[str, Block] = {
        "plain": {
            "type": "advisor_result",
            "text": "Net. Row 3 only adds up that way.",
            "stop_reason": "end_turn",
        },
        "redacted": {
            "type": "advisor_redacted_result",
            "encrypted_content": seeds.token(chance, 90),
            "stop_reason": "end_turn",
        },
        "error": _failure("advisor", "unavailable"),
    }
    return [call, _answer(call, "advisor_tool_result", contents[how])]


def mcp(chance: Random, *, fails: bool = False) -> list[Block]:
    """A call of a tool on an MCP server; its result is a string or a list of text blocks."""
    call = {
        "type": "mcp_tool_use",
        "id": f"mcptoolu_{seeds.token(chance)}",
        "name": "find_ticket",
        "server_name": "helpdesk",
        "input": {"number": chance.randint(1000, 9999)},
    }
    result = {
        "type": "mcp_tool_result",
        "tool_use_id": call["id"],
        "is_error": fails,
        "content": "no such ticket" if fails else [text("Ticket: open")],
    }
    return [call, result]


def mcp_listing() -> Block:
    """The tools an MCP server offers."""
    schema = {"type": "object", "properties": {"number": {"type": "integer"}}}
    tool = {"name": "find_ticket", "description": "Finds a ticket.", "input_schema": schema}
    return {"type": "mcp_tool_listing", "mcp_server_name": "helpdesk", "tools": [tool]}


def container_upload(chance: Random) -> Block:
    """A file the model left in its container."""
    return {"type": "container_upload", "file_id": f"file_{seeds.token(chance)}"}


def compaction(chance: Random, *, hidden: bool = False) -> Block:
    """A summary that replaced an earlier part of the conversation."""
    return {
        "type": "compaction",
        "content": None if hidden else "So far: two tables were compared; the net one is right.",
        "encrypted_content": seeds.token(chance, 64) if hidden else None,
    }


def fallback() -> Block:
    """The place where another model took over after a refusal."""
    return {
        "type": "fallback",
        "from": {"model": "claude-opus-4-6"},
        "to": {"model": "claude-sonnet-4-6"},
        "trigger": {"type": "refusal", "category": "cyber"},
    }
