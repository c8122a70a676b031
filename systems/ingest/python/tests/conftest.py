"""The function's module beside a bucket and a table of moto's, and a connection that remembers what it was told."""

import importlib
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import boto3
import pytest
from moto import mock_aws

PYTHON = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PYTHON))

HEADER = (
    "registration_id,event_id,event_name,event_date,venue,attendee_name,attendee_email,ticket_type,amount_paid,payment_method,seat_section"
)
FIELDS = HEADER.split(",")
CONTEXT = SimpleNamespace(memory_limit_in_mb="512")
CONNECTION = {"id": "c0ffee=", "endpoint": "https://abc.execute-api.us-east-1.amazonaws.com/live"}


def row(number, **changed):
    """The values of a plain registration, as text."""
    values = {name: f"{name} {number}" for name in FIELDS} | {"registration_id": f"R-{number}", "amount_paid": "78.10"} | changed
    return [values[name] for name in FIELDS]


def csv_file(*rows):
    return "\r\n".join([HEADER, *(",".join(values) for values in rows), ""]).encode()


class World:
    def __init__(self, app):
        self.app = app
        self.s3 = boto3.client("s3")
        self.s3.create_bucket(Bucket="source")
        key = {"AttributeName": "registration_id"}
        self.table = boto3.resource("dynamodb").create_table(
            TableName="registrations",
            KeySchema=[key | {"KeyType": "HASH"}],
            AttributeDefinitions=[key | {"AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )

    def load(self, body, file_format="csv", **event):
        self.s3.put_object(Bucket="source", Key=event.get("key") or f"registrations.{file_format}", Body=body)
        return self.app.handler({"format": file_format} | event, CONTEXT)

    def items(self):
        found, start = [], {}
        while True:
            page = self.table.scan(ConsistentRead=True, **start)
            found += page["Items"]
            if "LastEvaluatedKey" not in page:
                return {item["registration_id"]: item for item in found}
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


@pytest.fixture
def world(monkeypatch):
    settings = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "SOURCE_BUCKET": "source",
        "TABLE_NAME": "registrations",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI", raising=False)
    with mock_aws():
        # Clients are made at import, as in a sandbox's INIT.
        sys.modules.pop("app", None)
        yield World(importlib.import_module("app"))


@pytest.fixture
def told(monkeypatch):
    """What the connection was told, in order; an exception put in `fail` is raised instead."""
    import progress

    heard = SimpleNamespace(messages=[], endpoints=[], fail=None)

    def post_to_connection(ConnectionId, Data):
        assert ConnectionId == CONNECTION["id"]
        heard.messages.append(json.loads(Data))
        if heard.fail is not None:
            raise heard.fail

    def connections(endpoint):
        heard.endpoints.append(endpoint)
        return SimpleNamespace(post_to_connection=post_to_connection)

    monkeypatch.setattr(progress, "connections", connections)
    return heard
