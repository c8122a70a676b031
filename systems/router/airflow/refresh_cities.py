"""An Airflow DAG that refreshes the router's cities: fetch the extract and the crashes, build, check, publish.

Needs `router-build` on the worker's PATH and, in the folder of the Airflow variable `router_cities`, one `NAME.toml` for each city as in `systems/router/cities`.
Functions pick a new city file up by themselves when its ETag in S3 changes; the file is published whole or not at all.

Params of a city are looked up in `SOURCES`: what to download, and under which name its TOML expects it.
"""

from __future__ import annotations

import shutil
import subprocess
import urllib.request
from datetime import datetime, timedelta
from pathlib import Path

from airflow.decorators import dag, task
from airflow.models import Variable

SOURCES: dict[str, dict[str, str]] = {
    "chicago": {
        "chicago.osm.pbf": "https://download.bbbike.org/osm/bbbike/Chicago/Chicago.osm.pbf",
        "Traffic_Crashes.csv": "https://data.cityofchicago.org/api/views/85ca-t3if/rows.csv?accessType=DOWNLOAD",
    },
}
DOWNLOAD_TIMEOUT_S = 600
BUILD_TIMEOUT_S = 3600


def folder() -> Path:
    return Path(Variable.get("router_cities"))


def download(url: str, target: Path) -> None:
    """Fetches a file, whole or not at all."""
    partial = target.with_name(target.name + ".partial")
    with urllib.request.urlopen(url, timeout=DOWNLOAD_TIMEOUT_S) as answer, partial.open("wb") as file:
        shutil.copyfileobj(answer, file)
    partial.replace(target)


@dag(
    schedule="@weekly",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    default_args={"retries": 2, "retry_delay": timedelta(minutes=10)},
    tags=["ferry", "router"],
)
def refresh_cities() -> None:
    @task
    def fetch(city: str) -> str:
        for name, url in SOURCES[city].items():
            download(url, folder() / name)
        return city

    @task
    def build(city: str) -> str:
        """Builds the city file; its counts, as JSON, are the task's log."""
        output = folder() / f"{city}.city.new"
        command = ["router-build", "city", str(folder() / f"{city}.toml"), "--output", str(output), "--json"]
        subprocess.run(command, check=True, timeout=BUILD_TIMEOUT_S)
        return str(output)

    @task
    def check(output: str) -> str:
        """`info` reads every byte of the file and fails on a damaged one."""
        subprocess.run(["router-build", "info", output], check=True, timeout=BUILD_TIMEOUT_S, stdout=subprocess.DEVNULL)
        return output

    @task
    def publish(output: str) -> None:
        bucket = Variable.get("router_s3", default_var=None)
        final = Path(output).with_suffix("")
        Path(output).replace(final)
        if bucket:
            subprocess.run(["aws", "s3", "cp", str(final), f"{bucket.rstrip('/')}/{final.name}"], check=True, timeout=BUILD_TIMEOUT_S)

    for city in SOURCES:
        publish(check(build(fetch(city))))


refresh_cities()
