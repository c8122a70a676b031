"""The local services as the AWS command line sees them: a morning's work on S3 and DynamoDB, and what is refused, in AWS's words."""

import json
import os
import pathlib
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from test_services_s3 import ACCESS_KEY, SECRET_KEY, Server

TABLE, BUCKET = "Registrations", "morning-files"
# What the first version of the command line ends with when a service refused; `aws s3` has its own.
REFUSED, TRANSFER_FAILED = 255, 1


class CommandLine:
    """`aws` against one server, which knows its key and secret."""

    def __init__(self, server, folder):
        # Without this it presigns with the signature that came before version 4, which only an endpoint without a secret takes.
        (folder / "config").write_text("[default]\ns3 =\n    signature_version = s3v4\n")
        self.folder = folder
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "AWS_ENDPOINT_URL": server.url,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_DEFAULT_OUTPUT": "json",
            "AWS_CONFIG_FILE": str(folder / "config"),
            "AWS_MAX_ATTEMPTS": "1",
        }

    def run(self, *arguments, **environment):
        command = [pathlib.Path(sys.executable).with_name("aws"), *map(self.argument, arguments)]
        return subprocess.run(command, env={**self.environment, **environment}, capture_output=True, text=True, timeout=120)

    def argument(self, argument):
        """Documents go in a file: a request of 400 KB is longer than an argument may be."""
        if not isinstance(argument, (dict, list)):
            return str(argument)
        path = self.folder / f"argument-{len(list(self.folder.iterdir()))}.json"
        path.write_text(json.dumps(argument))
        return f"file://{path}"

    def __call__(self, *arguments):
        ended = self.run(*arguments)
        assert ended.returncode == 0, f"{arguments[:3]}: {ended.stderr}"
        return ended.stdout

    def json(self, *arguments):
        return json.loads(self(*arguments) or "null")

    def refused(self, code, message, *arguments, exit_code=REFUSED, **environment):
        ended = self.run(*arguments, **environment)
        assert ended.returncode == exit_code, f"{ended.returncode}: {ended.stdout}{ended.stderr}"
        assert f"({code})" in ended.stderr and message in ended.stderr, ended.stderr


@pytest.fixture(scope="module")
def aws(tmp_path_factory):
    server = Server(secret=True)
    yield CommandLine(server, tmp_path_factory.mktemp("aws"))
    server.stop()


@pytest.fixture(scope="module")
def bucket(aws):
    aws("s3", "mb", f"s3://{BUCKET}")
    return BUCKET


@pytest.fixture(scope="module")
def table(aws):
    key = ["--attribute-definitions", "AttributeName=id,AttributeType=S", "--key-schema", "AttributeName=id,KeyType=HASH"]
    created = aws.json("dynamodb", "create-table", "--table-name", TABLE, *key, "--billing-mode", "PAY_PER_REQUEST")
    assert created["TableDescription"]["TableName"] == TABLE
    return TABLE


def puts(*items):
    return {TABLE: [{"PutRequest": {"Item": item}} for item in items]}


def text(size):
    return {"id": {"S": "1"}, "text": {"S": "x" * (size - len("id1text"))}}


def test_who_one_is(aws):
    assert aws.json("sts", "get-caller-identity")["Account"] == "123456789012"


def test_files_go_up_and_come_down(aws, bucket, tmp_path):
    (tmp_path / "up/sub").mkdir(parents=True)
    (tmp_path / "up/one.txt").write_text("one\n")
    (tmp_path / "up/sub/zwölf 12.txt").write_text("zwölf\n")
    aws("s3", "sync", tmp_path / "up", f"s3://{bucket}/in")
    (tmp_path / "up/one.txt").unlink()
    assert "delete: s3://morning-files/in/one.txt" in aws("s3", "sync", "--delete", tmp_path / "up", f"s3://{bucket}/in")
    assert aws("s3", "ls", "--recursive", f"s3://{bucket}").split("   ")[-1].endswith("in/sub/zwölf 12.txt\n")
    assert aws("s3", "cp", f"s3://{bucket}/in/sub/zwölf 12.txt", "-") == "zwölf\n"
    with urllib.request.urlopen(aws("s3", "presign", f"s3://{bucket}/in/sub/zwölf 12.txt").strip()) as reply:
        assert reply.read().decode() == "zwölf\n"


def test_buckets_are_listed_with_their_regions(aws, bucket):
    elsewhere = {"LocationConstraint": "eu-central-1"}
    aws("s3api", "create-bucket", "--bucket", "morning-news", "--create-bucket-configuration", elsewhere)
    found = aws.json("s3api", "list-buckets", "--prefix", "morning-", "--page-size", "1")["Buckets"]
    assert [(each["Name"], each["BucketRegion"]) for each in found] == [(bucket, "us-east-1"), ("morning-news", "eu-central-1")]
    assert aws("s3", "rb", "s3://morning-news") == "remove_bucket: morning-news\n"


