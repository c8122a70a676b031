"""Lambda handler of the Python original: event registrations from S3 into DynamoDB, with progress to a WebSocket connection."""

import logging
import os
import time
import uuid
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
    rows = parse(file_format, body)
    parsed = time.perf_counter()
    rejected = write(rows, progress)
    ended = time.perf_counter()
    written = CALLS.items_written
    return {
        "records": len(rows),
        "written": written,
        "rejected": rejected,
        # What is left are rows that a later one of the same batch replaced.
        "duplicates": len(rows) - rejected - written,
        "dead_letters": None,
        "complete": True,
        "checkpoint": None,
        "bytes": len(body),
        "timings": {
            "total_ms": milliseconds(ended - started),
            "download_ms": milliseconds(downloaded - started),
            "parse_ms": milliseconds(parsed - downloaded),
            "write_ms": milliseconds(ended - parsed),
        },
        "calls": CALLS.report(),
    }


def write(rows: list[Any], progress: Progress) -> int:
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
