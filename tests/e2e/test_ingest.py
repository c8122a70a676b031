"""The whole of ingest, through its public doors: `ferry up`, the page's WebSocket, and boto3 to look at what became of it."""

import contextlib
import csv
import io
import json
import re
from decimal import Decimal

import boto3
import pytest
from conftest import Host
from websockets.sync.client import connect

FIELDS = [
    *("registration_id", "event_id", "event_name", "event_date", "venue", "attendee_name", "attendee_email"),
    *("ticket_type", "amount_paid", "payment_method", "seat_section"),
]
RECORDS = 2_300
# A conductor, four runs and as many cold starts, on a machine that has other work.
PATIENCE_S = 120


class Page:
    """The page's end of the WebSocket: what it sends and hears, as JSON."""

    def __init__(self, url):
        self.socket = connect(url, open_timeout=PATIENCE_S)

    def send(self, message):
        self.socket.send(json.dumps(message))

    def hear(self):
        return json.loads(self.socket.recv(timeout=PATIENCE_S))

    def hear_until(self, *kinds):
        """Everything up to the first message of one of these kinds, and that."""
        heard = [self.hear()]
        while heard[-1].get("type") not in kinds:
            heard.append(self.hear())
        return heard

    def ask(self, **message):
        self.send(message)
        return self.hear_until("done")

    def close(self):
        self.socket.close()


