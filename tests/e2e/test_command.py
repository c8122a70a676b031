"""The command as a user types it, and the AWS CLI as one would use it against the host."""

import json
import os
import pathlib
import subprocess
import sys

from conftest import FERRY, ROOT

TEMPLATE = "tests/functions/template.yaml"


def ferry(*arguments, **options):
    return subprocess.run([FERRY, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=300, **options)


def test_the_aws_cli_invokes(host, tmp_path):
    answer = tmp_path / "answer.json"
    command = [
        *(pathlib.Path(sys.executable).parent / "aws", "lambda", "invoke", "--function-name", "HelloRust"),
        *("--payload", '{"name": "cli"}', "--endpoint-url", host.endpoint, "--region", "us-east-1", answer),
    ]
    environment = {**os.environ, "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(answer.read_text()) == {"hello": "cli"}
    assert json.loads(done.stdout)["ExecutedVersion"] == "$LATEST"


def test_invoke_prints_the_answer_and_the_log():
    done = ferry("invoke", "HelloPython", "-t", TEMPLATE, "-p", '{"name": "once"}')
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"hello": "once"}
    assert "REPORT RequestId:" in done.stderr


def test_invoke_of_a_failing_function_exits_4(host):
    done = ferry("invoke", "HelloPython", "--endpoint", host.endpoint, "-p", '{"do": "raise"}')
    assert done.returncode == 4, done.stderr
    assert json.loads(done.stdout)["errorType"] == "ValueError"


def test_a_second_build_says_that_nothing_changed():
    ferry("build", "-t", TEMPLATE)
    done = ferry("build", "-t", TEMPLATE, "--json")
    assert done.returncode == 0, done.stderr
    built = {one["function"]: one for one in json.loads(done.stdout)}
    assert set(built) == {"HelloRust", "Guest", "HelloPython", "HelloNode", "StreamNode", "Chat", "Guard"}
    assert all(one["zip_bytes"] > 0 and one["unzipped_bytes"] > 0 for one in built.values())


def test_compare_prints_a_table_and_writes_the_result(tmp_path):
    result = tmp_path / "result.json"
    done = ferry("compare", "HelloRust", "-t", TEMPLATE, "--memory", "512", "--cold", "6", "--warm", "20", "--output", result)
    assert done.returncode == 0, done.stderr
    assert "HelloPython" in done.stdout and "512" in done.stdout
    written = json.loads(result.read_text())
    equal = written["equal"]
    assert (equal["events"], equal["differing"], equal["first_difference"]) == (3, 0, None)
    assert set(written["enforced"]) >= {"cpu", "memory", "network", "freeze"}
    tier = written["tiers"][0]
    assert tier["memory_mib"] == 512
    for side in ("baseline", "candidate"):
        assert tier[side]["init_ms"]["n"] == 6
        assert tier[side]["warm_ms"]["n"] == 20
    assert tier["ratio"]["init"]["low"] <= tier["ratio"]["init"]["median"] <= tier["ratio"]["init"]["high"]


def test_compare_exits_3_when_answers_differ(tmp_path):
    (tmp_path / "raise.json").write_text('{"do": "raise"}')
    done = ferry("compare", "HelloRust", "-t", TEMPLATE, "--memory", "512", "--events", tmp_path)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "event raise" in done.stdout


def test_doctor_says_what_is_enforced():
    done = ferry("doctor", "--json")
    assert done.returncode in (0, 5), done.stderr
    parts = json.loads(done.stdout)
    assert {"cpu", "memory", "network", "freeze"} <= set(parts)
    assert (done.returncode == 0) == all(parts[part]["status"] == "enforced" for part in ("cpu", "memory", "network", "freeze"))


def test_errors_name_the_thing_and_the_remedy(tmp_path):
    done = ferry("build", "-t", tmp_path / "template.yaml")
    assert done.returncode == 1
    assert "template.yaml" in done.stderr
    broken = tmp_path / "broken.yaml"
    broken.write_text("Resources:\n  Fn:\n    Type: AWS::Serverless::Function\n    Properties:\n      Runtime: cobol85\n")
    done = ferry("build", "-t", broken)
    assert done.returncode == 1
    assert "broken.yaml:5" in done.stderr and "Fn" in done.stderr and "cobol85" in done.stderr
    done = ferry("invoke", "Nobody", "-t", TEMPLATE)
    assert done.returncode == 1
    assert "Nobody" in done.stderr
