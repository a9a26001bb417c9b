"""Drives `letta-client` through everything, and writes what it saw as one JSON object.

Usage: python letta_client_script.py BASE_URL FINISHED_JOB_ID
"""

import json
import sys
import warnings

warnings.simplefilter("ignore")

import letta_client  # noqa: E402


def main(base_url, finished_id):
    client = letta_client.Letta(base_url=base_url, api_key="any", max_retries=0)
    listed = [job.id for job in client.batches.list(limit=100, order="asc").items]
    requests = [
        {"agent_id": f"agent-{n}", "messages": [{"role": "user", "content": "Grüße"}]}
        for n in range(3)
    ]
    created = client.batches.create(requests=requests)
    messages = client.batches.messages.list(finished_id, limit=100_000, order="asc").messages
    seen = {
        "version": letta_client.__version__,
        "listed": listed,
        "paged": [job.id for job in client.batches.list(limit=2, order="asc")],
        "created": created.to_dict(),
        "retrieved": client.batches.retrieve(finished_id).status,
        "messages": [[message.role, message.agent_id] for message in messages],
        "parts": sorted({part.type for m in messages for part in m.content or ()}),
        "canceled": client.batches.cancel(created.id),
        "afterwards": client.batches.retrieve(created.id).status,
    }
    try:
        client.batches.retrieve("job-00000000-0000-4000-8000-000000000000")
    except letta_client.APIStatusError as error:
        seen["unknown"] = [error.status_code, sorted(error.body)]
    json.dump(seen, sys.stdout, default=str)


main(*sys.argv[1:])
