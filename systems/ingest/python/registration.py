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
NAME_BYTES = sum(len(name) for name in FIELDS)

# Decimal itself also takes underscores, spaces around and the digits of other scripts.
DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


class BadRow(Exception):
    """A row that is not written; says why."""


def to_item(row: Any) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise BadRow("it is not an object")
    # DictReader puts surplus fields under None, and None where fields are missing.
    if None in row or None in row.values():
        raise BadRow("it has not as many fields as the header")
    if row.keys() != FIELDS:
        raise BadRow(f"its fields are not those of a registration: {', '.join(sorted(row.keys() ^ FIELDS))}")
    item = {name: row[name] for name in TEXTS}
    number = amount(row["amount_paid"])
    check_texts(item)
    check_sizes(item, number)
    return item | {"amount_paid": number}


def check_texts(item: dict[str, Any]) -> None:
    for name, value in item.items():
        if not isinstance(value, str):
            raise BadRow(f"{name} is not a text")
    if not item["registration_id"]:
        raise BadRow("registration_id is empty")


def check_sizes(item: dict[str, str], number: Decimal) -> None:
    try:
        key_bytes = len(item["registration_id"].encode())
        text_bytes = len("".join(item.values()).encode())
    except UnicodeEncodeError:
        raise BadRow("it is not UTF-8") from None
    if key_bytes > KEY_BYTES_MAX:
        raise BadRow(f"registration_id has {key_bytes} bytes, more than {KEY_BYTES_MAX}")
    # Two digits take a byte, the exponent and the sign one each.
    item_bytes = NAME_BYTES + text_bytes + (digits(number) + 1) // 2 + 2
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
    if digits(number) > DIGITS_MAX or not EXPONENT_MIN <= number.adjusted() <= EXPONENT_MAX:
        raise BadRow("amount_paid is not a number that DynamoDB stores")
    return number


def digits(number: Decimal) -> int:
    """Significant ones; zeros at the end count, as they do for boto3."""
    return 0 if number.is_zero() else len(number.as_tuple().digits)
