"""Amounts, against what DynamoDB stores."""

from decimal import Decimal

import pytest
from boto3.dynamodb.types import TypeSerializer
from registration import BadRow, amount


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("78.10", "78.10"),
        ("+5", "5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("1e5", "100000"),
        ("0.00", "0"),
        ("-0E999", "0"),
        ("0E-9999", "0"),
        ("9" * 38, "9" * 38),
        ("000" + "0.0012" + "0" * 36, "0.0012"),
        ("1E-130", "1E-130"),
        ("-9.99E+125", "-9.99E125"),
        ("9" * 38 + "E88", "9" * 38 + "E88"),
    ],
)
def test_decimals_are_exact_and_pass_through_boto3(text, value):
    number = amount(text)
    assert number == Decimal(value) == amount(Decimal(text))
    assert Decimal(TypeSerializer().serialize(number)["N"]) == number


@pytest.mark.parametrize("text", ["", " 1", "1 ", "1_000", "1,5", "0x1", "NaN", "Infinity", "٣", "1e", ".", "--1", "1" * 39, "1." + "0" * 38, "1E126", "1E-131", "9" * 39 + "E-5"])
def test_what_is_no_decimal(text):
    with pytest.raises(BadRow, match="amount_paid"):
        amount(text)


@pytest.mark.parametrize("value", [True, None, 1.5, [], {}])
def test_other_types(value):
    with pytest.raises(BadRow, match="not a decimal"):
        amount(value)
