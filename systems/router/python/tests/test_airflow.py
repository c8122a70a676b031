"""The example DAG, without Airflow: its syntax, and its tasks against stand-ins for Airflow's two modules."""

import ast
import importlib.util
import subprocess
import sys
import types
from pathlib import Path

import pytest

DAG = Path(__file__).parents[2] / "airflow" / "refresh_cities.py"


def test_it_is_python():
    tree = ast.parse(DAG.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Imports the DAG with Airflow's decorators replaced by plain calls, and says which commands it ran."""
    commands: list[list[str]] = []

    def fake_run(command, **options):
        assert options["check"] and options["timeout"] > 0
        commands.append(command)
        if "--output" in command:
            Path(command[command.index("--output") + 1]).write_bytes(b"city")

    def retrieve(url, timeout):
        assert timeout > 0
        return (tmp_path / "source").open("rb")

    variables = {"router_cities": str(tmp_path), "router_s3": "s3://bucket/cities/"}
    decorators = types.ModuleType("airflow.decorators")
    decorators.dag = lambda **_: lambda function: function
    decorators.task = lambda function: function
    models = types.ModuleType("airflow.models")
    models.Variable = types.SimpleNamespace(get=lambda name, default_var=None: variables.get(name, default_var))
    for name, module in {"airflow": types.ModuleType("airflow"), "airflow.decorators": decorators, "airflow.models": models}.items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(subprocess, "run", fake_run)
    monkeypatch.setattr("urllib.request.urlopen", retrieve)
    (tmp_path / "source").write_bytes(b"data")
    spec = importlib.util.spec_from_file_location("refresh_cities", DAG)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    return commands, tmp_path


def test_it_fetches_builds_checks_and_publishes(run):
    commands, folder = run
    assert [command[:2] for command in commands] == [["router-build", "city"], ["router-build", "info"], ["aws", "s3"]]
    assert (folder / "chicago.osm.pbf").read_bytes() == b"data" and not list(folder.glob("*.partial"))
    assert (folder / "chicago.city").read_bytes() == b"city" and not (folder / "chicago.city.new").exists()
    assert commands[2][-1] == "s3://bucket/cities/chicago.city"
