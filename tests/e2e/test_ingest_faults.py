"""Ingest under faults: killed, throttled, cut off and fed with bad rows, its table is the source's in the end, and every bad row is accounted for."""

import concurrent.futures
import json
import os
import random
import re
import time

import pytest
from ingest_world import FIELDS, PATIENCE_S, LoadFailed, World, csv_of, file_of, generate, json_of

# Another one meets other moments and other faults.
SEED = int(os.environ.get("INGEST_FAULTS_SEED", "1"))
KILLS = 20
RECORDS = 6_000
# The last rows of the file are the first ones again, at another price: an earlier row must not overtake them.
REPEATED = 300
# A row of the CSV file after so many is bad.
BAD_EVERY = 500
BAD_ROW = b"ragged,row"


class Soak:
    """A file in both formats, and what it comes to."""

    def __init__(self, distinct):
        again = [{**record, "amount_paid": f"{number}.50", "venue": "Again"} for number, record in enumerate(distinct[:REPEATED])]
        self.records = [*distinct, *again]
        lines = csv_of(self.records).split(b"\r\n")
        for at in range(len(lines) - 1, 0, -BAD_EVERY):
            lines.insert(at, BAD_ROW)
        self.bodies = {"csv": b"\r\n".join(lines), "json": file_of("json", self.records)}
        self.bad_offsets = [found.start() for found in re.finditer(BAD_ROW, self.bodies["csv"])]
        self.items = len(distinct)
        self.rejected = {"csv": len(self.bad_offsets), "json": 0}

    def check(self, world, file_format, answer, why):
        """The answer is complete and counts every row once, each bad row is in the dead letters once, and the table is the source."""
        assert answer["complete"] and answer["checkpoint"] is None, (why, answer)
        counts = (answer["records"], answer["written"] + answer["duplicates"], answer["rejected"])
        assert counts == (len(self.records) + self.rejected[file_format], len(self.records), self.rejected[file_format]), (why, answer)
        world.physics()
        if self.rejected[file_format]:
            self.check_dead_letters(world, answer["run"], why)
        else:
            assert answer["dead_letters"] is None, (why, answer)
        world.check(file_format, self.records, why)

    def check_dead_letters(self, world, run, why):
        assert [letter["offset"] for letter in world.dead_letters(run)] == self.bad_offsets, why


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """More records than any test needs at once."""
    return generate(tmp_path_factory.mktemp("drawn"), 15_000)[1]


@pytest.fixture(scope="module")
def soak(drawn):
    return Soak(drawn[:RECORDS])


@pytest.fixture(scope="module")
def started_world():
    world = World()
    yield world
    world.stop()


@pytest.fixture
def world(started_world):
    started_world.empty()
    yield started_world
    started_world.set_timeout(840)


@pytest.fixture(scope="module", autouse=True)
def bereaved(drawn):
    """A host of its own, on which a chain of invocations has lost its second. Lambda tries that again after a minute: it begins before all
    tests and is looked at after them."""
    world, soak = World(), Soak(drawn[:12_000])
    try:
        world.put("csv", soak.bodies["csv"])
        world.set_timeout(4)
        world.limit_writes(write_per_s=1_500)
        first = world.load("csv", run="chain")
        calls = world.calls("BatchWriteItem")
        wait_until(lambda: world.calls("BatchWriteItem") >= calls + 40)
        killed = world.kill_loader()
        yield world, soak, first, killed, world.count()
    finally:
        world.stop()


def wait_until(condition):
    until = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < until, f"not within {PATIENCE_S} s"
        time.sleep(0.02)


