"""The router with its cities in S3: moto as the store, and a proxy before it that can spoil what is sent."""

import http.client
import http.server
import json
import shutil
import subprocess
import threading
import time

import boto3
import pytest
from conftest import ROOT, Host, http as request
from moto.server import ThreadedMotoServer

EXTRACT = ROOT / "systems/router/city/helsinki.osm.pbf"
RELEASE = ROOT / "target/release"
BUCKET = "maps"
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Router:
    Type: AWS::Serverless::Function
    Metadata: {{ SkipBuild: true, Ferry: {{ Network: host }} }}
    Properties:
      CodeUri: code
      Handler: bootstrap
      Runtime: provided.al2023
      MemorySize: 512
      Timeout: 20
      FunctionUrlConfig: {{ AuthType: NONE }}
      Environment:
        Variables:
          ROUTER_S3: s3://{bucket}/bike/
          ROUTER_S3_REFRESH_S: 1
          ROUTER_API_KEY: {key}
          AWS_ENDPOINT_URL_S3: {endpoint}
"""
PATIENCE_S = 60


class Spoiler(http.server.ThreadingHTTPServer):
    """Passes requests on to S3. `spoil` sees each ranged GET before it is passed on; what it returns is cut off the body."""

    daemon_threads = True

    def __init__(self, store):
        super().__init__(("127.0.0.1", 0), Passing)
        self.store = store
        self.reads = []
        self.spoil = lambda path: 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class Passing(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        cut = 0
        if "range" in self.headers:
            assert "if-match" in self.headers
            self.server.reads.append((self.path.partition("?")[0], self.headers["range"], self.headers["if-match"]))
            cut = self.server.spoil(self.path)
        store = http.client.HTTPConnection(*self.server.store)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
        store.request("GET", self.path, headers=headers)
        answer = store.getresponse()
        body = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "server", "date", "content-length", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) - cut])
        if cut:
            self.close_connection = True

    def log_message(self, *_):
        pass


def city(folder, name):
    """A city file of that name."""
    path = folder / f"{name}.city"
    command = [RELEASE / "router-build", "graph", EXTRACT, "--output", path, "--name", name]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return path.read_bytes()


@pytest.fixture(scope="module")
def store():
    if not EXTRACT.is_file():
        pytest.skip("SKIPPED: there is no extract; `make city` fetches one")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    address = server.get_host_and_port()
    credentials = {"aws_access_key_id": "local", "aws_secret_access_key": "local", "region_name": "us-east-1"}
    client = boto3.client("s3", endpoint_url="http://{}:{}".format(*address), **credentials)
    client.create_bucket(Bucket=BUCKET)
    yield client, address
    server.stop()


@pytest.fixture
def spoiler(store):
    client, address = store
    for object in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=object["Key"])
    server = Spoiler(address)
    yield server
    server.shutdown()


@pytest.fixture
def start(tmp_path, spoiler):
    """Starts a host whose router reads through the spoiler."""
    hosts = []

    def run():
        (tmp_path / "code").mkdir()
        shutil.copy(RELEASE / "router", tmp_path / "code/bootstrap")
        (tmp_path / "template.yaml").write_text(TEMPLATE.format(bucket=BUCKET, endpoint=spoiler.url, key="k1"))
        hosts.append(Host([tmp_path / "template.yaml"], "--state-dir", tmp_path / "state"))
        return hosts[0]

    yield run
    for host in hosts:
        assert host.stop() == 0


def put(store, name, data):
    return store[0].put_object(Bucket=BUCKET, Key=f"bike/{name}.city", Body=data)["ETag"]


def names(host):
    status, _, body = request("GET", host.urls["Router"] + "/cities", headers={"x-api-key": "k1"})
    return [city["name"] for city in json.loads(body)["cities"]] if status == 200 else status


def wait_for(host, wanted):
    """Asks until the cities are as wanted. The router looks only while it answers, so asking is what moves it."""
    deadline = time.monotonic() + PATIENCE_S
    while (found := names(host)) != wanted:
        assert time.monotonic() < deadline, f"{found}, not {wanted}"
        assert isinstance(found, list), "the cities that are open answer meanwhile"
        time.sleep(0.2)


def test_cities_come_from_the_bucket_and_changes_are_picked_up(store, spoiler, start, tmp_path):
    north = city(tmp_path, "north")
    etag = put(store, "a", north)
    store[0].put_object(Bucket=BUCKET, Key="bike/readme.txt", Body=b"not a city")
    store[0].put_object(Bucket=BUCKET, Key="other/x.city", Body=b"not below the prefix")
    host = start()
    assert names(host) == ["north"]
    assert {match for _, _, match in spoiler.reads} == {etag} and {path for path, _, _ in spoiler.reads} == {f"/{BUCKET}/bike/a.city"}
    reads = len(spoiler.reads)
    time.sleep(1.2)
    assert names(host) == ["north"] and len(spoiler.reads) == reads, "what is there is not fetched again"
    # Another version, then another city, then one less.
    put(store, "a", city(tmp_path, "south"))
    wait_for(host, ["south"])
    put(store, "b", north)
    wait_for(host, ["north", "south"])
    store[0].delete_object(Bucket=BUCKET, Key="bike/a.city")
    wait_for(host, ["north"])
    # A damaged file is never used.
    put(store, "b", north[:-100] + bytes(100))
    time.sleep(1.2)
    for _ in range(10):
        assert names(host) == ["north"]
        time.sleep(0.2)
    put(store, "b", city(tmp_path, "west"))
    wait_for(host, ["west"])


def test_a_body_cut_short_is_read_again(store, spoiler, start, tmp_path):
    put(store, "a", city(tmp_path, "north"))
    cuts = [1000, 1000]
    spoiler.spoil = lambda path: cuts.pop() if cuts else 0
    assert names(start()) == ["north"]
    assert cuts == [] and len(spoiler.reads) >= 3


def test_an_object_replaced_while_it_is_read_is_read_anew(store, spoiler, start, tmp_path):
    old, new = put(store, "a", city(tmp_path, "north")), city(tmp_path, "south")
    replaced = []

    def replace(path):
        if not replaced:
            replaced.append(put(store, "a", new))
        return 0

    spoiler.spoil = replace
    assert names(start()) == ["south"]
    assert [match for _, _, match in spoiler.reads][0] == old and spoiler.reads[-1][2] == replaced[0]


def test_without_a_city_the_function_says_what_is_missing(store, spoiler, start):
    host = start()
    answer = host.client().invoke(FunctionName="Router", Payload=b"{}", LogType="Tail")
    assert "FunctionError" in answer


def test_the_key_is_needed(store, spoiler, start, tmp_path):
    put(store, "a", city(tmp_path, "north"))
    url = start().urls["Router"]
    statuses = [request("GET", url + "/cities", headers=headers)[0] for headers in ({}, {"x-api-key": "k2"}, {"x-api-key": "k1"})]
    assert statuses == [401, 403, 200]
    assert request("GET", url + "/ping")[0] == 200
