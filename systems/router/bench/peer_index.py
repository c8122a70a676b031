"""Builds another router's index of an extract, as its own documentation says to.

Usage: python peer_index.py osrm-ch EXTRACT.osm.pbf FOLDER      -> FOLDER/city.osrm.*
       python peer_index.py valhalla EXTRACT.osm.pbf FOLDER     -> FOLDER/valhalla.json and tiles

Runs with the Python that has the packages of requirements-peers.txt. What the tools print goes to FOLDER/build.log.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path


def osrm_ch(extract: Path, folder: Path, log) -> None:
    import osrm

    profile = Path(osrm.__file__).parent / "share" / "profiles" / "bicycle.lua"
    # OSRM writes beside what it reads.
    city = folder / "city.osm.pbf"
    city.symlink_to(extract.resolve())
    for step in (["extract", "-p", profile, city], ["contract", folder / "city.osrm"]):
        subprocess.run([sys.executable, "-m", "osrm", *step], stdout=log, stderr=log, check=True)
    # The name alone is asked for when it is opened; the extract itself is not part of the index.
    city.unlink()


def valhalla(extract: Path, folder: Path, log) -> None:
    import valhalla
    from valhalla.config import get_config

    tiles = folder / "tiles"
    tiles.mkdir()
    config = get_config(tile_extract="", tile_dir=str(tiles))
    silence(config)
    (folder / "valhalla.json").write_text(json.dumps(config))
    program = Path(valhalla.__file__).parent / "bin" / "valhalla_build_tiles"
    subprocess.run([program, "-c", folder / "valhalla.json", extract], stdout=log, stderr=log, check=True)


def silence(config: dict) -> None:
    """Logging to stdout would break the pipe, and cost time."""
    for name, value in config.items():
        if isinstance(value, dict):
            if name == "logging":
                value["type"] = ""
            silence(value)


BUILDERS = {"osrm-ch": osrm_ch, "valhalla": valhalla}


def main() -> None:
    if len(sys.argv) != 4 or sys.argv[1] not in BUILDERS:
        raise SystemExit(__doc__)
    extract, folder = Path(sys.argv[2]), Path(sys.argv[3])
    # Half an index of a build that was interrupted is of no use.
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with open(folder / "build.log", "wb") as log:
        try:
            BUILDERS[sys.argv[1]](extract, folder, log)
        except subprocess.CalledProcessError as error:
            raise SystemExit(f"{sys.argv[1]}: {error}; what it said is in {log.name}") from None


if __name__ == "__main__":
    main()