def test_items_are_written_and_found(aws, table):
    digits = "12345678901234567890123456789012345678"
    items = [{"id": {"S": f"{number}"}, "amount": {"N": digits}} for number in range(25)]
    assert aws.json("dynamodb", "batch-write-item", "--request-items", puts(*items))["UnprocessedItems"] == {}
    query = ["--key-condition-expression", "id = :id", "--expression-attribute-values", {":id": {"S": "7"}}]
    assert aws.json("dynamodb", "query", "--table-name", table, *query)["Items"] == [items[7]], "38 digits are kept exactly"
    assert aws.json("dynamodb", "scan", "--table-name", table, "--page-size", "10", "--select", "COUNT")["Count"] == 25
    aws("dynamodb", "batch-write-item", "--request-items", puts(text(400 * 1024)))


def test_what_s3_refuses(aws, bucket, tmp_path):
    key, down = ["--bucket", bucket, "--key", "key"], tmp_path / "down"
    (tmp_path / "body").write_text("0123456789")
    aws("s3api", "put-object", *key, "--body", tmp_path / "body", "--if-none-match", "*")
    unmet = "At least one of the pre-conditions you specified did not hold"
    aws.refused("PreconditionFailed", unmet, "s3api", "put-object", *key, "--body", tmp_path / "body", "--if-none-match", "*")
    aws.refused("InvalidRange", "The requested range is not satisfiable", "s3api", "get-object", *key, "--range", "bytes=10-", down)
    absent = ["--bucket", bucket, "--key", "nothing"]
    aws.refused("NoSuchKey", "The specified key does not exist.", "s3api", "get-object", *absent, down)
    aws.refused("404", "Not Found", "s3api", "head-object", *absent)
    aws.refused("NoSuchBucket", "The specified bucket does not exist", "s3", "ls", "s3://nowhere")
    full = "The bucket you tried to delete is not empty"
    aws.refused("BucketNotEmpty", full, "s3", "rb", f"s3://{bucket}", exit_code=TRANSFER_FAILED)
    invalid = "The specified bucket is not valid."
    aws.refused("InvalidBucketName", invalid, "s3", "mb", "s3://under_score", exit_code=TRANSFER_FAILED)
    url = aws("s3", "presign", f"s3://{bucket}/key", "--expires-in", "1").strip()
    assert refusal_of(url) == (403, "AccessDenied", "Request has expired")


def refusal_of(url):
    """Status, code and message of the first answer that is a refusal: a URL expires while one waits."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url).close()
        except urllib.error.HTTPError as refused:
            body = refused.read().decode()
            return (refused.code, *(body.partition(f"<{name}>")[2].partition(f"</{name}>")[0] for name in ("Code", "Message")))
        time.sleep(0.1)
    raise AssertionError("never refused")


@pytest.mark.parametrize(
    "items, message",
    [
        ([{"id": {"S": f"{number}"}} for number in range(26)], "Member must have length less than or equal to 25"),
        ([{"id": {"S": "1"}}, {"id": {"S": "1"}}], "Provided list of item keys contains duplicates"),
        ([text(400 * 1024 + 1)], "Item size has exceeded the maximum allowed size"),
        ([{"id": {"S": ""}}], "The AttributeValue for a key attribute cannot contain an empty string value. Key: id"),
        ([{"id": {"S": "1"}, "amount": {"N": "1" * 39}}], "Attempting to store more than 38 significant digits in a Number"),
        ([{"id": {"S": "1"}, "amount": {"N": "1E126"}}], "Number overflow. Attempting to store a number with magnitude larger"),
    ],
    ids=["26 items", "twice", "over 400 KB", "empty key", "39 digits", "too large a number"],
)
def test_batches_that_dynamodb_refuses(aws, table, items, message):
    aws.refused("ValidationException", message, "dynamodb", "batch-write-item", "--request-items", puts(*items))


def test_a_table_that_is_not_there(aws):
    command = ["dynamodb", "get-item", "--table-name", "Nowhere", "--key", {"id": {"S": "1"}}]
    aws.refused("ResourceNotFoundException", "Requested resource not found", *command)


def test_wrong_credentials(aws):
    wrong = {"AWS_SECRET_ACCESS_KEY": "wrong"}
    mismatch = "The request signature we calculated does not match the signature you provided."
    aws.refused("SignatureDoesNotMatch", mismatch, "s3", "ls", **wrong)
    aws.refused("InvalidSignatureException", mismatch, "dynamodb", "list-tables", **wrong)
    unknown = "The security token included in the request is invalid"
    aws.refused("InvalidClientTokenId", unknown, "sts", "get-caller-identity", AWS_ACCESS_KEY_ID="AKIAUNKNOWN")
