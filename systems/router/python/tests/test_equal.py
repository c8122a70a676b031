"""The same questions to both routers: answers must be equal, byte for byte.

Needs what `make` in systems/router builds: the city (city/) and router-build. Says that it skipped where they are not there.
`ROUTER_EVENTS` names other events than the committed ones (those of another CITY are in city/events), `ROUTER_BUILD` another binary.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SYSTEM = Path(__file__).resolve().parents[2]
CITY = SYSTEM / "city"
BUILD = Path(os.environ.get("ROUTER_BUILD", SYSTEM / "../../target/release/router-build"))
OTHER_EXTRACT = "helsinki" not in (CITY / "extract.txt").read_text() if (CITY / "extract.txt").is_file() else False
EVENTS = Path(os.environ.get("ROUTER_EVENTS", CITY / "events" if OTHER_EXTRACT else SYSTEM / "events"))

# In a process of its own: this one has loaded the small city.
ANSWER = """
import json, sys
import app
for line in sys.stdin:
    print(json.dumps(app.handler(json.loads(line), None)))
"""


def answers(command, events, **environment):
    run = subprocess.run(
        command,
        input="\n".join(map(json.dumps, events)),
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | environment,
        cwd=SYSTEM / "python",
    )
    return [json.loads(line) for line in run.stdout.splitlines()]


def test_every_answer_is_equal():
    graph, pickle = CITY / "rust/city.graph", CITY / "python/city.pickle.gz"
    for needed in (graph, pickle, BUILD):
        if not needed.exists():
            pytest.skip(f"SKIPPED: {needed} is not there; run `make` in systems/router")
    files = sorted(EVENTS.glob("*.json"))
    events = [json.loads(file.read_text()) for file in files]
    assert len([file for file in files if file.name.startswith("route-")]) >= 50
    rust = answers([str(BUILD), "route", str(graph)], events)
    python = answers([sys.executable, "-c", ANSWER], events, ROUTER_GRAPH=str(pickle))
    assert len(rust) == len(python) == len(events)
    for file, ours, theirs in zip(files, rust, python):
        assert ours == theirs, file.name
