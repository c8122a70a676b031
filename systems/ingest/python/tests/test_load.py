"""Whole loads: a file in the bucket, items in the table, an answer."""

import json
import re
from decimal import Decimal

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from conftest import CONNECTION, CONTEXT, FIELDS, csv_file, row


def objects(*rows):
    return [dict(zip(FIELDS, values, strict=True)) for values in rows]


def test_a_csv_file_becomes_items(world):
    body = csv_file(row(1, venue='"The ""Boiler Room"", Leeds"', attendee_name="Zoë 李", seat_section=""), row(2, amount_paid="-0.5"))
    answer = world.load(body, run="r1")
    items = world.items()
    assert items["R-1"] == {name: f"{name} 1" for name in FIELDS} | {
        "registration_id": "R-1",
        "amount_paid": Decimal("78.1"),
        "venue": 'The "Boiler Room", Leeds',
        "attendee_name": "Zoë 李",
        "seat_section": "",
    }
    assert items["R-2"]["amount_paid"] == Decimal("-0.5")
    timings = answer.pop("timings")
    assert set(timings) == {"total_ms", "download_ms", "parse_ms", "write_ms"} and min(timings.values()) > 0
    assert answer == {
        "run": "r1",
        "runtime": "python",
        "format": "csv",
        "memory_mb": 512,
        "records": 2,
        "written": 2,
        "rejected": 0,
        "duplicates": 0,
        "dead_letters": None,
        "complete": True,
        "checkpoint": None,
        "bytes": len(body),
        "calls": {"batch_write": 1, "unprocessed_items": 0, "throttled": 0, "retries": 0},
    }


def test_json_gives_the_same_items_as_csv(world):
    rows = [row(number, amount_paid=amount) for number, amount in enumerate(["78.10", "0.00", "12345678901234567890.12", "1E5"])]
    world.load(csv_file(*rows))
    from_csv = world.items()
    # Numbers are written as they stand, so that none passes through a float.
    text = json.dumps(objects(*rows))
    for values in rows:
        text = text.replace(f'"amount_paid": "{values[8]}"', f'"amount_paid": {values[8]}')
    answer = world.load(text.encode(), "json", key="other.json")
    assert (answer["records"], answer["written"], answer["format"]) == (4, 4, "json")
    assert world.items() == from_csv
    assert from_csv["R-2"]["amount_paid"] == Decimal("12345678901234567890.12")


def test_files_as_others_write_them(world):
    reordered = "\n".join(["", "seat_section," + ",".join(FIELDS[:-1]), "A1," + ",".join(row(1)[:-1]), "", '"B\n2",' + ",".join(row(2)[:-1])])
    answer = world.load(b"\xef\xbb\xbf" + reordered.encode())
    assert (answer["records"], answer["written"]) == (2, 2)
    assert {key: item["seat_section"] for key, item in world.items().items()} == {"R-1": "A1", "R-2": "B\n2"}
    assert world.load(b"\xef\xbb\xbf" + json.dumps(objects(row(3))).encode(), "json")["written"] == 1


def test_bad_rows_are_logged_and_counted(world, caplog):
    bad = {
        2: (row(2)[:-1], "fields"),
        3: ([*row(3), "surplus"], "fields"),
        4: (row(4, registration_id=""), "registration_id is empty"),
        5: (row(5, amount_paid="x"), "not a decimal"),
        6: (row(6, amount_paid="1" * 39), "DynamoDB"),
        7: (row(7, attendee_name="n" * 409_600), "item"),
        8: (row(8, attendee_name="Zo\udceb"), "UTF-8"),
        9: (row(9, registration_id="k" * 2049), "2048"),
    }
    lines = [",".join(bad[number][0] if number in bad else row(number)) for number in range(1, 11)]
    text = "\n".join([",".join(FIELDS), *lines])
    answer = world.load(text.encode("utf-8", "surrogateescape"))
    assert (answer["records"], answer["written"], answer["rejected"], answer["duplicates"]) == (10, 2, 8, 0)
    assert set(world.items()) == {"R-1", "R-10"}
    logged = [record.getMessage() for record in caplog.records if "is not written" in record.getMessage()]
    assert len(logged) == len(bad)
    for line, (number, (_, reason)) in zip(logged, bad.items(), strict=True):
        assert line.startswith(f"row {number} is not written: ") and reason in line


