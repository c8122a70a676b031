"""Local AWS services, from inside a sandbox and from outside: what the templates name is there when the host says Ready."""

import hashlib
import json
import subprocess

import boto3
import botocore.config
import botocore.exceptions
import pytest
from conftest import FERRY, ROOT, Host, http, payload_of

TEMPLATE = "tests/services/template.yaml"
TABLE, BUCKET, QUEUE = "services-Rows", "services-files", "services-Jobs"


def outside(host, service, key="local", secret="local"):
    config = botocore.config.Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
    url = host.urls["AWS services"]
    return boto3.client(
        service, endpoint_url=url, region_name="us-east-1", aws_access_key_id=key, aws_secret_access_key=secret, config=config
    )


def ask(host, **event):
    answer = host.client().invoke(FunctionName="Talk", Payload=json.dumps(event))
    assert "FunctionError" not in answer, answer["Payload"].read()
    return payload_of(answer)


def counts(host):
    status, _, body = http("GET", f"{host.urls['AWS services']}/_ferry/services")
    assert status == 200
    report = json.loads(body)
    return report, {(row["service"], row["operation"]): row for row in report["operations"]}


@pytest.fixture(scope="module")
def services():
    host = Host([TEMPLATE])
    yield host
    assert host.stop() == 0, "ferry up did not end cleanly"


@pytest.fixture
def started():
    """Starts further hosts, which end with the test."""
    hosts = []

    def start(*options):
        hosts.append(Host([TEMPLATE], *options))
        return hosts[-1]

    yield start
    for host in hosts:
        host.stop()


def test_what_the_template_names_exists_when_the_host_is_ready(services):
    buckets = outside(services, "s3").list_buckets()["Buckets"]
    assert [bucket["Name"] for bucket in buckets] == [BUCKET]
    objects = outside(services, "s3").list_objects_v2(Bucket=BUCKET)["Contents"]
    assert {entry["Key"]: entry["Size"] for entry in objects} == {"deep/two.txt": 5, "one.txt": 4}
    table = outside(services, "dynamodb").describe_table(TableName=TABLE)["Table"]
    assert table["TableStatus"] == "ACTIVE"
    assert table["KeySchema"] == [{"AttributeName": "id", "KeyType": "HASH"}]
    time_to_live = outside(services, "dynamodb").describe_time_to_live(TableName=TABLE)["TimeToLiveDescription"]
    assert time_to_live == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}
    sqs = outside(services, "sqs")
    url = f"{services.urls['AWS services']}/123456789012/{QUEUE}"
    assert sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"] == url
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout", "RedrivePolicy"])["Attributes"]
    assert attributes["VisibilityTimeout"] == "60"
    policy = {"deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:services-Failed", "maxReceiveCount": 3}
    assert json.loads(attributes["RedrivePolicy"]) == policy
    said = "\n".join(services.lines)
    assert f"bucket {BUCKET}" in said and f"table {TABLE}" in said and f"queue {QUEUE}  {url}" in said and "physics off" in said, said


def test_a_function_reads_s3_and_writes_dynamodb(services):
    assert ask(services, do="copy") == ["deep/two.txt", "one.txt"]
    item = outside(services, "dynamodb").get_item(TableName=TABLE, Key={"id": {"S": "deep/two.txt"}}, ConsistentRead=True)["Item"]
    assert item == {"id": {"S": "deep/two.txt"}, "text": {"S": "zwei\n"}}


def test_a_function_sends_to_a_queue_of_the_template(services):
    assert ask(services, do="send", body="from inside") == hashlib.md5(b"from inside").hexdigest()
    sqs = outside(services, "sqs")
    url = sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    received = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10)["Messages"]
    assert [message["Body"] for message in received] == ["from inside"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=received[0]["ReceiptHandle"])


def test_the_functions_credentials_have_an_identity(services):
    assert ask(services, do="who") == "123456789012"


def test_a_function_invokes_another(services):
    assert ask(services, do="ask") == {"hello": "Ada"}


def test_a_private_sandbox_is_told_the_door_inside(services):
    url = "http://127.0.0.1:4566"
    assert ask(services, do="endpoints") == {"AWS_ENDPOINT_URL": url, "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI": url}


