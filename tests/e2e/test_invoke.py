"""The Invoke API through boto3, as a deployed function would be called."""

import base64
import concurrent.futures
import json
import re
import time

import botocore.exceptions
import pytest
from conftest import http, payload_of

REPORT = re.compile(
    r"^REPORT RequestId: [0-9a-f-]{36}\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: \d+ MB\tMax Memory Used: \d+ MB"
    r"(\tInit Duration: \d+\.\d\d ms)?\t$",
    re.M,
)


@pytest.mark.parametrize("function", ["HelloRust", "HelloPython", "HelloNode"])
def test_each_runtime_answers(client, function):
    answer = client.invoke(FunctionName=function, Payload=b'{"name": "ada"}', LogType="Tail")
    assert payload_of(answer) == {"hello": "ada"}
    assert answer["ExecutedVersion"] == "$LATEST"
    assert "FunctionError" not in answer
    log = base64.b64decode(answer["LogResult"]).decode()
    assert REPORT.search(log), log
    assert re.search(r"^START RequestId: [0-9a-f-]{36} Version: \$LATEST$", log, re.M), log
    assert re.search(r"^END RequestId: [0-9a-f-]{36}$", log, re.M), log


@pytest.mark.parametrize("function, error_type", [("HelloPython", "ValueError"), ("HelloNode", "TypeError")])
def test_a_raised_error_is_the_answer(client, function, error_type):
    answer = client.invoke(FunctionName=function, Payload=b'{"do": "raise"}')
    assert answer["FunctionError"] == "Unhandled"
    error = payload_of(answer)
    assert error["errorType"] == error_type
    assert error["errorMessage"] == "asked to fail"


def test_an_exit_is_a_runtime_error_and_the_next_call_works(client):
    answer = client.invoke(FunctionName="HelloPython", Payload=b'{"do": "exit"}')
    assert answer["FunctionError"] == "Unhandled"
    error = payload_of(answer)
    assert error["errorType"] == "Runtime.ExitError"
    assert "Error: Runtime exited with error: exit status 3" in error["errorMessage"]
    assert payload_of(client.invoke(FunctionName="HelloPython", Payload=b'{"name": "after"}')) == {"hello": "after"}


@pytest.mark.parametrize("function", ["HelloPython", "HelloNode"])
def test_a_printed_line_is_in_the_tail_of_its_own_invocation(client, function):
    answer = client.invoke(FunctionName=function, Payload=b'{"do": "print"}', LogType="Tail")
    assert "a line from the handler" in base64.b64decode(answer["LogResult"]).decode()
    answer = client.invoke(FunctionName=function, Payload=b"{}", LogType="Tail")
    assert "a line from the handler" not in base64.b64decode(answer["LogResult"]).decode()


def test_the_context_is_lambdas(client):
    context = base64.b64encode(json.dumps({"custom": {"who": "ada"}}).encode()).decode()
    answer = client.invoke(FunctionName="HelloPython", Payload=b'{"do": "context"}', ClientContext=context)
    seen = payload_of(answer)
    assert seen["aws_request_id"] == answer["ResponseMetadata"]["RequestId"]
    assert seen["memory_limit_in_mb"] in (256, "256")
    assert 0 < seen["remaining_ms"] <= 5000
    assert re.fullmatch(r"arn:aws:lambda:us-east-1:\d{12}:function:HelloPython", seen["invoked_function_arn"])
    assert seen["client_context"] == {"who": "ada"}


def test_the_environment_is_lambdas_and_nothing_of_the_hosts(client, monkeypatch):
    seen = payload_of(client.invoke(FunctionName="HelloPython", Payload=b'{"do": "environment"}'))
    assert seen["AWS_LAMBDA_FUNCTION_NAME"] == "HelloPython"
    assert seen["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert seen["LAMBDA_TASK_ROOT"] == "/var/task"
    assert seen["_HANDLER"] == "app.handler"
    assert seen["AWS_REGION"] == "us-east-1"
    for leaked in ("HOME", "USER", "PWD", "CARGO_HOME", "VIRTUAL_ENV", "SSH_AUTH_SOCK"):
        assert leaked not in seen, leaked


def test_a_timeout_is_answered_in_awss_words(client):
    answer = client.invoke(FunctionName="Guest", Payload=b'{"do":"sleep","n":5000}', LogType="Tail")
    assert answer["FunctionError"] == "Unhandled"
    error = payload_of(answer)
    assert error["errorType"] == "Sandbox.Timedout"
    assert error["errorMessage"].endswith("Error: Task timed out after 1.00 seconds")
    assert "Status: timeout" in base64.b64decode(answer["LogResult"]).decode()


def test_dry_run_and_unknown_names(client):
    assert client.invoke(FunctionName="HelloRust", InvocationType="DryRun")["StatusCode"] == 204
    with pytest.raises(client.exceptions.ResourceNotFoundException, match="Function not found: arn:aws:lambda:us-east-1:"):
        client.invoke(FunctionName="Nobody")
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        client.invoke(FunctionName="HelloRust", Qualifier="7")
    assert payload_of(client.invoke(FunctionName="HelloRust", Qualifier="$LATEST", Payload=b'{"name":1}')) == {"hello": 1}


def test_what_cannot_be_read_or_is_too_large_is_refused(client):
    with pytest.raises(client.exceptions.InvalidRequestContentException):
        client.invoke(FunctionName="HelloRust", Payload=b"{not json")
    with pytest.raises(client.exceptions.RequestTooLargeException):
        client.invoke(FunctionName="HelloRust", Payload=b'"' + b"x" * (6 * 1024 * 1024) + b'"')
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        client.invoke(FunctionName="HelloRust", InvocationType="Event", Payload=b'"' + b"x" * (1024 * 1024) + b'"')
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413


def test_an_asynchronous_invocation_is_accepted_at_once(client):
    answer = client.invoke(FunctionName="HelloRust", InvocationType="Event", Payload=b'{"name": "later"}')
    assert answer["StatusCode"] == 202
    assert answer["Payload"].read() == b""


def test_reserved_concurrency_throttles_the_fifth(host):
    client = host.client()

    def call(_):
        try:
            return payload_of(client.invoke(FunctionName="Guest", Payload=b'{"do":"sleep","n":700}'))
        except client.exceptions.TooManyRequestsException as refused:
            return refused.response["Reason"]

    with concurrent.futures.ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(call, range(8)))
    throttled = [answer for answer in answers if answer == "ReservedFunctionConcurrentInvocationLimitExceeded"]
    assert len(throttled) == 4, answers


