"""Drives the official SDK through everything, and writes what it saw as one JSON object.

Usage: python sdk_script.py BASE_URL ga|beta ENDED_BATCH_ID RUNNING_BATCH_ID
The API key is in ANTHROPIC_API_KEY. Runs with the SDK that comes first on the path.
"""

import json
import sys
import warnings

import anthropic

warnings.simplefilter("ignore")


def status_of(call):
    try:
        call()
    except anthropic.APIStatusError as error:
        return [error.status_code, error.body["error"]["type"]]
    return None


def main(base_url, namespace, ended_id, running_id):
    client = anthropic.Anthropic(base_url=base_url, max_retries=0)
    batches = (client.beta if namespace == "beta" else client).messages.batches
    params = {
        "model": "claude-sonnet-4-5-20250929",
        "max_tokens": 10,
        "messages": [{"role": "user", "content": "Grüße"}],
    }
    bad = {**params, "max_tokens": 0}
    requests = [{"custom_id": f"r-{n}", "params": params if n else bad} for n in range(5)]
    # The world is paged before anything in it is changed.
    older = [batch.id for batch in batches.list(limit=10)]
    newer = [batch.id for batch in batches.list(limit=10, before_id=older[-1])]
    created = batches.create(requests=requests)
    seen = {
        "version": anthropic.__version__,
        "older": older,
        "newer": newer,
        "created": json.loads(created.to_json(exclude_unset=False)),
        "retrieved": batches.retrieve(created.id).id,
        "results": [
            [line.custom_id, line.result.type, line.result.to_dict()]
            for line in batches.results(ended_id)
        ],
        "canceled": batches.cancel(running_id).processing_status,
        "deleted": batches.delete(ended_id).type,
        "gone": status_of(lambda: batches.retrieve(ended_id)),
        "delete_running": status_of(lambda: batches.delete(created.id)),
    }
    json.dump(seen, sys.stdout, default=str)


main(*sys.argv[1:])
