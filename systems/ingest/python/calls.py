"""Counts the calls to a table, and what these really wrote, from botocore's own events."""

from typing import Any

THROTTLED = frozenset({"ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"})


class CallCounter:
    def __init__(self, table: Any):
        self.reset()
        events = table.meta.client.meta.events
        events.register("before-parameter-build.dynamodb.BatchWriteItem", self.on_call)
        events.register("needs-retry.dynamodb.BatchWriteItem", self.on_try)
        events.register("after-call.dynamodb.BatchWriteItem", self.on_answer)

    def reset(self) -> None:
        self.items_written = 0
        self.items_sent = 0
        self.tries = 0
        self.unprocessed_items = 0
        self.throttled = 0
        self.failed = 0

    def report(self) -> dict[str, int]:
        return {"batch_write": self.tries, "unprocessed_items": self.unprocessed_items, "throttled": self.throttled, "retries": self.failed}

    def on_call(self, params: dict[str, Any], **_: Any) -> None:
        self.items_sent = count(params["RequestItems"])

    def on_try(self, response: tuple[Any, dict[str, Any]] | None, **_: Any) -> None:
        self.tries += 1
        error = {} if response is None else response[1].get("Error", {})
        if error.get("Code") in THROTTLED:
            self.throttled += 1
        elif response is None or error:
            self.failed += 1

    def on_answer(self, parsed: dict[str, Any], **_: Any) -> None:
        if "Error" in parsed:
            return
        unprocessed = count(parsed.get("UnprocessedItems", {}))
        self.unprocessed_items += unprocessed
        self.items_written += self.items_sent - unprocessed


def count(request_items: dict[str, list[Any]]) -> int:
    return sum(map(len, request_items.values()))
