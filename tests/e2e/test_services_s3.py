"""S3 as boto3 and the AWS command line see it: the local services alone, without functions."""

import base64
import hashlib
import io
import os
import pathlib
import subprocess
import sys
import urllib.error
import urllib.request

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.config
import botocore.credentials
import botocore.exceptions
import pytest

from local_aws import LocalAws

ACCESS_KEY, SECRET_KEY = "AKIALOCAL", "a/secret+of=tests"


class Server(LocalAws):
    """`secret` makes the services check signatures."""

    def __init__(self, folder="", secret=False):
        super().__init__(folder, *([ACCESS_KEY, SECRET_KEY] if secret else []))

    def client(self, access_key=ACCESS_KEY, secret_key=SECRET_KEY, region="us-east-1", **config):
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name=region,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            config=botocore.config.Config(retries={"total_max_attempts": 1}, signature_version="s3v4", **config),
        )


@pytest.fixture(scope="module", params=["open", "secret"])
def server(request):
    server = Server(secret=request.param == "secret")
    yield server
    server.stop()


@pytest.fixture
def s3(server, request):
    client = server.client()
    client.bucket = "b-" + request.node.name.lower().translate(str.maketrans("_[]", "---")).strip("-")[:50].strip("-")
    client.create_bucket(Bucket=client.bucket)
    return client


def code_of(refused):
    return refused.value.response["Error"]["Code"]


def test_objects_of_every_size_come_back(s3):
    for size in (0, 1, 70_000, 9 << 20):
        body = os.urandom(size)
        s3.put_object(Bucket=s3.bucket, Key="key", Body=body, Metadata={"size": str(size)})
        found = s3.get_object(Bucket=s3.bucket, Key="key", ChecksumMode="ENABLED")
        assert found["Body"].read() == body
        assert found["Metadata"] == {"size": str(size)}
        assert found["ChecksumCRC32"]


def test_the_transfer_manager_up_and_down(s3):
    body = os.urandom(20 << 20)
    s3.upload_fileobj(io.BytesIO(body), s3.bucket, "large", ExtraArgs={"ContentType": "text/csv"})
    head = s3.head_object(Bucket=s3.bucket, Key="large")
    assert head["ETag"].endswith('-3"') and head["ContentType"] == "text/csv"
    down = io.BytesIO()
    s3.download_fileobj(s3.bucket, "large", down)
    assert down.getvalue() == body


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_checksums(s3, algorithm):
    s3.put_object(Bucket=s3.bucket, Key="key", Body=b"hello", ChecksumAlgorithm=algorithm)
    assert s3.get_object(Bucket=s3.bucket, Key="key", ChecksumMode="ENABLED")["Body"].read() == b"hello"
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        s3.put_object(Bucket=s3.bucket, Key="key", Body=b"hello", ChecksumSHA256=base64.b64encode(bytes(32)).decode())
    assert code_of(refused) == "BadDigest"


def test_names_that_xml_and_urls_find_hard(s3):
    keys = ["a b+c%2F", "é/ü", "q?x=1&y=2#z", "tab\tline\n", "<&>\"'", "../dots/./x", "trailing/"]
    for key in keys:
        s3.put_object(Bucket=s3.bucket, Key=key, Body=key.encode())
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=s3.bucket, PaginationConfig={"PageSize": 2})
    assert [item["Key"] for page in pages for item in page["Contents"]] == sorted(keys, key=str.encode)
    for key in keys:
        assert s3.get_object(Bucket=s3.bucket, Key=key)["Body"].read() == key.encode()
    deleted = s3.delete_objects(Bucket=s3.bucket, Delete={"Objects": [{"Key": key} for key in keys]})
    assert len(deleted["Deleted"]) == len(keys)


def test_listing_with_a_delimiter(s3):
    for key in ("a/1", "a/2", "b/1", "c"):
        s3.put_object(Bucket=s3.bucket, Key=key, Body=b"")
    for operation in ("list_objects", "list_objects_v2"):
        pages = list(s3.get_paginator(operation).paginate(Bucket=s3.bucket, Delimiter="/", PaginationConfig={"PageSize": 1}))
        prefixes = [item["Prefix"] for page in pages for item in page.get("CommonPrefixes", [])]
        assert (prefixes, [item["Key"] for page in pages for item in page.get("Contents", [])]) == (["a/", "b/"], ["c"]), operation