def test_without_enforcement_the_address_is_the_machines(started):
    host = started("--unenforced")
    assert ask(host, do="endpoints")["AWS_ENDPOINT_URL"] == host.urls["AWS services"]
    assert ask(host, do="read", key="one.txt") == "one\n"
    # The queue's URL names another port; clients ask the endpoint.
    assert ask(host, do="send", body="x") == hashlib.md5(b"x").hexdigest()


def test_physics_is_felt_counted_and_said(started):
    physics = {
        "latency": [{"service": "s3", "operation": "GetObject", "ms": 1}],
        "faults": [{"service": "s3", "operation": "GetObject", "kind": "503", "nth": 2}],
    }
    host = started("--physics", json.dumps(physics))
    told = [ask(host, do="read", key="one.txt") for _ in range(4)]
    assert [answer == "one\n" for answer in told] == [True, False, True, False], told
    assert told[1]["status"] == 503
    report, rows = counts(host)
    assert (rows["s3", "GetObject"]["calls"], rows["s3", "GetObject"]["faults"]) == (4, 2)
    assert report["physics"]["faults"][0]["kind"] == "503"
    assert any("physics {" in line and '"503"' in line for line in host.lines), host.lines


def test_a_physics_document_that_is_wrong_is_refused(tmp_path):
    wrong = tmp_path / "physics.json"
    wrong.write_text('{"latency": [{"service": "s3", "operation": "*", "ms": -1}]}')
    ended = subprocess.run(
        [FERRY, "up", "-t", TEMPLATE, "--aws-port", "0", "--physics", wrong], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 1 and "/latency/0/ms" in ended.stderr, ended.stderr


def test_data_are_kept_over_a_restart(started, tmp_path):
    first = started("--data", str(tmp_path / "data"))
    ask(first, do="copy")
    outside(first, "s3").put_object(Bucket=BUCKET, Key="mine", Body=b"kept")
    outside(first, "s3").delete_object(Bucket=BUCKET, Key="one.txt")
    assert first.stop() == 0
    second = started("--data", str(tmp_path / "data"))
    assert ask(second, do="read", key="mine") == "kept"
    assert outside(second, "dynamodb").scan(TableName=TABLE, Select="COUNT")["Count"] == 2
    # The bucket was there already: its objects are what was left in it.
    assert ask(second, do="read", key="one.txt")["code"] == "NoSuchKey"


def test_without_services_functions_are_told_of_none(started):
    host = started("--no-aws")
    assert ask(host, do="endpoints") == {}
    assert not any("AWS services" in line for line in host.lines)


def test_a_secret_is_asked_of_everybody_and_functions_know_it(started):
    host = started("--aws-secret", "AKIAEXAMPLE:hush")
    assert ask(host, do="copy") == ["deep/two.txt", "one.txt"]
    assert outside(host, "s3", "AKIAEXAMPLE", "hush").list_buckets()["Buckets"][0]["Name"] == BUCKET
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        outside(host, "s3", "AKIAEXAMPLE", "wrong").list_buckets()
    assert refused.value.response["Error"]["Code"] == "SignatureDoesNotMatch"


def test_each_side_of_a_comparison_has_a_world_of_its_own():
    physics = '{"latency": [{"service": "dynamodb", "operation": "PutItem", "ms": 2}]}'
    options = ["--memory", "1024", "--cold", "1", "--warm", "3", "--budget", "5", "--physics", physics, "--json"]
    ended = subprocess.run([FERRY, "compare", "-t", TEMPLATE, "TalkToo", *options], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    # Both answer how many items there were: 0, 1, 2, … only where the other does not write into the same table.
    assert found["equal"]["differing"] == 0 and found["equal"]["events"] == 2
    said = found["services"]
    assert said["physics"]["latency"][0]["ms"] == 2
    assert said["calls"]["baseline"] == said["calls"]["candidate"] > 0
    assert said["cpu_ms"]["candidate"] > 0


def test_one_invocation_has_services_of_its_own(tmp_path):
    command = [FERRY, "invoke", "Talk", "-t", TEMPLATE, "--data", tmp_path / "data", "-p", '{"do": "add"}']
    told = [subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120) for _ in range(2)]
    assert [ended.stdout.strip() for ended in told] == ["0", "1"], [ended.stderr for ended in told]
