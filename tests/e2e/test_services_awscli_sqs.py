"""SQS as the AWS command line sees it: one queue's life, and what is refused, under the names that scripts test for."""

import pytest
from test_services_awscli import CommandLine
from test_services_s3 import Server

PREFIX = "AWS.SimpleQueueService"


class QueueCommandLine(CommandLine):
    """Its `sqs` is the one command that does not read AWS_ENDPOINT_URL."""

    def run(self, *arguments, **environment):
        return super().run(*arguments, "--endpoint-url", self.environment["AWS_ENDPOINT_URL"], **environment)


@pytest.fixture(scope="module")
def aws(tmp_path_factory):
    server = Server(secret=True)
    yield QueueCommandLine(server, tmp_path_factory.mktemp("aws"))
    server.stop()


@pytest.fixture(scope="module")
def queue(aws):
    return ["--queue-url", aws.json("sqs", "create-queue", "--queue-name", "orders")["QueueUrl"]]


def entries(*ids, body="x"):
    return [{"Id": str(each), "MessageBody": body} for each in ids]


def test_a_message_is_sent_received_and_deleted(aws, queue):
    author = {"author": {"DataType": "String", "StringValue": "Ada"}}
    sent = aws.json("sqs", "send-message", *queue, "--message-body", "grüezi", "--message-attributes", author)
    received = aws.json("sqs", "receive-message", *queue, "--wait-time-seconds", "5", "--message-attribute-names", "All")["Messages"]
    assert [(each["MessageId"], each["Body"], each["MessageAttributes"]) for each in received] == [(sent["MessageId"], "grüezi", author)]
    assert received[0]["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    aws("sqs", "delete-message", *queue, "--receipt-handle", received[0]["ReceiptHandle"])
    told = aws.json("sqs", "get-queue-attributes", *queue, "--attribute-names", "All")["Attributes"]
    assert told["QueueArn"] == "arn:aws:sqs:us-east-1:123456789012:orders"
    assert told["ApproximateNumberOfMessagesNotVisible"] == "0"


@pytest.mark.parametrize(
    "code, message, batch",
    [
        ("TooManyEntriesInBatchRequest", "Maximum number of entries per request are 10. You have sent 11.", entries(*range(11))),
        ("BatchEntryIdsNotDistinct", "Id 1 repeated.", entries(1, 1)),
        ("EmptyBatchRequest", "There should be at least one SendMessageBatchRequestEntry in the request.", []),
        ("BatchRequestTooLong", "Batch requests cannot be longer than 1048576 bytes.", entries(1, 2, body="x" * 600_000)),
    ],
)
def test_batches_that_are_refused(aws, queue, code, message, batch):
    aws.refused(f"{PREFIX}.{code}", message, "sqs", "send-message-batch", *queue, "--entries", batch)


def test_what_else_is_refused(aws, queue, tmp_path):
    gone = "The specified queue does not exist"
    aws.refused(f"{PREFIX}.NonExistentQueue", gone, "sqs", "get-queue-url", "--queue-name", "nowhere")
    (tmp_path / "body").write_text("x" * 1_048_577)
    long = "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes."
    aws.refused("InvalidParameterValue", long, "sqs", "send-message", *queue, "--message-body", f"file://{tmp_path}/body")
    handle = ["--receipt-handle", "wrong"]
    aws.refused("ReceiptHandleIsInvalid", "receipt handle", "sqs", "delete-message", *queue, *handle)
    wrong = {"AWS_SECRET_ACCESS_KEY": "wrong"}
    aws.refused("InvalidSignatureException", "The request signature we calculated", "sqs", "list-queues", **wrong)