def test_regions_of_buckets(server):
    s3 = server.client()
    s3.create_bucket(Bucket="far-away", CreateBucketConfiguration={"LocationConstraint": "ap-south-1"})
    s3.create_bucket(Bucket="near-by")
    assert s3.get_bucket_location(Bucket="far-away")["LocationConstraint"] == "ap-south-1"
    assert s3.get_bucket_location(Bucket="near-by")["LocationConstraint"] is None
    assert s3.head_bucket(Bucket="far-away")["BucketRegion"] == "ap-south-1"
    pages = s3.get_paginator("list_buckets").paginate(PaginationConfig={"PageSize": 1})
    regions = {bucket["Name"]: bucket["BucketRegion"] for page in pages for bucket in page["Buckets"]}
    assert regions["far-away"] == "ap-south-1" and regions["near-by"] == "us-east-1"
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        server.client(region="eu-west-1").create_bucket(Bucket="nowhere")
    assert code_of(refused) == "IllegalLocationConstraintException"


def test_conditions(s3):
    etag = s3.put_object(Bucket=s3.bucket, Key="key", Body=b"1", IfNoneMatch="*")["ETag"]
    for arguments in ({"IfNoneMatch": "*"}, {"IfMatch": '"other"'}):
        with pytest.raises(botocore.exceptions.ClientError) as refused:
            s3.put_object(Bucket=s3.bucket, Key="key", Body=b"2", **arguments)
        assert code_of(refused) == "PreconditionFailed"
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        s3.get_object(Bucket=s3.bucket, Key="key", IfNoneMatch=etag)
    assert code_of(refused) == "304"
    assert s3.get_object(Bucket=s3.bucket, Key="key", IfMatch=etag, Range="bytes=0-0")["Body"].read() == b"1"


def test_presigned_urls(s3):
    put = s3.generate_presigned_url("put_object", {"Bucket": s3.bucket, "Key": "a b"}, ExpiresIn=60)
    with urllib.request.urlopen(urllib.request.Request(put, data=b"hello", method="PUT", headers={"content-type": ""})) as reply:
        assert reply.status == 200
    get = s3.generate_presigned_url("get_object", {"Bucket": s3.bucket, "Key": "a b", "ResponseContentType": "text/x-test"}, ExpiresIn=60)
    with urllib.request.urlopen(get) as reply:
        assert (reply.read(), reply.headers["content-type"]) == (b"hello", "text/x-test")


def test_urls_presigned_the_old_way_work_without_a_secret():
    server = Server()
    try:
        s3 = server.client()
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="a b", Body=b"hello")
        old = boto3.client("s3", endpoint_url=server.url, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
        url = old.generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "a b"})
        with urllib.request.urlopen(url) as reply:
            assert reply.read() == b"hello"
    finally:
        server.stop()


def test_a_wrong_secret_is_refused_where_one_is_set():
    server = Server(secret=True)
    try:
        right, wrong = server.client(), server.client(secret_key="wrong")
        right.create_bucket(Bucket="bucket")
        right.put_object(Bucket="bucket", Key="key", Body=b"hello")
        with pytest.raises(botocore.exceptions.ClientError) as refused:
            wrong.get_object(Bucket="bucket", Key="key")
        assert code_of(refused) == "SignatureDoesNotMatch"
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(wrong.generate_presigned_url("get_object", {"Bucket": "bucket", "Key": "key"}))
        assert refused.value.code == 403
    finally:
        server.stop()


def test_unserved_operations_say_so(s3):
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        s3.get_bucket_policy(Bucket=s3.bucket)
    assert code_of(refused) == "NotImplemented" and "GetBucketPolicy" in str(refused.value)


