"""Whatever stands in a file: a report or a refusal, and what passes is what a server reads."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchtui.core.errors import SubmitError
from batchtui.requests.body import bodies
from batchtui.requests.edits import parse_edits
from support.requests import line, params, report_of

LENIENT = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
SEEDS = [
    line("a") + b"\n" + line("b", system="ü\\u00e9") + b"\n",
    b"[" + line("a") + b",\n" + line("b") + b"]",
    b'{"requests": [' + line("a") + b"]}",
    b'custom_id,text\na,"b ""c"""\nd,e\n',
    b'{"custom_id":"a","body":{"model":"m","max_tokens":1,"messages":[{"role":"user"}]}}',
    b'{"custom_id": "a", "text": ["x", {"y": null}]}',
]
TEMPLATE = json.dumps(params(system="{{text}}"))

mangled = st.builds(
    lambda seed, at, cut, put: seed[:at] + put + seed[at + cut :],
    st.sampled_from(SEEDS),
    st.integers(0, 250),
    st.integers(0, 40),
    st.one_of(
        st.binary(max_size=8), st.sampled_from([b'"', b"\\", b"}", b"\\ud800", b"NaN", b"\n"])
    ),
)


@given(mangled, st.booleans(), st.booleans(), st.booleans())
@LENIENT
def test_a_report_or_a_refusal(tmp_path, content, templated, converts, edited):
    path, template = tmp_path / "file", tmp_path / "template"
    path.write_bytes(content)
    template.write_text(TEMPLATE)
    edits = parse_edits(["metadata.user_id=x"]) if edited else ()
    changes = {"converts": converts, "edits": edits}
    try:
        report = report_of(path, template=template if templated else None, changes=changes)
    except SubmitError:
        return
    if report.ok:
        (body,) = bodies(report)
        sent = json.loads(b"".join(body.blocks()))["requests"]
        assert len(sent) == body.count == report.requests
        assert all(one.keys() == {"custom_id", "params"} for one in sent)
        assert len({one["custom_id"] for one in sent}) == len(sent)
