"""The source file as rows: what ``csv.DictReader`` and ``json`` make of it."""

import csv
import io
import itertools
import json
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from registration import FIELDS

# The csv module's own limit is 128 KB a field; one that is too long for an item is a bad row, not the end of the load.
csv.field_size_limit(2**31 - 1)

DECODER = json.JSONDecoder(parse_float=Decimal, parse_int=Decimal)
SPACE = re.compile(r"[ \t\n\r]*")


class BrokenSource(Exception):
    """The file as a whole cannot be read."""


def parse(file_format: str, body: bytes) -> Iterator[Any]:
    """Rows one by one, so that a file of records fits where its records all at once would not. Bytes that are no UTF-8 become surrogates: only their row is bad."""
    if file_format == "csv":
        return parse_csv(io.TextIOWrapper(io.BytesIO(body), encoding="utf-8-sig", errors="surrogateescape", newline=""))
    return parse_json(body.decode("utf-8-sig", errors="surrogateescape"))


def parse_csv(file: Iterator[str]) -> Iterator[dict[str | None, Any]]:
    lines = Lines(file)
    reader = csv.DictReader(lines)
    check_header(reader.fieldnames or [])
    for number, row in enumerate(reader, start=1):
        if lines.ended:
            # The reader gives out a row before it asks for the next line, unless a quoted field is still open.
            raise BrokenSource(f"the file ends inside a quoted field of row {number}")
        yield row


def check_header(names: Sequence[str]) -> None:
    """An empty file has none, and no rows."""
    if names and sorted(names) != sorted(FIELDS):
        wrong = FIELDS.symmetric_difference(names) or names
        raise BrokenSource(f"the header is not that of registrations: {', '.join(sorted(wrong))}")


class Lines:
    """The lines of a file but blank ones at its beginning, and whether more than these were asked for."""

    def __init__(self, file: Iterator[str]):
        self.file = itertools.dropwhile(lambda line: not line.strip("\r\n"), file)
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        try:
            return next(self.file)
        except StopIteration:
            self.ended = True
            raise


def parse_json(text: str) -> Iterator[Any]:
    at = after_space(text, 0)
    if not text.startswith("[", at):
        decode(text, at)
        raise BrokenSource("the file is not a JSON array")
    at = after_space(text, at + 1)
    more = not text.startswith("]", at)
    while more:
        row, at = decode(text, at)
        yield row
        at = after_space(text, at)
        more = text.startswith(",", at)
        if more:
            at = after_space(text, at + 1)
        elif not text.startswith("]", at):
            raise BrokenSource(f"the file is not JSON: Expecting ',' or ']' (char {at})")
    if after_space(text, at + 1) != len(text):
        raise BrokenSource(f"the file is not JSON: Extra data (char {at + 1})")


def decode(text: str, at: int) -> tuple[Any, int]:
    try:
        return DECODER.raw_decode(text, at)
    except ValueError as error:
        raise BrokenSource(f"the file is not JSON: {error}") from None


def after_space(text: str, at: int) -> int:
    space = SPACE.match(text, at)
    return space.end() if space else at
