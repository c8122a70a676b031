"""What the counter makes of answers that are not all success, from real botocore clients answered by stubs."""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from calls import CallCounter

REQUEST = {"PutRequest": {"Item": {"registration_id": "R"}}}


@pytest.fixture
def table(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _: None)
    settings = {"region_name": "us-east-1", "aws_access_key_id": "t", "aws_secret_access_key": "t"}
    return boto3.resource("dynamodb", config=Config(retries={"mode": "standard"}), **settings).Table("t")


class Answers:
    """Answers each try with the next of these: a status and a body."""

    def __init__(self, table, *answers):
        self.answers = list(answers)
        table.meta.client.meta.events.register("before-send.dynamodb.BatchWriteItem", self.send)

    def send(self, **_):
        from botocore.awsrequest import AWSResponse

        status, body = self.answers.pop(0)
        response = AWSResponse("https://x", status, {}, None)
        response._content = body.encode()
        return response


def error(code):
    return f'{{"__type": "com.amazonaws.dynamodb.v20120810#{code}", "message": "m"}}'


def test_tries_and_what_was_written(table):
    counter = CallCounter(table)
    item = '{"PutRequest": {"Item": {"registration_id": {"S": "R"}}}}'
    Answers(
        table,
        (400, error("ProvisionedThroughputExceededException")),
        (500, error("InternalServerError")),
        (200, f'{{"UnprocessedItems": {{"t": [{item}]}}}}'),
        (200, '{"UnprocessedItems": {}}'),
    )
    for requests in ([REQUEST] * 3, [REQUEST]):
        table.meta.client.batch_write_item(RequestItems={"t": requests})
    assert counter.report() == {"batch_write": 4, "unprocessed_items": 1, "throttled": 1, "retries": 1}
    assert counter.items_written == 3


def test_a_call_that_fails_writes_nothing(table):
    counter = CallCounter(table)
    Answers(table, (400, error("ValidationException")))
    with pytest.raises(ClientError):
        table.meta.client.batch_write_item(RequestItems={"t": [REQUEST]})
    assert (counter.items_written, counter.tries) == (0, 1)
