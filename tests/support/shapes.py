"""Lines of results as OpenAI-shaped servers and Letta write them."""

import json


def answered(custom_id, body, status_code=200):
    """A line of a file of answers."""
    response = {"status_code": status_code, "request_id": "req_1", "body": body}
    line = {"id": "batch_req_1", "custom_id": custom_id, "response": response, "error": None}
    return json.dumps(line).encode()


def failed(custom_id, status_code, body, code=None):
    """A line of a file of errors; without a status there is no response."""
    if status_code is not None:
        return answered(custom_id, body, status_code)
    error = {"code": code, "message": "why"} if code else None
    line = {"id": "batch_req_1", "custom_id": custom_id, "response": None, "error": error}
    return json.dumps(line).encode()


def completion(content, usage=None, **message):
    """The body of a chat completion."""
    choice = {"index": 0, "message": {"role": "assistant", "content": content} | message}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": "gpt-5",
        "choices": [choice | {"finish_reason": "stop"}],
        "usage": usage,
    }


def response(*items, status="completed", reason=None):
    """The body of a response."""
    details = {"reason": reason} if reason else None
    body = {"object": "response", "id": "resp_1", "model": "gpt-5", "status": status}
    return body | {"incomplete_details": details, "output": list(items)}


def part(text, url):
    """A part of a message with a citation."""
    note = {"type": "url_citation", "title": "A", "url": url, "start_index": 0, "end_index": 1}
    return {"type": "output_text", "text": text, "annotations": [note]}


def message(agent_id, *messages):
    """An agent's part in a job."""
    item = {"agent_id": agent_id, "batch_item_id": "batch_item-1", "messages": list(messages)}
    return json.dumps(item).encode()
