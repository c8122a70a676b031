"""One host for all end-to-end tests: `ferry up` on free ports, reached only through its public doors."""

import json
import os
import pathlib
import re
import signal
import subprocess
import urllib.error
import urllib.request

import boto3
import botocore.config
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FERRY = ROOT / "target/release/ferry"


class Host:
    """A running `ferry up` and the addresses it printed."""

    def __init__(self, templates, *options, environment=None):
        command = [FERRY, "up", "--port", "0", "--api-port", "0", "--aws-port", "0", *options]
        for template in templates:
            command += ["-t", template]
        self.process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, **(environment or {})}
        )
        self.urls = {}
        self.lines = []
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if found := re.match(r"\s*(.+?)\s+((?:http|ws)://127\.0\.0\.1:\d+)", line):
                self.urls[found[1]] = found[2]
            if "Ready" in line:
                break
        else:
            raise RuntimeError(f"ferry up ended: {self.process.wait()}")
        self.endpoint = self.urls["Lambda API"]

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(20)
        finally:
            self.process.kill()

    def client(self):
        config = botocore.config.Config(retries={"total_max_attempts": 1}, max_pool_connections=100)
        return boto3.client(
            "lambda",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=config,
        )


@pytest.fixture(scope="session")
def host():
    host = Host(["tests/functions/template.yaml"])
    yield host
    assert host.stop() == 0, "ferry up did not end cleanly"


@pytest.fixture
def client(host):
    return host.client()


def http(method, url, body=None, headers=()):
    """Status, headers (lower case, repeated ones as a list) and body of one plain HTTP request."""
    request = urllib.request.Request(url, data=body, method=method, headers=dict(headers))
    try:
        reply = urllib.request.urlopen(request, timeout=30)
    except urllib.error.HTTPError as refused:
        reply = refused
    with reply:
        return reply.status, {name.lower(): value for name, value in reply.headers.items()}, reply.read()


def payload_of(answer):
    return json.loads(answer["Payload"].read())
