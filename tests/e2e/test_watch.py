"""`ferry up --watch`: an edit is what the next invocation runs, without a restart."""

import time

import pytest
from conftest import Host, payload_of

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Edited:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: code, Handler: app.handler, Runtime: python3.13, MemorySize: 512, Timeout: 5 }
"""
HANDLER = "def handler(event, context):\n    return {!r}\n"
PATIENCE_S = 60


@pytest.fixture
def edited(tmp_path):
    code = tmp_path / "code"
    code.mkdir()
    (code / "app.py").write_text(HANDLER.format("first"))
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    host = Host([tmp_path / "template.yaml"], "--watch", "--state-dir", tmp_path / "state")
    yield host, code / "app.py"
    assert host.stop() == 0


def invoke_until(client, wanted):
    """Invokes until the answer is as wanted, or patience ends; the last payload."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        payload = payload_of(client.invoke(FunctionName="Edited"))
        if wanted(payload) or time.monotonic() > deadline:
            return payload
        time.sleep(0.1)


def test_an_edit_is_served_and_a_broken_one_is_an_answer(edited):
    host, source = edited
    client = host.client()
    assert payload_of(client.invoke(FunctionName="Edited")) == "first"

    source.write_text(HANDLER.format("second"))
    assert invoke_until(client, lambda payload: payload == "second") == "second"

    source.write_text("def handler(event, context:\n")
    broken = invoke_until(client, lambda payload: payload != "second")
    assert broken["errorType"] == "Runtime.UserCodeSyntaxError"

    source.write_text(HANDLER.format("third"))
    assert invoke_until(client, lambda payload: payload == "third") == "third"
