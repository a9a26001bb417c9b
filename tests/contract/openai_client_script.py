"""Drives OpenAI's client through everything, and writes what it saw as one JSON object.

Usage: python openai_client_script.py BASE_URL ENDED_BATCH_ID RUNNING_BATCH_ID
"""

import json
import sys
import warnings

warnings.simplefilter("ignore")

import openai  # noqa: E402


def main(base_url, ended_id, running_id):
    client = openai.OpenAI(base_url=f"{base_url}/v1", api_key="sk-any", max_retries=0)
    body = {"model": "gpt-x", "messages": [{"role": "user", "content": "Grüße"}]}
    lines = [
        {"custom_id": f"r{n}", "method": "POST", "url": "/v1/chat/completions", "body": body}
        for n in range(3)
    ]
    listed = [batch.id for batch in client.batches.list(limit=10)]
    content = "\n".join(map(json.dumps, lines)).encode()
    file = client.files.create(file=("requests.jsonl", content), purpose="batch")
    created = client.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
    )
    ended = client.batches.retrieve(ended_id)
    answers = client.files.content(ended.output_file_id).text
    failures = client.files.content(ended.error_file_id).text
    seen = {
        "version": openai.__version__,
        "listed": listed,
        "bytes": [file.bytes, len(content)],
        "created": created.to_dict(),
        "counts": ended.request_counts.to_dict(),
        "tokens": ended.usage.total_tokens,
        "answers": [json.loads(line)["response"]["body"]["object"] for line in answers.split("\n")],
        "failures": len(failures.split("\n")),
        "canceled": client.batches.cancel(running_id).status,
        "deleted": client.files.delete(ended.output_file_id).deleted,
    }
    try:
        client.batches.retrieve("batch_zzz")
    except openai.APIStatusError as error:
        seen["unknown"] = [error.status_code, error.type]
    json.dump(seen, sys.stdout, default=str)


main(*sys.argv[1:])
