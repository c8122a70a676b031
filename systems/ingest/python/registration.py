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
    if not isinstance(row, dict):
        raise BadRow("it is not an object")
    # DictReader puts surplus fields under None, and None where fields are missing.
    if None in row or None in row.values():
        raise BadRow("it has not as many fields as the header")
    if row.keys() != FIELDS:
        raise BadRow(f"its fields are not those of a registration: {', '.join(sorted(row.keys() ^ FIELDS))}")
    item = {name: row[name] for name in TEXTS}
    check_texts(item)
    item["amount_paid"] = amount(row["amount_paid"])
    return item


def check_texts(item: dict[str, Any]) -> None:
    for name, value in item.items():
        if not isinstance(value, str):
            raise BadRow(f"{name} is not a text")
    if not item["registration_id"]:
        raise BadRow("registration_id is empty")
    try:
        item_bytes = NAME_BYTES + NUMBER_BYTES_MAX + len("".join(item.values()).encode())
        key_bytes = len(item["registration_id"].encode())
    except UnicodeEncodeError:
        raise BadRow("it is not UTF-8") from None
    if key_bytes > KEY_BYTES_MAX:
        raise BadRow(f"registration_id has {key_bytes} bytes, more than {KEY_BYTES_MAX}")
    if item_bytes > ITEM_BYTES_MAX:
        raise BadRow(f"it has {item_bytes} bytes, more than the {ITEM_BYTES_MAX} of an item")


def amount(value: Any) -> Decimal:
    text = str(value)
    if not isinstance(value, str | Decimal) or not DECIMAL.fullmatch(text):
        raise BadRow("amount_paid is not a decimal")
    number = Decimal(text)
    if number.is_zero():
        return Decimal(0)
    digits = "".join(map(str, number.as_tuple().digits)).strip("0")
    if len(digits) > DIGITS_MAX or not EXPONENT_MIN <= number.adjusted() <= EXPONENT_MAX:
        raise BadRow("amount_paid is not a number that DynamoDB stores")
    # As written, with its zeros, unless these alone make it longer than boto3 takes.
    return number if len(number.as_tuple().digits) <= DIGITS_MAX else Decimal(f"{'-' * number.is_signed()}{digits[0]}.{digits[1:]}E{number.adjusted()}")
