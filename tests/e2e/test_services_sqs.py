"""SQS as boto3 and the AWS CLI see it: the local services alone, without functions."""

import hashlib
import json
import os
import pathlib
import struct
import subprocess
import sys
import threading
import time

import boto3
import botocore.config
import botocore.exceptions
import pytest

from local_aws import LocalAws

AWS = pathlib.Path(sys.executable).with_name("aws")
NAMES = {"region_name": "us-east-1", "aws_access_key_id": "local", "aws_secret_access_key": "local"}


class Server(LocalAws):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        config = botocore.config.Config(retries={"total_max_attempts": 1}, max_pool_connections=50)
        self.client = boto3.client("sqs", endpoint_url=self.url, config=config, **NAMES)


@pytest.fixture
def server():
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def sqs(server):
    return server.client


@pytest.fixture
def queue(sqs):
    return sqs.create_queue(QueueName="jobs")["QueueUrl"]


def bodies(answer):
    return [message["Body"] for message in answer.get("Messages", [])]


def counts(sqs, queue):
    names = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
    told = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    return [int(told[name]) for name in names]


def md5_of_attributes(attributes):
    sum = hashlib.md5()
    for name in sorted(attributes):
        value = attributes[name]
        text = "StringValue" in value
        bytes = value["StringValue"].encode() if text else value["BinaryValue"]
        for part in (name.encode(), value["DataType"].encode()):
            sum.update(struct.pack(">I", len(part)) + part)
        sum.update((b"\x01" if text else b"\x02") + struct.pack(">I", len(bytes)) + bytes)
    return sum.hexdigest()


def test_a_message_with_attributes_comes_back(sqs, queue):
    attributes = {
        "text": {"DataType": "String", "StringValue": "ü"},
        "number": {"DataType": "Number", "StringValue": "78.10"},
        "bytes": {"DataType": "Binary.png", "BinaryValue": b"\x00\xff"},
    }
    trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5e3d83c1-e6a0db584850d61342823d4c"}}
    sent = sqs.send_message(QueueUrl=queue, MessageBody="grüße", MessageAttributes=attributes, MessageSystemAttributes=trace)
    assert sent["MD5OfMessageBody"] == hashlib.md5("grüße".encode()).hexdigest()
    assert sent["MD5OfMessageAttributes"] == md5_of_attributes(attributes)
    assert sent["MD5OfMessageSystemAttributes"] == md5_of_attributes(trace)
    message = sqs.receive_message(QueueUrl=queue, MessageAttributeNames=["All"], AttributeNames=["All"])["Messages"][0]
    assert (message["MessageId"], message["Body"], message["MD5OfBody"]) == (sent["MessageId"], "grüße", sent["MD5OfMessageBody"])
    assert message["MessageAttributes"] == attributes
    assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert message["Attributes"]["AWSTraceHeader"] == trace["AWSTraceHeader"]["StringValue"]
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"


def test_a_long_poll_ends_when_a_message_comes(sqs, queue):
    received = []
    poll = threading.Thread(target=lambda: received.extend(bodies(sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=20))))
    start = time.monotonic()
    poll.start()
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    poll.join(60)
    assert received == ["x"]
    assert time.monotonic() - start < 19, "it was woken"
    start = time.monotonic()
    assert bodies(sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1)) == []
    assert time.monotonic() - start > 0.9


def test_visibility(sqs, queue):
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    first = sqs.receive_message(QueueUrl=queue, VisibilityTimeout=1)["Messages"][0]
    assert bodies(sqs.receive_message(QueueUrl=queue)) == []
    second = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"][0]
    assert first["ReceiptHandle"] != second["ReceiptHandle"]
    sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=second["ReceiptHandle"], VisibilityTimeout=0)
    third = sqs.receive_message(QueueUrl=queue)["Messages"][0]
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=second["ReceiptHandle"])
    assert counts(sqs, queue) == [0, 1, 0], "an older handle deletes nothing"
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=third["ReceiptHandle"])
    assert counts(sqs, queue) == [0, 0, 0]


def test_batches(sqs, queue):
    entries = [{"Id": str(number), "MessageBody": f"{number}"} for number in range(10)]
    told = sqs.send_message_batch(QueueUrl=queue, Entries=[*entries[:9], {"Id": "9", "MessageBody": "9", "DelaySeconds": 900}])
    assert [entry["Id"] for entry in told["Successful"]] == [str(number) for number in range(10)] and "Failed" not in told
    assert counts(sqs, queue) == [9, 0, 1]
    received = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    assert sorted(message["Body"] for message in received) == [str(number) for number in range(9)]
    handles = [{"Id": str(at), "ReceiptHandle": message["ReceiptHandle"]} for at, message in enumerate(received)]
    told = sqs.delete_message_batch(QueueUrl=queue, Entries=[*handles, {"Id": "x", "ReceiptHandle": "rubbish"}])
    assert len(told["Successful"]) == 9
    assert [(entry["Id"], entry["Code"], entry["SenderFault"]) for entry in told["Failed"]] == [("x", "ReceiptHandleIsInvalid", True)]