def test_bad_json_rows(world):
    good = objects(row(1))[0]
    missing = {name: value for name, value in good.items() if name != "venue"}
    changes = [{"event_id": 7}, {"amount_paid": True}, {"amount_paid": None}, {"amount_paid": float("nan")}, {"more": "x"}, {"venue": "\ud800"}]
    rows = [good, 5, None, ["x"], missing, *(good | change for change in changes)]
    answer = world.load(json.dumps(rows).encode(), "json")
    assert (answer["records"], answer["written"], answer["rejected"]) == (11, 1, 10)


def test_the_last_of_a_key_wins(world):
    near = world.load(csv_file(*(row(number % 10, event_id=str(number)) for number in range(20))))
    assert (near["records"], near["written"], near["duplicates"]) == (20, 10, 10)
    assert {item["event_id"] for item in world.items().values()} == {str(number) for number in range(10, 20)}
    far = world.load(csv_file(*(row(number % 40, event_id=str(number)) for number in range(80))))
    assert far["written"] + far["duplicates"] == 80
    assert {item["event_id"] for item in world.items().values()} == {str(number) for number in range(40, 80)}


@pytest.mark.parametrize(
    ("file_format", "body", "message"),
    [
        ("csv", csv_file(row(1)) + b'R-2,"open', "inside a quoted field of row 2"),
        ("json", b'[{"registration_id": "R-1"', "not JSON"),
        ("csv", b"registration_id,event_id\nR-1,E-1\n", "the header is not that of registrations: .*venue"),
        ("csv", csv_file().replace(b"venue", b"hall"), "hall, venue"),
        ("csv", csv_file().strip() + b",venue\n", "the header"),
        ("json", b"{}", "not a JSON array"),
    ],
)
def test_a_file_that_is_cut_short_raises(world, told, file_format, body, message):
    with pytest.raises(Exception, match=message):
        world.load(body, file_format, run="r", connection=CONNECTION)
    assert [said["type"] for said in told.messages] == ["started", "failed"]
    assert re.search(message, told.messages[1]["error"])


def test_other_events(world):
    assert world.app.handler({"warm": True}, CONTEXT) == {"warm": True, "runtime": "python", "memory_mb": 512}
    with pytest.raises(ValueError, match="format is 'xml'"):
        world.app.handler({"format": "xml"}, CONTEXT)
    assert world.load(csv_file(), key=None)["records"] == 0
    assert world.load(b"\xef\xbb\xbf")["records"] == 0
    assert len(world.load(csv_file())["run"]) == 36, "a run without a name gets one"


def test_progress_every_thousand_written_records(world, told):
    answer = world.load(csv_file(*map(row, range(2_500))), run="r", connection=CONNECTION)
    started, *progress, finished = told.messages
    speaker = {"run": "r", "runtime": "python", "format": "csv", "memory_mb": 512}
    assert started == {"type": "started", "total_records": None} | speaker
    assert [said["records"] for said in progress] == [1000, 2000]
    for said in progress:
        assert said.items() >= ({"type": "progress"} | speaker).items() and 0 < said["last_1000_ms"] <= said["elapsed_ms"]
    assert finished == {"type": "finished"} | answer
    assert set(told.endpoints) == {CONNECTION["endpoint"]}


@pytest.mark.parametrize(
    ("failure", "tries"),
    [
        (ClientError({"Error": {"Code": "GoneException", "Message": "gone"}}, "PostToConnection"), 1),
        (EndpointConnectionError(endpoint_url="https://x"), 3),
    ],
)
def test_a_client_that_is_gone_fails_nothing(world, told, monkeypatch, failure, tries):
    monkeypatch.setattr("progress.EVERY_RECORDS", 25)
    told.fail = failure
    assert world.load(csv_file(*map(row, range(200))), connection=CONNECTION)["written"] == 200
    assert len(told.messages) == tries