def test_the_command_line(s3, server, tmp_path):
    large = os.urandom(17 << 20)
    (tmp_path / "up/sub").mkdir(parents=True)
    (tmp_path / "up/sub/large.bin").write_bytes(large)
    (tmp_path / "up/small.csv").write_text("a,b\n")
    # Without this the command line presigns with the signature that came before version 4, which only an endpoint without a
    # secret takes.
    (tmp_path / "config").write_text("[default]\ns3 =\n    signature_version = s3v4\n")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "AWS_ENDPOINT_URL": server.url,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
    }

    def aws(*arguments):
        command = [pathlib.Path(sys.executable).with_name("aws"), "s3", *map(str, arguments)]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout

    bucket = f"s3://{s3.bucket}"
    aws("cp", "--recursive", tmp_path / "up", f"{bucket}/in")
    assert "in/sub/large.bin" in aws("ls", "--recursive", bucket)
    assert "PRE in/" in aws("ls", bucket)
    aws("cp", f"{bucket}/in/sub/large.bin", f"{bucket}/copy.bin")
    aws("cp", f"{bucket}/copy.bin", tmp_path / "down.bin")
    assert (tmp_path / "down.bin").read_bytes() == large
    aws("sync", tmp_path / "up", f"{bucket}/in")
    with urllib.request.urlopen(aws("presign", f"{bucket}/in/small.csv").strip()) as reply:
        assert reply.read() == b"a,b\n"
    aws("rb", "--force", bucket)
    assert s3.bucket not in aws("ls")


def test_a_data_folder_survives_a_kill(tmp_path):
    server = Server(str(tmp_path))
    s3 = server.client()
    s3.create_bucket(Bucket="bucket")
    body = os.urandom(6 << 20)
    s3.put_object(Bucket="bucket", Key="key", Body=body)
    upload = s3.create_multipart_upload(Bucket="bucket", Key="parts")["UploadId"]
    part = s3.upload_part(Bucket="bucket", Key="parts", UploadId=upload, PartNumber=1, Body=body)["ETag"]
    server.kill()
    server = Server(str(tmp_path))
    try:
        s3 = server.client()
        assert s3.get_object(Bucket="bucket", Key="key")["Body"].read() == body
        s3.complete_multipart_upload(
            Bucket="bucket", Key="parts", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part}]}
        )
        assert s3.get_object(Bucket="bucket", Key="parts")["Body"].read() == body
    finally:
        server.stop()


def test_each_signed_chunk_of_a_stream_is_checked():
    """What older SDKs send: chunks that carry a signature each, which covers the one before."""
    server = Server(secret=True)
    try:
        server.client().create_bucket(Bucket="streams")
        assert put_in_signed_chunks(server, [b"a" * 65_536, b"the end"]) == (200, "")
        assert server.client().get_object(Bucket="streams", Key="k")["Body"].read() == b"a" * 65_536 + b"the end"
        status, answer = put_in_signed_chunks(server, [b"b" * 65_536, b"the end"], forge=1)
        assert status == 403 and "<Code>SignatureDoesNotMatch</Code>" in answer
        assert server.client().get_object(Bucket="streams", Key="k")["Body"].read()[:1] == b"a"
    finally:
        server.stop()


class StreamSigner(botocore.auth.S3SigV4Auth):
    def payload(self, request):
        return "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"


def put_in_signed_chunks(server, chunks, forge=None):
    """Signs as the S3 API reference says in "Transferring Payload in Multiple Chunks"; `forge` is the chunk whose data are not what was signed."""
    signer = StreamSigner(botocore.credentials.Credentials(ACCESS_KEY, SECRET_KEY), "s3", "us-east-1")
    length = sum(map(len, chunks))
    headers = {"x-amz-decoded-content-length": str(length), "content-encoding": "aws-chunked"}
    request = botocore.awsrequest.AWSRequest("PUT", f"{server.url}/streams/k", headers)
    signer.add_auth(request)
    previous = request.headers["Authorization"].rsplit("Signature=", 1)[1]
    date = request.headers["X-Amz-Date"]
    empty, body = hashlib.sha256(b"").hexdigest(), b""
    for number, chunk in enumerate([*chunks, b""]):
        what = "\n".join(["AWS4-HMAC-SHA256-PAYLOAD", date, signer.credential_scope(request), previous, empty, hashlib.sha256(chunk).hexdigest()])
        previous = signer.signature(what, request)
        sent = chunk.upper() if number == forge else chunk
        body += f"{len(sent):x};chunk-signature={previous}\r\n".encode() + sent + b"\r\n"
    try:
        with urllib.request.urlopen(urllib.request.Request(request.url, body, dict(request.headers.items()), method="PUT"), timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