def test_dead_letters(sqs):
    failed = sqs.create_queue(QueueName="failed")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=failed, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 2})
    jobs = sqs.create_queue(QueueName="jobs", Attributes={"RedrivePolicy": policy, "VisibilityTimeout": "0"})["QueueUrl"]
    sqs.send_message(QueueUrl=jobs, MessageBody="poison")
    assert [bodies(sqs.receive_message(QueueUrl=jobs)) for _ in range(3)] == [["poison"], ["poison"], []]
    message = sqs.receive_message(QueueUrl=failed, AttributeNames=["DeadLetterQueueSourceArn"])["Messages"][0]
    assert message["Body"] == "poison" and message["Attributes"]["DeadLetterQueueSourceArn"].endswith(":jobs")
    assert sqs.list_dead_letter_source_queues(QueueUrl=failed)["queueUrls"] == [jobs]


@pytest.mark.parametrize(
    "call, code, message",
    [
        (lambda sqs, queue: sqs.get_queue_url(QueueName="nowhere"), "AWS.SimpleQueueService.NonExistentQueue", "does not exist"),
        (lambda sqs, queue: sqs.create_queue(QueueName="a b"), "InvalidParameterValue", "alphanumeric"),
        (lambda sqs, queue: sqs.create_queue(QueueName="a.fifo", Attributes={"FifoQueue": "true"}), "InvalidParameterValue", "standard"),
        (lambda sqs, queue: sqs.create_queue(QueueName="jobs", Attributes={"DelaySeconds": "9"}), "QueueAlreadyExists", "DelaySeconds"),
        (lambda sqs, queue: sqs.set_queue_attributes(QueueUrl=queue, Attributes={"DelaySeconds": "901"}), "InvalidAttributeValue", "Delay"),
        (lambda sqs, queue: sqs.send_message(QueueUrl=queue, MessageBody="\x00"), "InvalidMessageContents", "Invalid characters"),
        (lambda sqs, queue: sqs.send_message(QueueUrl=queue, MessageBody="x" * 1048577), "InvalidParameterValue", "1048576"),
        (lambda sqs, queue: sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=11), "InvalidParameterValue", "between 1 and 10"),
        (lambda sqs, queue: sqs.delete_message(QueueUrl=queue, ReceiptHandle="x"), "ReceiptHandleIsInvalid", "receipt handle"),
        (lambda sqs, queue: sqs.send_message_batch(QueueUrl=queue, Entries=[]), "AWS.SimpleQueueService.EmptyBatchRequest", "at least one"),
    ],
)
def test_what_aws_refuses(sqs, queue, call, code, message):
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        call(sqs, queue)
    error = refused.value.response["Error"]
    assert error["Code"] == code and message in error["Message"], error


def test_modelled_exceptions_are_raised(sqs, queue):
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.receive_message(QueueUrl="http://127.0.0.1:4566/123456789012/nowhere")
    sqs.purge_queue(QueueUrl=queue)
    with pytest.raises(sqs.exceptions.PurgeQueueInProgress):
        sqs.purge_queue(QueueUrl=queue)


def test_the_aws_cli(server, queue):
    def aws(*arguments):
        environment = {**os.environ, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1"}
        command = [AWS, "sqs", *arguments, "--endpoint-url", server.url, "--output", "json"]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)

    def answer(*arguments):
        ended = aws(*arguments)
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout) if ended.stdout else {}

    assert answer("list-queues") == {"QueueUrls": [queue]}
    sent = answer("send-message", "--queue-url", queue, "--message-body", "x")
    received = answer("receive-message", "--queue-url", queue, "--wait-time-seconds", "5")["Messages"][0]
    assert received["MessageId"] == sent["MessageId"]
    assert answer("receive-message", "--queue-url", queue, "--wait-time-seconds", "1") == {}
    answer("delete-message", "--queue-url", queue, "--receipt-handle", received["ReceiptHandle"])
    attributes = answer("get-queue-attributes", "--queue-url", queue, "--attribute-names", "All")["Attributes"]
    assert (attributes["ApproximateNumberOfMessages"], attributes["ApproximateNumberOfMessagesNotVisible"]) == ("0", "0")
    refused = aws("get-queue-url", "--queue-name", "nowhere")
    assert refused.returncode != 0 and "AWS.SimpleQueueService.NonExistentQueue" in refused.stderr


def test_nothing_that_was_acknowledged_is_lost_when_the_process_is_killed(tmp_path):
    first = Server(str(tmp_path))
    queue = first.client.create_queue(QueueName="jobs")["QueueUrl"]
    sent, received = [], []

    def send():
        try:
            for number in range(100_000):
                first.client.send_message(QueueUrl=queue, MessageBody=str(number))
                sent.append(str(number))
        except botocore.exceptions.BotoCoreError:
            pass

    sender = threading.Thread(target=send)
    sender.start()
    while len(sent) < 200:
        time.sleep(0.01)
    first.kill()
    sender.join()
    second = Server(str(tmp_path))
    while messages := second.client.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        received += [message["Body"] for message in messages]
    second.stop()
    assert len(received) == len(set(received)) and set(sent) <= set(received) and len(received) <= len(sent) + 1
