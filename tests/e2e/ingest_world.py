"""Ingest under `ferry up`, for tests that disturb it: its files, its physics, the death of its processes, and two judges of what is in its tables."""

import concurrent.futures
import contextlib
import csv
import io
import json
import os
import pathlib
import signal
import subprocess
import time
from decimal import Decimal

import boto3
import botocore.config
from conftest import ROOT, Host, http

GENERATE = ROOT / "target/release/ingest-generate"
FIELDS = [
    *("registration_id", "event_id", "event_name", "event_date", "venue", "attendee_name", "attendee_email"),
    *("ticket_type", "amount_paid", "payment_method", "seat_section"),
]
# A load, with retries, on a machine that has other work.
PATIENCE_S = 150


class LoadFailed(Exception):
    """A load that ended with a function error."""

    def __init__(self, error):
        super().__init__(f"{error['errorType']}: {error['errorMessage']}")
        self.type, self.message = error["errorType"], error["errorMessage"]


class World:
    """A host that runs ingest and nothing else."""

    def __init__(self):
        self.host = Host(["systems/ingest/template.yaml"])
        self.url = self.host.urls["AWS services"]
        place = {"region_name": "us-east-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}
        config = botocore.config.Config(read_timeout=PATIENCE_S, retries={"total_max_attempts": 1})
        self.functions = boto3.client("lambda", endpoint_url=self.host.endpoint, config=config, **place)
        self.s3, self.dynamodb = (boto3.client(service, endpoint_url=self.url, **place) for service in ("s3", "dynamodb"))
        self.bucket = self.s3.list_buckets()["Buckets"][0]["Name"]
        names = self.dynamodb.list_tables()["TableNames"]
        self.tables = {runtime: next(name for name in names if runtime in name) for runtime in ("Rust", "Python")}

    def stop(self):
        assert self.host.stop() == 0, "ferry up did not end cleanly"

    def put(self, file_format, body):
        self.s3.put_object(Bucket=self.bucket, Key=f"registrations.{file_format}", Body=body)

    def physics(self, **document):
        """Replaces the physics; rules count their calls from 1 again."""
        status, _, said = http("PUT", f"{self.url}/_ferry/physics", json.dumps(document).encode())
        assert status == 200, said

    def limit_writes(self, **capacity):
        self.physics(tables={self.tables["Rust"]: capacity})

    def report(self):
        return json.loads(http("GET", f"{self.url}/_ferry/services")[2])

    def calls(self, operation):
        """How many there were since the counters were reset."""
        return sum(row["calls"] for row in self.report()["operations"] if row["operation"] == operation)

    def empty(self):
        """Nothing in the tables, no physics, nothing counted."""
        http("DELETE", f"{self.url}/_ferry/physics")
        for name in self.tables.values():
            self.dynamodb.delete_table(TableName=name)
            self.dynamodb.create_table(
                TableName=name,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": "registration_id", "AttributeType": "S"}],
                KeySchema=[{"AttributeName": "registration_id", "KeyType": "HASH"}],
            )
        http("POST", f"{self.url}/_ferry/reset-counters")

    def set_timeout(self, seconds):
        self.functions.update_function_configuration(FunctionName="IngestRust", Timeout=seconds)

    def invoke(self, function, **event):
        answer = self.functions.invoke(FunctionName=function, Payload=json.dumps(event))
        payload = json.loads(answer["Payload"].read())
        if "FunctionError" in answer:
            raise LoadFailed(payload)
        return payload

    def load(self, file_format, runtime="Rust", **event):
        return self.invoke(f"Ingest{runtime}", format=file_format, **event)

    def loader(self):
        """The process that runs IngestRust: of the host's descendants that Lambda's own variable says to be this function, the youngest. A sandbox
        that waits, frozen, for another event is an older one."""
        children = {}
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue  # It has just ended.
            started, pid = int(fields[19]), int(stat.parent.name)
            children.setdefault(int(fields[1]), []).append((started, pid))
        found, left = [], [self.host.process.pid]
        while left:
            descendants = children.get(left.pop(), [])
            found += descendants
            left += [pid for _, pid in descendants]
        loaders = [process for process in found if "IngestRust" in variables(process[1]).get("AWS_LAMBDA_FUNCTION_NAME", "")]
        return max(loaders)[1] if loaders else None

    def kill_loader(self):
        """kill -9; whether there was anything to kill."""
        pid = self.loader()
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
        return pid is not None

    def load_and_kill(self, file_format, after_calls, after_s, **event):
        """Kills a load after so many batch writes and a moment. How it failed; None when it was over before."""
        before = self.calls("BatchWriteItem")
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            running = pool.submit(self.load, file_format, **event)
            while not running.done() and (self.calls("BatchWriteItem") - before < after_calls or self.loader() is None):
                time.sleep(0.002)
            time.sleep(after_s)
            self.kill_loader()
            try:
                running.result(PATIENCE_S)
            except LoadFailed as failed:
                return failed
        # What was killed was frozen by then. It dies when it is thawed for the next event, and takes that with it: not a load.
        with contextlib.suppress(LoadFailed):
            self.invoke("IngestRust", warm=True)
        return None

    def count(self, runtime="Rust"):
        return len(self.items(runtime))

    def items(self, runtime="Rust"):
        """What a table holds, by key: texts as they are, numbers as Decimal."""
        found, page = {}, {"LastEvaluatedKey": None}
        headers = {"X-Amz-Target": "DynamoDB_20120810.Scan", "Content-Type": "application/x-amz-json-1.0"}
        while "LastEvaluatedKey" in page:
            scan = {"TableName": self.tables[runtime], "ConsistentRead": True, "ExclusiveStartKey": page["LastEvaluatedKey"]}
            body = json.dumps({name: value for name, value in scan.items() if value is not None})
            status, _, answer = http("POST", self.url, body.encode(), headers)
            assert status == 200, answer
            page = json.loads(answer)
            for item in page["Items"]:
                item = {name: Decimal(value["N"]) if "N" in value else value["S"] for name, value in item.items()}
                assert item["registration_id"] not in found, "a scan gave an item twice"
                found[item["registration_id"]] = item
        return found

    def check(self, file_format, records, why, runtimes=("Rust",)):
        """VerifyTables finds each table to be the source, and so does Python, record by record."""
        said = self.invoke("VerifyTables", format=file_format)
        source, tables = said["source"], dict(zip(("Rust", "Python"), said["tables"], strict=True))
        assert source["items"] == len(items_of(records)), (why, source)
        for runtime in runtimes:
            table = tables[runtime]
            judged = (table["items"], table["hash"], table["differing_items"])
            assert judged == (source["items"], source["hash"], 0), (why, judged, source, said["differences"])
            self.check_items(records, why, runtime)
        assert said["equal"] or len(runtimes) == 1, (why, said)

    def check_items(self, records, why, runtime="Rust"):
        wanted, found = items_of(records), self.items(runtime)
        wrong = [key for key in found.keys() | wanted.keys() if found.get(key) != wanted.get(key)]
        assert not wrong, (why, len(wrong), [(key, wanted.get(key), found.get(key)) for key in sorted(wrong)[:3]])

    def dead_letters(self, run):
        body = self.s3.get_object(Bucket=self.bucket, Key=f"dead-letters/{run}.ndjson")["Body"].read()
        return [json.loads(line) for line in body.splitlines()]


def variables(pid):
    """A process's environment; empty once it has ended."""
    try:
        text = pathlib.Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace")
    except OSError:
        return {}
    return dict(entry.split("=", 1) for entry in text.split("\0") if "=" in entry)


def generate(directory, records, bad=0, seed=1):
    """The files that users are told to make: their CSV, and the records in it, read from the JSON beside it, which has no bad rows."""
    options = ["--records", str(records), "--bad", str(bad), "--seed", str(seed), "--output", directory]
    subprocess.run([GENERATE, *options], check=True, capture_output=True)
    objects = json.loads((directory / "registrations.json").read_bytes(), parse_float=str, parse_int=str)
    assert len(objects) == records
    return (directory / "registrations.csv").read_bytes(), objects


def items_of(records):
    """By key, the last record of each."""
    return {record["registration_id"]: {**record, "amount_paid": Decimal(record["amount_paid"])} for record in records}


def file_of(file_format, records):
    return csv_of(records) if file_format == "csv" else json_of(records)


def csv_of(records, columns=FIELDS):
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue().encode()


def json_of(records):
    """One array; amounts are numbers, digit for digit as they are."""

    def element(record):
        text = json.dumps({**record, "amount_paid": 0}, ensure_ascii=False)
        return text.replace('"amount_paid": 0', f'"amount_paid": {record["amount_paid"]}')

    return f"[{','.join(map(element, records))}]".encode()
