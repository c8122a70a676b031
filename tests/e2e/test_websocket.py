"""A WebSocket API with an authorizer, through a real client and boto3."""

import contextlib
import json
import time

import boto3
import botocore.config
import pytest
from conftest import http
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect


PATIENCE_S = 30


@contextlib.contextmanager
def connected(host, query="token=friend", **options):
    """The function has one sandbox: while that hears of another client's leaving, a new one is told to come again."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            opened = connect(f"{host.urls['Socket']}/live?{query}", open_timeout=PATIENCE_S, **options)
            break
        except InvalidStatus as refusal:
            if refusal.response.status_code != 503 or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
    with opened as socket:
        yield socket


def say(socket, text="hi"):
    """What the function answers; a throttled one is asked again."""
    while True:
        socket.send(json.dumps({"action": "say", "text": text}))
        answer = json.loads(socket.recv(30))
        if answer.get("message") != "Internal server error":
            return answer
        time.sleep(0.02)


def refused(host, query):
    with pytest.raises(InvalidStatus) as refusal, connected(host, query):
        pass
    return refusal.value.response.status_code, refusal.value.response.body.decode()


def management(endpoint):
    return boto3.client(
        "apigatewaymanagementapi",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=botocore.config.Config(retries={"total_max_attempts": 1}),
    )


def test_a_message_is_answered_by_its_route(host):
    with connected(host, subprotocols=["v1"]) as socket:
        assert socket.subprotocol == "v1"
        answer = say(socket, "hello")
        assert (answer["route"], answer["principal"]) == ("say", "friend")
        assert json.loads(answer["heard"])["text"] == "hello"
        socket.send("nobody routes this")
        told = json.loads(socket.recv(30))
        assert (told["message"], told["connectionId"]) == ("Forbidden", answer["connection"])
        socket.send('{"action": "fail"}')
        assert json.loads(socket.recv(30))["message"] == "Internal server error"


def test_the_authorizer_and_connect_decide(host):
    assert refused(host, "")[0] == 401
    assert refused(host, "token=stranger")[0] == 401
    status, body = refused(host, "token=enemy")
    assert (status, json.loads(body)["message"]) == (403, "Forbidden")
    assert refused(host, "token=friend&as=nobody") == (403, "nobody is not welcome")


def test_a_page_elsewhere_cannot_connect(host):
    with pytest.raises(InvalidStatus) as refusal, connected(host, origin="https://evil.example"):
        pass
    assert refusal.value.response.status_code == 403
    with connected(host, origin=host.endpoint):
        pass


@pytest.mark.parametrize("address", ["the API's own", "the Lambda API's", "the Lambda API's, with a stage"])
def test_boto3_manages_connections(host, address):
    own = host.urls["Socket"].replace("ws:", "http:") + "/live"
    client = management({"the API's own": own, "the Lambda API's": host.endpoint}.get(address, host.endpoint + "/live"))
    with connected(host) as socket:
        connection = say(socket)["connection"]
        client.post_to_connection(ConnectionId=connection, Data="é" * 60_000)
        assert socket.recv(30) == "é" * 60_000
        described = client.get_connection(ConnectionId=connection)
        assert described["Identity"]["SourceIp"] == "127.0.0.1"
        assert described["Identity"]["UserAgent"].startswith("Python")
        assert described["ConnectedAt"] <= described["LastActiveAt"]
        with pytest.raises(client.exceptions.PayloadTooLargeException):
            client.post_to_connection(ConnectionId=connection, Data=b"x" * (128 * 1024 + 1))
        client.delete_connection(ConnectionId=connection)
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(30)
        assert closed.value.rcvd.code == 1000
        with pytest.raises(client.exceptions.GoneException) as gone:
            client.post_to_connection(ConnectionId=connection, Data=b"x")
        assert gone.value.response["ResponseMetadata"]["HTTPStatusCode"] == 410


def test_disconnect_is_told_why(host):
    with connected(host) as leaver:
        say(leaver)
        leaver.close(4321, "enough")
    with connected(host) as socket:
        end = time.monotonic() + 30
        while 4321 not in say(socket)["left"]:
            assert time.monotonic() < end, "no $disconnect with the client's code"


def test_a_binary_message_closes_the_connection(host):
    with connected(host) as socket:
        socket.send(b"\x00")
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(30)
        assert closed.value.rcvd.code == 1003


def test_the_command_and_the_admin_api_tell_of_it(host):
    address = host.urls["Socket"] + "/live"
    assert f"Socket  {address}" in host.lines
    assert "    $connect  -> Chat" in host.lines
    functions = json.loads(http("GET", host.endpoint + "/_ferry/functions")[2])["functions"]
    [chat] = [function for function in functions if function["name"] == "Chat"]
    assert {"api": "Socket", "url": address, "route_key": "say"} in chat["routes"]
