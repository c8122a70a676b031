"""A city small enough to reason about, made as the real one is: from the builder's export."""

import os
import sys
import tempfile
from pathlib import Path

import orjson
import pytest

PYTHON = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PYTHON))

import build_graph  # noqa: E402

LON, LAT = 249_000_000, 601_700_000
# 2 ----- 3      0-1 two-way, named and bent; 1-3 one-way up; 2-3 two-way; 2-0 one-way down
# |       |      0-3 twice: a dear and a cheap parallel street
# 0 ----- 1
NODES = [(0, 0), (40, 0), (0, 20), (40, 20)]


def point(x: int, y: int) -> list[int]:
    return [LON + x * 1000, LAT + y * 1000]


def export() -> list[bytes]:
    arcs = iter(range(100))

    def street(number, tail, head, length_mm, cost, both=True, name=None, bend=()):
        def way(start, end):
            parts = {"physical": cost // 5, "crash": -3, "intersection": 2, "highway": "residential", "infra_type": "none"}
            return {"to": end, "cost": cost, "arcs": [[next(arcs), start, 0]]} | parts

        line = [point(*NODES[tail]), *(point(*place) for place in bend), point(*NODES[head])]
        forward, backward = way(tail, head), way(head, tail) if both else None
        record = {"segment": number, "tail": tail, "head": head, "length_mm": length_mm, "name": name}
        return record | {"line": line, "forward": forward, "backward": backward}

    head = {"version": 2, "states": 4, "segments": 6, "lon_scale": 0.4975, "min_cost_per_unit": 5.0}
    nodes = [{"state": number, "node": number, "point": point(*place), "turns": False} for number, place in enumerate(NODES)]
    streets = [
        street(0, 0, 1, 221_000, 221_000, name="Long Street", bend=[(20, -1)]),
        street(1, 1, 3, 222_000, 222_000, both=False),
        street(2, 2, 3, 221_000, 221_000),
        street(3, 2, 0, 222_000, 222_000, both=False),
        street(4, 0, 3, 314_000, 990_000),
        street(5, 0, 3, 314_000, 314_000),
    ]
    return [orjson.dumps(record) for record in (head, *nodes, *streets)]


@pytest.fixture(scope="session")
def app():
    """The function's module, with the small city loaded as at INIT."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "city.pickle.gz")
        build_graph.build(export()).save(path)
        os.environ["ROUTER_GRAPH"] = path
        import app as module

        return module


@pytest.fixture
def city(app):
    return app.CITY
