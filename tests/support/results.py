"""Lines of results files as the wire has them, and files of them."""

import json

EVIL = (
    "\x1b]52;c;aGFja2Vk\x07\x1b[2J\x9b31m\u202eevil\u2066 [red]markup[/] [/x] [@click=app.quit]x[/]"
)
"""What no terminal may see as it is, and what no markup parser may read."""

CONTROLS = {chr(code) for code in (*range(32), *range(127, 160))} | set("\u202e\u2066\u2028\u2029")


def succeeded(custom_id, text="fine", **message):
    content = message.pop("content", None) or [{"type": "text", "text": text}]
    fields = {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-5",
        "content": content, "stop_reason": "end_turn",
        "usage": {"input_tokens": 12, "output_tokens": 345},
    }  # fmt: skip
    return _line(custom_id, {"type": "succeeded", "message": fields | message})


def errored(custom_id, message="Overloaded", kind="overloaded_error"):
    error = {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}
    return _line(custom_id, {"type": "errored", "error": error})


def without_answer(custom_id, kind):
    return _line(custom_id, {"type": kind})


def _line(custom_id, result):
    return json.dumps({"custom_id": custom_id, "result": result}, ensure_ascii=False).encode()


def write(path, *lines):
    path.write_bytes(b"\n".join(lines))
    return path