class Ingest:
    def __init__(self, host):
        self.host = host
        self.socket_url = next(found[0] for line in host.lines if (found := re.search(r"ws://\S+/live", line)))
        place = {"endpoint_url": host.urls["AWS services"], "region_name": "us-east-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}
        self.s3 = boto3.client("s3", **place)
        self.bucket = self.s3.list_buckets()["Buckets"][0]["Name"]
        tables = boto3.resource("dynamodb", **place)
        names = [table.name for table in tables.tables.all()]
        self.rust, self.python = (tables.Table(next(name for name in names if which in name)) for which in ("RegistrationsRust", "RegistrationsPython"))

    @contextlib.contextmanager
    def page(self):
        with contextlib.closing(Page(self.socket_url)) as page:
            yield page

    def put(self, records):
        text = io.StringIO()
        writer = csv.DictWriter(text, FIELDS, lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(records)
        self.s3.put_object(Bucket=self.bucket, Key="registrations.csv", Body=text.getvalue().encode())
        objects = ",\n".join(
            json.dumps({**record, "amount_paid": 0}, ensure_ascii=False).replace('"amount_paid": 0', f'"amount_paid": {record["amount_paid"]}')
            for record in records
        )
        self.s3.put_object(Bucket=self.bucket, Key="registrations.json", Body=f"[{objects}]".encode())


def record(number):
    texts = {field: f"{field} {number % 30}" for field in FIELDS}
    odd = {"attendee_name": f'Zoë "Z" O\'Neil, {number}\nOslo', "amount_paid": f"{number % 400}.{number % 10}0", "seat_section": ""}
    return {**texts, **odd, "registration_id": f"R{number:06}"}


@pytest.fixture(scope="module")
def ingest():
    host = Host(["systems/ingest/template.yaml"])
    try:
        system = Ingest(host)
        # The last is the first again, with another price: the last row of a key wins.
        system.put([*map(record, range(RECORDS)), {**record(0), "amount_paid": "5.50"}])
        yield system
    finally:
        assert host.stop() == 0, "ferry up did not end cleanly"


def of(heard, kind):
    return [message for message in heard if message["type"] == kind]


def test_warm_up(ingest):
    with ingest.page() as page:
        heard = page.ask(action="warmUp", memory_mb=512)
    assert [message["type"] for message in heard] == ["warmed", "done"], heard
    rust, python = heard[0]["functions"]
    assert "Rust" in rust["function"] and "Python" in python["function"]
    for function in (rust, python):
        assert function["memory_mb"] == 512 and function["duration_ms"] > 0
    assert rust["init_ms"] is None or rust["init_ms"] > 0


def test_run_all_fills_both_tables_and_the_page_sees_it(ingest):
    with ingest.page() as page:
        heard = page.ask(action="runAll", memory_mb=512)
        verified = {kind: page.ask(action="verify", format=kind) for kind in ("csv", "json")}
    assert not of(heard, "failed") and not of(heard, "error"), heard
    runs = of(heard, "queued")[0]["runs"]
    assert [(run["runtime"], run["format"]) for run in runs] == [("rust", "csv"), ("rust", "json"), ("python", "csv"), ("python", "json")]
    for run in runs:
        of_run = [message for message in heard if message.get("run") == run["run"]]
        kinds = [message["type"] for message in of_run]
        assert kinds[0] == "started" and set(kinds[1:-2]) == {"progress"} and kinds[-2:] == ["finished", "billed"], kinds
        assert [message["records"] for message in of(of_run, "progress")] == [1_000, 2_000]
        finished, billed = of_run[-2:]
        assert finished["records"] == RECORDS + 1 and finished["rejected"] == 0 and finished["complete"] and finished["memory_mb"] == 512
        assert billed["billed_ms"] >= billed["duration_ms"] > 0 and 0 < billed["max_memory_mb"] <= 512
    for table in (ingest.rust, ingest.python):
        first = table.get_item(Key={"registration_id": "R000000"}, ConsistentRead=True)["Item"]
        assert first == {**record(0), "amount_paid": Decimal("5.5")}
    for kind, answer in verified.items():
        found = of(answer, "verified")[0]
        assert found["equal"] and not found["differences"], found
        assert found["source"]["key"] == f"registrations.{kind}"
        assert {(table["items"], table["hash"]) for table in [*found["tables"], found["source"]]} == {(RECORDS, found["source"]["hash"])}


def test_verify_names_what_is_missing_altered_and_more(ingest):
    with ingest.page() as page:
        assert of(page.ask(action="runOne", runtime="rust", format="csv", memory_mb=512), "finished")
        assert of(page.ask(action="runOne", runtime="python", format="json", memory_mb=512), "finished")
        ingest.rust.delete_item(Key={"registration_id": "R000007"})
        change = {"Key": {"registration_id": "R000009"}, "UpdateExpression": "SET venue = :v, amount_paid = amount_paid + :c"}
        ingest.python.update_item(**change, ExpressionAttributeValues={":v": "elsewhere", ":c": Decimal("0.01")})
        ingest.python.put_item(Item={**record(0), "registration_id": "R999999", "amount_paid": Decimal(1)})
        found = of(page.ask(action="verify", format="csv"), "verified")[0]
    rust, python = found["tables"]
    assert not found["equal"] and (rust["differing_items"], python["differing_items"]) == (1, 2)
    assert (rust["items"], python["items"]) == (RECORDS - 1, RECORDS + 1)

    def difference(key, field, left, right, table):
        return {"key": key, "field": field, "left": left, "right": right, "between": ["source", table.name]}

    assert found["differences"] == [
        difference("R000007", "registration_id", "R000007", None, ingest.rust),
        difference("R000009", "venue", "venue 9", "elsewhere", ingest.python),
        difference("R000009", "amount_paid", "9.90", "9.91", ingest.python),
        difference("R999999", "registration_id", None, "R999999", ingest.python),
    ]


def test_one_run_at_a_time(ingest):
    with ingest.page() as page, ingest.page() as other:
        page.send({"action": "runAll", "memory_mb": 512})
        assert page.hear()["type"] == "queued"
        other.send({"action": "verify", "format": "csv"})
        refused = other.hear()
        assert refused["type"] == "error" and refused["message"].startswith("another run is under way"), refused
        assert len(of(page.hear_until("done"), "billed")) == 4


def test_what_cannot_be_done_is_told(ingest):
    with ingest.page() as page:
        page.send({"action": "runAll", "memory_mb": 64})
        assert page.hear() == {"type": "error", "message": "memory_mb is 64: send a whole number from 128 to 3008"}
        ingest.s3.delete_object(Bucket=ingest.bucket, Key="registrations.json")
        heard = page.ask(action="runOne", runtime="rust", format="json", memory_mb=512)
        assert of(heard, "failed") and "registrations.json" in of(heard, "failed")[-1]["error"], heard
        heard = page.ask(action="verify", format="json")
        assert "registrations.json" in of(heard, "error")[0]["message"], heard


def test_a_page_that_leaves_leaves_nothing_behind(ingest):
    with ingest.page() as page:
        page.send({"action": "runOne", "runtime": "rust", "format": "csv", "memory_mb": 512})
        assert page.hear()["type"] == "queued"
    with ingest.page() as other:
        # The run under way is finished; then others may.
        while True:
            other.send({"action": "verify", "format": "csv"})
            heard = other.hear_until("done", "error")
            if heard[-1]["type"] == "done":
                break
            assert heard[-1]["message"].startswith("another run is under way"), heard
    assert of(heard, "verified")[0]["tables"][0]["differing_items"] == 0
