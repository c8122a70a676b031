"""Tells a WebSocket connection how a load gets on. A client that is gone, or cannot be reached, never fails the load."""

import functools
import json
import logging
import os
import time
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config  # type: ignore[import-untyped]
from botocore.exceptions import BotoCoreError, ClientError  # type: ignore[import-untyped]

EVERY_RECORDS = 1000
# After this many messages in a row that did not arrive, no other is tried.
FAILURES_MAX = 3

logger = logging.getLogger(__name__)


@functools.cache
def connections(endpoint: str) -> Any:
    # The variable is how SDKs are told of another endpoint; an explicit one would override it.
    elsewhere = "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI" in os.environ
    config = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2})
    return boto3.client("apigatewaymanagementapi", endpoint_url=None if elsewhere else endpoint, config=config)


class Progress:
    def __init__(self, connection: dict[str, str] | None, speaker: dict[str, Any]):
        self.connection = connection
        self.speaker = speaker
        self.failures = 0
        self.begun = self.last = time.perf_counter()
        self.told = 0

    def started(self) -> None:
        self.send({"type": "started"} | self.speaker | {"total_records": None})

    def written(self, records: int) -> None:
        """Sends a message for each 1,000 records since the last one."""
        while records >= self.told + EVERY_RECORDS:
            self.told += EVERY_RECORDS
            now = time.perf_counter()
            timings = {"elapsed_ms": round((now - self.begun) * 1000, 3), "last_1000_ms": round((now - self.last) * 1000, 3)}
            self.last = now
            self.send({"type": "progress"} | self.speaker | {"records": self.told} | timings)

    def finished(self, answer: dict[str, Any]) -> None:
        self.send({"type": "finished"} | answer)

    def failed(self, error: Exception) -> None:
        self.send({"type": "failed"} | self.speaker | {"error": f"{type(error).__name__}: {error}"})

    def send(self, message: dict[str, Any]) -> None:
        if self.connection is None:
            return
        try:
            client = connections(self.connection["endpoint"])
            client.post_to_connection(ConnectionId=self.connection["id"], Data=json.dumps(message).encode())
            self.failures = 0
        except ClientError as error:
            self.missed(error, gone=error.response["Error"]["Code"] in ("GoneException", "410"))
        except BotoCoreError as error:
            self.missed(error)

    def missed(self, error: Exception, gone: bool = False) -> None:
        logger.warning("the connection was not told: %s", error)
        self.failures += 1
        if gone or self.failures == FAILURES_MAX:
            self.connection = None
