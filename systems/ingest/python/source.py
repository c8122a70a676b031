"""The source file, whole in memory, as a list of rows: what ``csv.DictReader`` and ``json`` make of it."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from registration import FIELDS

# The csv module's own limit is 128 KB a field; one that is too long for an item is a bad row, not the end of the load.
csv.field_size_limit(2**31 - 1)


class BrokenSource(Exception):
    """The file as a whole cannot be read."""


def parse(file_format: str, body: bytes) -> list[Any]:
    # Bytes that are no UTF-8 become surrogates, so that only their row is bad.
    text = body.decode("utf-8-sig", errors="surrogateescape")
    return parse_csv(text) if file_format == "csv" else parse_json(text)


def parse_csv(text: str) -> list[dict[str | None, Any]]:
    lines = Lines(io.StringIO(text.lstrip("\r\n"), newline=""))
    reader = csv.DictReader(lines)
    check_header(reader.fieldnames or [])
    rows = []
    for row in reader:
        rows.append(row)
        if lines.ended:
            # The reader gives out a row before it asks for the next line, unless a quoted field is still open.
            raise BrokenSource(f"the file ends inside a quoted field of row {len(rows)}")
    return rows


def check_header(names: Sequence[str]) -> None:
    """An empty file has none, and no rows."""
    if names and sorted(names) != sorted(FIELDS):
        wrong = FIELDS.symmetric_difference(names) or names
        raise BrokenSource(f"the header is not that of registrations: {', '.join(sorted(wrong))}")


class Lines:
    """The lines of a file, and whether more than these were asked for."""

    def __init__(self, file: Iterator[str]):
        self.file = file
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            return next(self.file)
        except StopIteration:
            self.ended = True
            raise


def parse_json(text: str) -> list[Any]:
    try:
        rows = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    except ValueError as error:
        raise BrokenSource(f"the file is not JSON: {error}") from None
    if not isinstance(rows, list):
        raise BrokenSource("the file is not a JSON array")
    return rows