def test_64_callers_get_their_own_answers(host):
    client = host.client()

    def call(number):
        return payload_of(client.invoke(FunctionName="HelloRust", Payload=json.dumps({"name": number}).encode())) == {"hello": number}

    with concurrent.futures.ThreadPoolExecutor(64) as threads:
        assert all(threads.map(call, range(640)))


def test_a_streamed_answer_arrives_through_the_event_stream(client):
    answer = client.invoke_with_response_stream(FunctionName="StreamNode", Payload=b"{}", LogType="Tail")
    parts = list(answer["EventStream"])
    body = b"".join(part["PayloadChunk"]["Payload"] for part in parts if "PayloadChunk" in part)
    assert body.endswith(b"part 0\npart 1\npart 2\n")
    complete = parts[-1]["InvokeComplete"]
    assert "ErrorCode" not in complete
    assert REPORT.search(base64.b64decode(complete["LogResult"]).decode())


def test_functions_are_described(client):
    names = [function["FunctionName"] for page in client.get_paginator("list_functions").paginate() for function in page["Functions"]]
    assert names == ["HelloRust", "Guest", "HelloPython", "HelloNode", "StreamNode", "Chat", "Guard"]
    configuration = client.get_function(FunctionName="HelloPython")["Configuration"]
    assert configuration["Runtime"] == "python3.13"
    assert configuration["Handler"] == "app.handler"
    assert configuration["MemorySize"] == 256
    assert configuration["CodeSize"] > 0
    assert configuration["State"] == "Active"


def test_new_memory_size_means_a_cold_start_with_it(client):
    try:
        client.update_function_configuration(FunctionName="HelloPython", MemorySize=512)
        answer = client.invoke(FunctionName="HelloPython", Payload=b'{"do": "context"}', LogType="Tail")
        assert payload_of(answer)["memory_limit_in_mb"] in (512, "512")
        log = base64.b64decode(answer["LogResult"]).decode()
        assert "Init Duration" in log and "Memory Size: 512 MB" in log, log
    finally:
        client.update_function_configuration(FunctionName="HelloPython", MemorySize=256)


def test_out_of_memory_kills_the_function_not_the_host(host, client):
    _, _, body = http("GET", host.endpoint + "/_ferry/enforcement")
    if json.loads(body)["memory"]["status"] != "enforced":
        pytest.skip(f"memory is not enforced here: {body}")
    # At 128 MB it has 7 % of a CPU to fill the memory with: that may take more than the template's one second.
    client.update_function_configuration(FunctionName="Guest", Timeout=30)
    try:
        answer = client.invoke(FunctionName="Guest", Payload=b'{"do":"oom"}', LogType="Tail")
    finally:
        client.update_function_configuration(FunctionName="Guest", Timeout=1)
    assert answer["FunctionError"] == "Unhandled"
    assert payload_of(answer)["errorType"] in ("Runtime.OutOfMemory", "Runtime.ExitError")
    assert "Max Memory Used: 128 MB" in base64.b64decode(answer["LogResult"]).decode()
    assert client.invoke(FunctionName="Guest", Payload=b'{"do":"echo"}')["StatusCode"] == 200


def test_an_idle_function_is_frozen(host, client):
    _, _, body = http("GET", host.endpoint + "/_ferry/enforcement")
    if json.loads(body)["freeze"]["status"] != "enforced":
        pytest.skip(f"freezing is not enforced here: {body}")
    client.invoke(FunctionName="HelloPython", Payload=b'{"do": "count"}')
    time.sleep(0.3)
    first = payload_of(client.invoke(FunctionName="HelloPython", Payload=b'{"do": "counted"}'))
    time.sleep(1.5)
    second = payload_of(client.invoke(FunctionName="HelloPython", Payload=b'{"do": "counted"}'))
    # One count a millisecond: 1,500 of them if it had gone on.
    assert 0 < first, "the background thread never ran"
    assert second - first < 750, f"a background thread counted from {first} to {second} in 1.5 s of idleness"
