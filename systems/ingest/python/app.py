"""Lambda handler of the Python original: event registrations from S3 into DynamoDB, with progress to a WebSocket connection."""

import logging
import os
import time
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]

from calls import CallCounter
from progress import Progress
from registration import BadRow, to_item
from source import parse

logger = logging.getLogger()
logger.setLevel(logging.INFO)

CONFIG = Config(retries={"mode": "standard"})
S3 = boto3.client("s3", config=CONFIG)
TABLE = boto3.resource("dynamodb", config=CONFIG).Table(os.environ["TABLE_NAME"])
CALLS = CallCounter(TABLE)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    memory_mb = int(context.memory_limit_in_mb)
    if event.get("warm"):
        return {"warm": True, "runtime": "python", "memory_mb": memory_mb}
    file_format = event["format"]
    if file_format not in ("csv", "json"):
        raise ValueError(f'format is {file_format!r}: send "csv" or "json"')
    speaker = {"run": event.get("run") or str(uuid.uuid4()), "runtime": "python", "format": file_format, "memory_mb": memory_mb}
    progress = Progress(event.get("connection"), speaker)
    progress.started()
    try:
        answer = speaker | load(file_format, event.get("key") or f"registrations.{file_format}", progress)
    except Exception as error:
        progress.failed(error)
        raise
    progress.finished(answer)
    return answer


def load(file_format: str, key: str, progress: Progress) -> dict[str, Any]:
    started = time.perf_counter()
    body = S3.get_object(Bucket=os.environ["SOURCE_BUCKET"], Key=key)["Body"].read()
    downloaded = time.perf_counter()
    size, rows = len(body), Timed(parse(file_format, body))
    # The rows hold what they need of it.
    del body
    rejected = write(rows, progress)
    ended = time.perf_counter()
    written = CALLS.items_written
    return {
        "records": rows.count,
        "written": written,
        "rejected": rejected,
        # What is left are rows that a later one of the same batch replaced.
        "duplicates": rows.count - rejected - written,
        "dead_letters": None,
        "complete": True,
        "checkpoint": None,
        "bytes": size,
        "timings": {
            "total_ms": milliseconds(ended - started),
            "download_ms": milliseconds(downloaded - started),
            "parse_ms": milliseconds(rows.seconds),
            "write_ms": milliseconds(ended - downloaded - rows.seconds),
        },
        "calls": CALLS.report(),
    }


class Timed:
    """Rows, how many they were, and the seconds that it took to make them."""

    def __init__(self, rows: Iterator[Any]):
        self.rows = rows
        self.count = 0
        self.seconds = 0.0

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        began = time.perf_counter()
        row = next(self.rows)
        self.seconds += time.perf_counter() - began
        self.count += 1
        return row


def write(rows: Iterable[Any], progress: Progress) -> int:
    """Writes the good rows, logs the bad ones and returns how many these are."""
    CALLS.reset()
    rejected = 0
    with TABLE.batch_writer(overwrite_by_pkeys=["registration_id"]) as batch:
        for number, row in enumerate(rows, start=1):
            try:
                item = to_item(row)
            except BadRow as bad:
                rejected += 1
                logger.warning("row %d is not written: %s", number, bad)
                continue
            batch.put_item(Item=item)
            progress.written(CALLS.items_written)
    progress.written(CALLS.items_written)
    return rejected


def milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 3)
