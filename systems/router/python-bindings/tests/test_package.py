"""The stubs say what the module is, the example runs, and both pass the type checker."""

import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parents[1]


def run(*command, cwd=HERE):
    done = subprocess.run([sys.executable, *map(str, command)], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_stubs_are_the_module(tmp_path):
    # Compares names, signatures, defaults and kinds with the imported module.
    run("-m", "mypy.stubtest", "ferry_router", cwd=tmp_path)


def test_types_hold(tmp_path):
    run("-m", "mypy", "--strict", "--cache-dir", tmp_path, "--ignore-missing-imports", HERE / "examples/tune_weight.py", cwd=tmp_path)
    run("-m", "mypy", "--strict", "--cache-dir", tmp_path, "-p", "ferry_router", cwd=tmp_path)


def test_the_example_runs(path, tmp_path):
    try:
        import matplotlib  # noqa: F401

        plot = ["--plot", tmp_path / "tune_weight.svg"]
    except ImportError:
        plot = []
    output = run(HERE / "examples/tune_weight.py", path, "--trips", "20", *plot)
    rows = [line.split() for line in output.splitlines()[2:7]]
    assert [row[0] for row in rows] == ["100", "145", "200", "300", "500"]
    shares = [float(row[-1].rstrip("%")) for row in rows]
    assert shares[0] > shares[-1], output
    if plot:
        assert (tmp_path / "tune_weight.svg").read_text().startswith("<?xml")
