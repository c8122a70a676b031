"""The local services alone, without functions: the server that the tests of S3, DynamoDB and SQS talk to."""

import pathlib
import subprocess

# `cargo build --examples` makes it.
PROGRAM = pathlib.Path(__file__).resolve().parents[2] / "target/release/examples/local-aws"


class LocalAws:
    """A process on a free port. Arguments are those behind the port: the data folder, and a key with its secret."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen([PROGRAM, "0", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        assert self.url.startswith("http://127.0.0.1:"), f"no URL: {self.process.poll()}"

    def stop(self):
        self.process.stdin.close()
        assert self.process.wait(20) == 0

    def kill(self):
        self.process.kill()
        self.process.wait(20)