def rounds_of_kills(world, soak, why):
    """Loads that are killed twice and then let through, until enough kills have hit a load under way. How many missed, and how many left the
    table in part."""
    rng = random.Random(SEED)
    kills = missed = partly = rounds = 0
    while kills < KILLS:
        rounds += 1
        file_format = ("csv", "json")[rounds % 2]
        world.empty()
        world.put(file_format, soak.bodies[file_format])
        # Answers come in another order than the calls, and some not at all.
        latency = {"service": "dynamodb", "operation": "BatchWriteItem", "p50_ms": 40, "p99_ms": 160}
        fault = {"service": "dynamodb", "operation": "BatchWriteItem", "kind": "reset", "when": "after", "rate": 0.02}
        world.physics(latency=[latency], faults=[fault], seed=rng.randrange(2**32))
        run, moments = f"kills-{rounds}", []
        for _ in range(2):
            moments.append((rng.randrange(len(soak.records) // 25), round(rng.uniform(0, 0.03), 4)))
            failed = world.load_and_kill(file_format, *moments[-1], run=run)
            if failed is None:
                missed += 1
                assert missed <= KILLS, f"{why}: most loads were over before they could be killed"
                continue
            assert failed.type == "Runtime.ExitError" and "signal: killed" in failed.message, (why, failed)
            kills += 1
            partly += 0 < world.count() < soak.items
        soak.check(world, file_format, world.load(file_format, run=run), f"{why}, round {rounds}, killed after calls and seconds {moments}")
    return missed, partly


def test_killed_at_random_moments_and_run_again_the_table_is_the_source(world, soak, record_property):
    missed, partly = rounds_of_kills(world, soak, f"seed {SEED}")
    record_property("kills", {"hit": KILLS, "missed": missed, "left a part": partly})
    assert partly >= KILLS // 2, f"seed {SEED}: only {partly} of {KILLS} kills left a table in part"


@pytest.mark.parametrize("file_format", ["csv", "json"])
def test_a_chain_of_checkpoints_whose_every_link_dies_once(world, soak, file_format, record_property):
    rng = random.Random(SEED)
    world.put(file_format, soak.bodies[file_format])
    world.set_timeout(4)
    world.limit_writes(write_per_s=1_500)
    event, answers, killed = {"run": f"links-{file_format}", "on_deadline": "return", "checkpoint": None}, [], 0
    while not answers or not answers[-1]["complete"]:
        failed = world.load_and_kill(file_format, rng.randrange(1, 50), 0, **event)
        killed += failed is not None
        answers.append(world.load(file_format, **event))
        event["checkpoint"] = answers[-1]["checkpoint"] or event["checkpoint"]
        assert len(answers) < 20, [answer["checkpoint"] for answer in answers]
    record_property("chain", {"links": len(answers), "killed": killed})
    assert len(answers) > 1 and killed > 1, f"seed {SEED}: {len(answers)} invocations, {killed} killed"
    offsets = [answer["checkpoint"]["offset"] for answer in answers[:-1]]
    assert offsets == sorted(set(offsets)), "a link went back"
    soak.check(world, file_format, answers[-1], f"seed {SEED}")
    # Lambda may deliver an event again whose invocation has done its work: nothing changes, and no bad row is told twice.
    soak.check(world, file_format, world.load(file_format, **event), "the last link once more")


@pytest.mark.parametrize(
    ("capacity", "records"),
    [({"write_per_s": 500}, 1_500), ({"write_per_s": 2_000}, 6_000), ({"write_per_s": 1_000, "mode": "on-demand"}, 3_000)],
    ids=["500", "2000", "on-demand"],
)
def test_a_table_that_throttles_loses_nothing(world, drawn, capacity, records, record_property):
    soak = Soak(drawn[:records])
    world.put("json", soak.bodies["json"])
    world.limit_writes(**capacity)
    answer = world.load("json")
    (limited,) = [row for row in world.report()["tables"] if row["table"] == world.tables["Rust"]]
    record_property("throttled", {**capacity, **answer["calls"]})
    calls = answer["calls"]
    assert calls["unprocessed_items"] + calls["throttled"] > 0, calls
    # The service counts what it gave back one by one and whole batches, the loader these as calls.
    assert calls["throttled"] == limited["throttled_calls"] and limited["unprocessed_items"] >= calls["unprocessed_items"], (calls, limited)
    soak.check(world, "json", answer, capacity)


FAULTS = {
    "500": {"kind": "500"},
    "503": {"kind": "503"},
    "reset-before": {"kind": "reset", "when": "before"},
    "reset-after": {"kind": "reset", "when": "after"},
    "truncate": {"kind": "truncate"},
}
# By nth so that the few reads of a file meet it too, by rate so that runs of bad luck come.
OCCURRENCES = {
    "table-nth": ("dynamodb", "BatchWriteItem", "csv", {"nth": 9}),
    "table-rate": ("dynamodb", "BatchWriteItem", "json", {"rate": 0.08}),
    "source-nth": ("s3", "GetObject", "json", {"nth": 2}),
}


@pytest.mark.parametrize("occurrence", OCCURRENCES)
@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_survived(world, soak, fault, occurrence, record_property):
    service, operation, file_format, when = OCCURRENCES[occurrence]
    world.put(file_format, soak.bodies[file_format])
    world.physics(faults=[{"service": service, "operation": operation, **FAULTS[fault], **when}], seed=SEED)
    answer = world.load(file_format)
    (rule,) = world.report()["fault_rules"]
    record_property("faults", {"fired": rule["fired"], **answer["calls"]})
    assert rule["fired"] >= 3, rule
    assert answer["calls"]["retries"] + answer["calls"]["throttled"] > 0, answer["calls"]
    soak.check(world, file_format, answer, f"{fault}, {occurrence}, seed {SEED}")


def test_calls_that_are_never_answered_are_made_again(world, soak, record_property):
    world.put("json", soak.bodies["json"])
    silence = [
        {"service": "s3", "operation": "GetObject", "kind": "timeout", "at": [3]},
        {"service": "dynamodb", "operation": "BatchWriteItem", "kind": "timeout", "at": [2, 40]},
    ]
    world.physics(faults=silence)
    answer = world.load("json")
    fired = [rule["fired"] for rule in world.report()["fault_rules"]]
    record_property("faults", {"fired": fired, **answer["calls"]})
    assert fired == [1, 2] and answer["calls"]["retries"] == 3, (fired, answer["calls"])
    soak.check(world, "json", answer, "silence")


@pytest.mark.parametrize("file_format", ["csv", "json"])
def test_all_faults_at_once_on_a_table_that_throttles(world, soak, file_format, record_property):
    world.put(file_format, soak.bodies[file_format])
    faults = [{"service": "dynamodb", "operation": "BatchWriteItem", **fault, "rate": 0.02} for fault in FAULTS.values()]
    faults += [{"service": "s3", "operation": "*", **fault, "rate": 0.04} for fault in FAULTS.values()]
    world.physics(faults=faults, tables={world.tables["Rust"]: {"write_per_s": 4_000}}, seed=SEED)
    answer = world.load(file_format)
    fired = sum(rule["fired"] for rule in world.report()["fault_rules"])
    record_property("faults", {"fired": fired, **answer["calls"]})
    assert fired >= 10, fired
    soak.check(world, file_format, answer, f"everything, seed {SEED}")


def test_every_bad_row_is_accounted_for_under_faults(world, tmp_path):
    body, records = generate(tmp_path, 3_000, bad=24)
    lines = [json.loads(line) for line in (tmp_path / "bad.ndjson").read_text().splitlines()]
    assert len(lines) == 24 and len({line["reason"] for line in lines}) == 8, "every kind of bad row is there"
    world.put("csv", body)
    faults = [
        {"service": "dynamodb", "operation": "BatchWriteItem", "kind": "503", "rate": 0.05},
        {"service": "dynamodb", "operation": "BatchWriteItem", "kind": "reset", "when": "after", "rate": 0.05},
        {"service": "s3", "operation": "GetObject", "kind": "truncate", "nth": 2},
        # The dead letters themselves: put, but never answered.
        {"service": "s3", "operation": "PutObject", "kind": "reset", "when": "after", "nth": 2},
        {"service": "s3", "operation": "PutObject", "kind": "500", "at": [1]},
    ]
    # A run of its own each, and one of these again.
    for run in ("bad-1", "bad-2", "bad-2"):
        world.physics(faults=faults, seed=SEED)
        answer = world.load("csv", run=run)
        assert all(rule["fired"] for rule in world.report()["fault_rules"]), world.report()["fault_rules"]
        world.physics()
        assert (answer["complete"], answer["records"], answer["written"], answer["rejected"], answer["duplicates"]) == (True, 3_024, 3_000, 24, 0)
        assert answer["dead_letters"] == {"bucket": world.bucket, "key": f"dead-letters/{run}.ndjson"}
        letters = world.dead_letters(run)
        assert [(letter["row"], letter["offset"]) for letter in letters] == [(line["row"], line["offset"]) for line in lines]
        for letter, line in zip(letters, lines, strict=True):
            raw = body[line["offset"] : line["offset"] + min(line["bytes"], 2_048)]
            assert letter["reason"] and letter["raw"] == raw.decode(errors="replace"), (line, letter["reason"])
        world.check("csv", records, run)
    answer = world.load("csv", "Python")
    assert (answer["records"], answer["written"], answer["rejected"], answer["duplicates"]) == (3_024, 3_000, 24, 0)
    world.check("csv", records, "the original", ("Rust", "Python"))


COUNTS = ("format", "records", "written", "rejected", "duplicates", "complete", "checkpoint", "bytes")


def plain(key, **fields):
    return {**{field: f"{field} of {key}" for field in FIELDS}, "registration_id": key, "amount_paid": "1.50", **fields}


def csv_traps():
    """Bytes of a file, and its good records in their order."""
    odd = {
        "nul": "a\0b",
        "line ends": "one\r\ntwo\nthree\rfour",
        "quotes": 'say "hello", "" and "',
        "not ASCII": "Zo\u00eb e\u0301 \u05e9\u05dc\u05d5\u05dd \U0001f600\u200d\U0001f600",
        "line ends of others": "a\u0085b\u2028c\x0bd\x0ce\x1cf",
        "blanks": "  \t ",
        "nothing": "",
        "backslashes": "\\n \\u0041 \\",
        "controls": "\x01\x1f\x7f",
        "long": "n" * 380_000,
    }
    amounts = ["1" * 38, "-0.00", "+7", ".5", "5.", "1e3", "9.99E125", "1E-130", "-78.10", "0E999999999"]
    no_amounts = ["1" * 39, "1." + "0" * 38, "", " 1", "1 ", "NaN", "Infinity", "1,5", "1_000", "\u0661", "1E126", "1E-131", "e1", "--1"]
    good = [plain(f"odd {number}", attendee_name=text) for number, text in enumerate(odd.values())]
    good += [plain(f"key\n\u2028{number}", amount_paid=amount) for number, amount in enumerate(amounts)]
    good += [plain("k" * 2048), plain("near", venue="first"), plain("near", venue="second"), plain("far", venue="first")]
    good += [plain(f"between {number}") for number in range(120)]
    good += [plain("far", venue="second"), plain("near", venue="third"), plain("odd 0", venue="again")]
    bad = [plain(f"bad amount {number}", amount_paid=amount) for number, amount in enumerate(no_amounts)]
    bad += [plain(""), plain("k" * 2049), plain("large", attendee_name="n" * 410_000)]
    columns = FIELDS[::-1]
    rows = [csv_of([record], columns).split(b"\r\n", 1)[1].removesuffix(b"\r\n") for record in [*good[:5], *bad, *good[5:]]]
    rows[3:3] = [b"ragged,row", b",".join([b"x"] * 12), b",".join([b"x"] * 8 + [b"Zo\xeb"] + [b"1"] * 2), b'""', b"  "]
    ends = [b"\r\n", b"\n", b"\r\n\r\n", b"\n\n\n", b"\r"]
    lines = b"".join(row + ends[number % len(ends)] for number, row in enumerate(rows))
    return b"\xef\xbb\xbf\r\n" + ",".join(columns).encode() + b"\n\n" + lines.rstrip(b"\r\n"), good, len(bad) + 5


def json_traps():
    good = [plain("a", attendee_name="n\0l \U0001f600 \u2028 \" \\"), plain("near", venue="first"), plain("near", venue="second")]
    good += [plain("far", venue="first"), *(plain(f"between {number}") for number in range(60)), plain("far", venue="second")]
    good += [plain(f"amount {number}", amount_paid=amount) for number, amount in enumerate(["1" * 38, "-0.00", "1e3", "9.99E125", "1E-130", "0"])]
    one = json_of([plain("x")])[1:-1]
    bad = [b"17", b"null", b'"]"', b"[{}]", b"{}", b"true", json_of([plain("")])[1:-1], json_of([plain("y", amount_paid="1" * 39)])[1:-1]]
    bad += [one.replace(b"1.50", value) for value in (b"null", b"true", b"{}", b"1E126")]
    bad += [one.replace(b'"venue"', b'"place"'), one.replace(b"}", b', "more": 1}'), one.replace(b'"event_id of x"', b"7")]
    bad += [one.replace(b"event_id of x", rb"\ud800")]
    # The escapes of a pair are one character.
    good.append(plain("escaped", venue="\U0001f600"))
    elements = [json_of([record])[1:-1] for record in good[:-1]]
    elements += [*bad, json_of([plain("escaped", venue="V")])[1:-1].replace(b'"V"', rb'"\ud83d\ude00"')]
    return b"\xef\xbb\xbf \r\n[\n" + b" ,\r\n\t".join(elements) + b"\n]\n\n", good, len(bad)


@pytest.mark.parametrize(("file_format", "traps"), [("csv", csv_traps), ("json", json_traps)], ids=["csv", "json"])
def test_traps_are_counted_and_written_alike_by_both_functions(world, file_format, traps):
    body, good, rejected = traps()
    world.put(file_format, body)
    answers = {runtime: world.load(file_format, runtime) for runtime in ("Rust", "Python")}
    rust, python = ({name: answer[name] for name in COUNTS} for answer in answers.values())
    assert rust == python
    assert (rust["records"], rust["rejected"], rust["bytes"]) == (len(good) + rejected, rejected, len(body))
    # Only what falls into one batch is replaced before it is written: the rows of "near" that follow one another.
    assert (rust["written"], rust["duplicates"]) == (len(good) - 1, 1)
    world.check(file_format, good, "traps", ("Rust", "Python"))


@pytest.mark.parametrize(
    ("file_format", "rest"), [("csv", b'"R-open","never closed\n'), ("json", b',\n{"registration_id": "R-open"')], ids=["csv", "json"]
)
def test_a_file_cut_short_is_an_error_and_what_is_complete_is_written(world, drawn, file_format, rest):
    records = drawn[:2_000]
    whole = file_of(file_format, records).removesuffix(b"]")
    world.put(file_format, whole + rest)
    with pytest.raises(LoadFailed) as rust:
        world.load(file_format)
    offset = len(whole) + (rest.index(b"{") if file_format == "json" else 0)
    assert "cut short" in rust.value.message and f"byte {offset} " in rust.value.message, rust.value
    world.check_items(records, "cut short")
    with pytest.raises(LoadFailed) as python:
        world.load(file_format, "Python")
    assert python.value.type == "BrokenSource", python.value
    world.put(file_format, file_of(file_format, records))
    world.load(file_format, "Python")
    world.check(file_format, records, "mended", ("Rust", "Python"))


def test_a_file_replaced_while_it_is_read_is_an_error_and_not_a_mixture(world, drawn):
    world.put("json", file_of("json", drawn))
    # Time between the first reads and the last ones.
    world.physics(latency=[{"service": "s3", "operation": "GetObject", "ms": 1_000}])
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        running = pool.submit(world.load, "json")
        wait_until(lambda: world.calls("GetObject") > 0)
        other = [{**record, "amount_paid": "3.25"} for record in drawn]
        world.put("json", file_of("json", other))
        with pytest.raises(LoadFailed, match=r"changed while it was read \(412"):
            running.result(PATIENCE_S)
    world.physics()
    assert world.load("json")["written"] == len(other)
    world.check("json", other, "loaded again")


def test_a_chain_that_lost_an_invocation_is_mended_by_lambdas_own_retry(bereaved, record_property):
    world, soak, first, killed, left = bereaved
    assert not first["complete"] and 0 < first["checkpoint"]["offset"] < first["bytes"], first
    assert killed and first["written"] <= left < soak.items, (killed, left)

    def told():
        """Dead letters are put last."""
        return len(world.dead_letters("chain")) == soak.rejected["csv"] and world.count() == soak.items

    wait_until(told)
    record_property("chain", {"first": first["written"], "left by the kill": left, "items": soak.items})
    world.physics()
    soak.check_dead_letters(world, "chain", "a chain")
    world.check("csv", soak.records, "a chain")
