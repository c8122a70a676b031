"""DynamoDB as boto3 sees it: the local services alone, without functions."""

import json
import threading
import time
import urllib.request
from decimal import Decimal

import boto3
import botocore.config
import botocore.exceptions
import pytest

from local_aws import LocalAws

TABLE = "Registrations"


class Server(LocalAws):
    def physics(self, document):
        request = urllib.request.Request(f"{self.url}/_ferry/physics", json.dumps(document).encode(), method="PUT")
        urllib.request.urlopen(request).close()

    def session(self, attempts):
        config = botocore.config.Config(retries={"total_max_attempts": attempts, "mode": "standard"}, max_pool_connections=50)
        names = {"region_name": "us-east-1", "aws_access_key_id": "local", "aws_secret_access_key": "local"}
        return boto3.resource("dynamodb", endpoint_url=self.url, config=config, **names)


@pytest.fixture
def server():
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def table(server):
    return create_table(server.session(attempts=1))


def create_table(session):
    table = session.create_table(
        TableName=TABLE,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}, {"AttributeName": "at", "AttributeType": "N"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table.wait_until_exists()
    return table


def error_of(refused):
    return refused.value.response["Error"]


def count_of(table):
    return sum(page["Count"] for page in table.meta.client.get_paginator("scan").paginate(TableName=TABLE, ConsistentRead=True))


def test_every_type_comes_back(table):
    item = {
        "id": "1",
        "at": Decimal("78.10"),
        "bytes": b"\x00\xff",
        "flag": False,
        "nothing": None,
        "names": {"b", "a"},
        "numbers": {Decimal("1"), Decimal("-2.5")},
        "list": [Decimal("1E+30"), {"deep": ["ü", ""]}],
        "empty": "",
    }
    table.put_item(Item=item)
    read = table.get_item(Key={"id": "1", "at": Decimal("78.1")}, ConsistentRead=True)["Item"]
    assert {**read, "bytes": read["bytes"].value} == item
    assert str(read["at"]) == "78.1", "numbers are normalised"
    with table.batch_writer() as batch:
        batch.put_item(Item={**item, "id": "2"})
        batch.put_item(Item={**item, "id": "3"})
    assert {**table.get_item(Key={"id": "3", "at": Decimal("78.1")})["Item"], "id": "1"} == read, "a batch writes what a put writes"


def test_queries_and_pages(table):
    with table.batch_writer() as batch:
        for at in range(120):
            batch.put_item(Item={"id": "a" if at % 2 else "b", "at": at, "text": "x" * 20_000})
    condition = boto3.dynamodb.conditions.Key("id").eq("a") & boto3.dynamodb.conditions.Key("at").between(11, 21)
    found = table.query(KeyConditionExpression=condition, ScanIndexForward=False, ReturnConsumedCapacity="TOTAL")
    assert [int(item["at"]) for item in found["Items"]] == [21, 19, 17, 15, 13, 11]
    assert found["ConsumedCapacity"] == {"TableName": TABLE, "CapacityUnits": 15.0}, "half of 120 KB by 4 KB"
    assert "LastEvaluatedKey" in table.scan(), "2.4 MB are more than a page"
    assert count_of(table) == 120


@pytest.mark.parametrize(
    "items, message",
    [
        ([{"id": str(n), "at": 1} for n in range(26)], "Member must have length less than or equal to 25"),
        ([{"id": "1", "at": 1}, {"id": "1", "at": Decimal("1.0")}], "Provided list of item keys contains duplicates"),
        ([{"id": "1", "at": 1, "text": "x" * 400 * 1024}], "Item size has exceeded the maximum allowed size"),
        ([{"id": "", "at": 1}], "cannot contain an empty string value"),
        ([{"id": "1"}], "The provided key element does not match the schema"),
        ([{"id": "x" * 2049, "at": 1}], "2048"),
    ],
)
def test_batches_that_aws_refuses(table, items, message):
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        table.meta.client.batch_write_item(RequestItems={TABLE: [{"PutRequest": {"Item": item}} for item in items]})
    assert error_of(refused)["Code"] == "ValidationException"
    assert message in error_of(refused)["Message"]
    assert count_of(table) == 0


def test_numbers_of_39_digits_are_refused(server, table):
    low = boto3.client("dynamodb", endpoint_url=server.url, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    item = {"id": {"S": "1"}, "at": {"N": "1"}, "amount": {"N": "1" * 39}}
    for call in (
        lambda: low.put_item(TableName=TABLE, Item=item),
        lambda: low.batch_write_item(RequestItems={TABLE: [{"PutRequest": {"Item": item}}]}),
    ):
        with pytest.raises(botocore.exceptions.ClientError) as refused:
            call()
        assert "Attempting to store more than 38 significant digits in a Number" in error_of(refused)["Message"]


def test_a_throttled_table_says_why(server, table):
    server.physics({"tables": {TABLE: {"write_per_s": 0.001, "burst_s": 1, "mode": "on-demand"}}})
    table.put_item(Item={"id": "1", "at": 1})
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        table.put_item(Item={"id": "2", "at": 1})
    assert error_of(refused)["Code"] == "ThrottlingException"
    reasons = refused.value.response["throttlingReasons"]
    assert reasons == [{"reason": "TableWriteKeyRangeThroughputExceeded", "resource": f"arn:aws:dynamodb:us-east-1:123456789012:table/{TABLE}"}]
    server.physics({"tables": {TABLE: {"write_per_s": 0.001}}})
    table.put_item(Item={"id": "3", "at": 1})
    with pytest.raises(table.meta.client.exceptions.ProvisionedThroughputExceededException):
        table.put_item(Item={"id": "4", "at": 1})
    server.physics({})
    assert count_of(table) == 2


def test_batch_writers_of_many_threads_get_the_tables_capacity(server):
    per_s, items, threads = 300, 900, 6
    table = create_table(server.session(attempts=10))
    server.physics({"tables": {"*": {"write_per_s": per_s, "burst_s": 0}}})

    def load(part):
        mine = server.session(attempts=10).Table(TABLE)
        with mine.batch_writer() as batch:
            for number in range(part, items, threads):
                batch.put_item(Item={"id": str(number), "at": 1})

    start = time.monotonic()
    writers = [threading.Thread(target=load, args=(part,)) for part in range(threads)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    elapsed_s = time.monotonic() - start
    server.physics({})
    assert count_of(table) == items
    assert elapsed_s >= (items - per_s / 10 - 1) / per_s
