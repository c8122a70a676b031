"""What makes a row of the source an item of the table, and what makes it a bad one."""

import re
from decimal import Decimal
from typing import Any

TEXTS = (
    "registration_id",
    "event_id",
    "event_name",
    "event_date",
    "venue",
    "attendee_name",
    "attendee_email",
    "ticket_type",
    "payment_method",
    "seat_section",
)
FIELDS = frozenset(TEXTS) | {"amount_paid"}

# DynamoDB's limits.
KEY_BYTES_MAX = 2048
ITEM_BYTES_MAX = 400 * 1024
DIGITS_MAX = 38
EXPONENT_MIN, EXPONENT_MAX = -130, 125
# The longest that a number takes.
NUMBER_BYTES_MAX = 21
NAME_BYTES = sum(len(name) for name in FIELDS)

# Decimal itself also takes underscores, spaces around and the digits of other scripts.
DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


class BadRow(Exception):
    """A row that is not written; says why."""


def to_item(row: Any) -> dict[str, Any]:
    """As boto3 takes it; raises BadRow where DynamoDB would not."""
    if not isinstance(row, dict):
        raise BadRow("it is not an object")
    # DictReader puts surplus fields under None, and None where fields are missing.
    if None in row or None in row.values():
        raise BadRow("it has not as many fields as the header")
    if row.keys() != FIELDS:
        raise BadRow(f"its fields are not those of a registration: {', '.join(sorted(row.keys() ^ FIELDS))}")
    number = amount(row["amount_paid"])
    texts = [row[name] for name in TEXTS]
    if not all(isinstance(text, str) for text in texts):
        raise BadRow("one of its fields is not a text")
    check_sizes(row["registration_id"], texts, number)
    return row | {"amount_paid": number}


def check_sizes(key: str, texts: list[str], number: Decimal) -> None:
    if not key:
        raise BadRow("registration_id is empty")
    try:
        key_bytes = len(key.encode())
        text_bytes = len("".join(texts).encode())
    except UnicodeEncodeError:
        raise BadRow("it is not UTF-8") from None
    if key_bytes > KEY_BYTES_MAX:
        raise BadRow(f"registration_id has {key_bytes} bytes, more than {KEY_BYTES_MAX}")
    item_bytes = NAME_BYTES + text_bytes + NUMBER_BYTES_MAX
    if item_bytes > ITEM_BYTES_MAX:
        # Two digits take a byte, the exponent and the sign one each.
        item_bytes += (digits(number) + 1) // 2 + 2 - NUMBER_BYTES_MAX
    if item_bytes > ITEM_BYTES_MAX:
        raise BadRow(f"it has {item_bytes} bytes, more than the {ITEM_BYTES_MAX} of an item")


def amount(value: Any) -> Decimal:
    text = str(value)
    if not isinstance(value, str | Decimal) or not DECIMAL.fullmatch(text):
        raise BadRow("amount_paid is not a decimal")
    number = Decimal(text)
    if number.is_zero():
        # Without the exponent, which may be one that boto3 does not take.
        return Decimal(0)
    if len(text) > DIGITS_MAX and digits(number) > DIGITS_MAX or not EXPONENT_MIN <= number.adjusted() <= EXPONENT_MAX:
        raise BadRow("amount_paid is not a number that DynamoDB stores")
    return number


def digits(number: Decimal) -> int:
    """Significant ones; zeros at the end count, as they do for boto3."""
    return 0 if number.is_zero() else len(number.as_tuple().digits)
