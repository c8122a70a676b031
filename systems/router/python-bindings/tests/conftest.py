"""The committed city of the repository, as `make` builds it."""

import json
import os
import pathlib

import pytest

import ferry_router

ROUTER = pathlib.Path(__file__).resolve().parents[2]
CITY = ROUTER / "city/rust/city.graph"


@pytest.fixture(scope="session")
def path() -> pathlib.Path:
    assert CITY.is_file(), f"{CITY} is missing: make -C {ROUTER}"
    return CITY


@pytest.fixture(scope="session")
def city(path) -> ferry_router.City:
    return ferry_router.City.load(path)


@pytest.fixture(scope="session")
def trips() -> list:
    """Origin and destination of the committed events."""
    bodies = [json.loads(json.loads(event.read_text())["body"]) for event in sorted((ROUTER / "events").glob("route-[0-9]*.json"))]
    assert len(bodies) == 50
    return [(tuple(body["origin"]), tuple(body["destination"])) for body in bodies]


@pytest.fixture(scope="session")
def router_build() -> pathlib.Path:
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROUTER.parents[1] / "target"))
    return target / "release/router-build"
