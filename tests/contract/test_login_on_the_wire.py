"""A login of Anthropic's own tools, as it goes over the wire."""

from batchtui.config.schema import AccountConfig, SecretStr
from batchtui.core.submissions import CreateOptions
from batchtui.providers.registry import open_provider


async def test_a_login_is_sent_as_the_official_client_sends_it(recording_server, clock):
    stranger = recording_server(body=b'{"data": [], "has_more": false}')
    account = AccountConfig(
        name="lab",
        base_url=stranger.base_url,
        profile="work",
        workspace_id="wrkspc_1",
        betas=("output-300k-2026-03-24",),
    )
    provider = open_provider(account, SecretStr("token"), clock=clock)
    await provider.list_batches()
    await provider.aclose()
    sent = stranger.requests[0].headers
    assert sent["authorization"] == "Bearer token"
    assert sent["anthropic-beta"] == "output-300k-2026-03-24,oauth-2025-04-20"
    assert sent["anthropic-workspace-id"] == "wrkspc_1"
    assert "x-api-key" not in sent


async def test_a_batch_with_a_beta_of_its_own_keeps_those_of_the_login(recording_server, clock):
    stranger = recording_server(body=b'{"id": "msgbatch_1", "type": "message_batch"}')
    account = AccountConfig(name="lab", base_url=stranger.base_url, profile="work")
    provider = open_provider(account, SecretStr("token"), clock=clock)
    await provider.create(b"{}", options=CreateOptions(betas=("one", "oauth-2025-04-20")))
    await provider.aclose()
    assert stranger.requests[0].headers["anthropic-beta"] == "oauth-2025-04-20,one"
