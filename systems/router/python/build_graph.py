"""Makes the city file of the Python router from ``router-build graph --export``: the same nodes, costs and lines.

Usage: python build_graph.py EXPORT.ndjson CITY.pickle.gz
"""

import sys
from pathlib import Path

import networkx as nx
import numpy as np
import orjson
from scipy.spatial import cKDTree

from city import METRES_PER_UNIT, UNITS_PER_DEGREE, City, Segment, Way, lon_scale_at, on_sphere

EXPORT_VERSION = 2
# Streets are put into the KD-tree as points this far apart.
SAMPLE_SPACING_M = 50.0


def build(lines) -> City:
    lines = iter(lines)
    head = orjson.loads(next(lines))
    if head["version"] != EXPORT_VERSION:
        raise SystemExit(f"the export is of version {head['version']}, not {EXPORT_VERSION}: export it again")
    graph = nx.MultiDiGraph()
    states: dict[int, list[int]] = {}
    turns: set[int] = set()
    places: list[tuple[float, float]] = []
    segments: list[Segment] = []
    interned: dict[str, str] = {}
    for text in lines:
        record = orjson.loads(text)
        if "state" in record:
            lon_e7, lat_e7 = record["point"]
            places.append((lon_e7 * head["lon_scale"], float(lat_e7)))
            graph.add_node(record["state"])
            states.setdefault(record["node"], []).append(record["state"])
            if record["turns"]:
                turns.add(record["node"])
        else:
            segments.append(add_segment(graph, record, interned))
    if (graph.number_of_nodes(), len(segments)) != (head["states"], head["segments"]):
        raise SystemExit("the export was cut short: export it again")
    tree, tree_segments = index(segments)
    scale, slope = head["lon_scale"], head["min_cost_per_unit"]
    return City(graph, states, turns, places, segments, tree, tree_segments, SAMPLE_SPACING_M, scale, slope)


def add_segment(graph: nx.MultiDiGraph, record: dict, interned: dict[str, str]) -> Segment:
    def once(text: str | None) -> str | None:
        return text if text is None else interned.setdefault(text, text)

    line = tuple(map(tuple, record["line"]))
    segment = Segment(record["segment"], record["tail"], record["head"], record["length_mm"], once(record["name"]), line)
    coordinates = tuple((lon / UNITS_PER_DEGREE, lat / UNITS_PER_DEGREE) for lon, lat in line)
    for forward in (True, False):
        part = record["forward" if forward else "backward"]
        if part is None:
            continue
        way = Way(
            segment,
            forward,
            part["to"],
            part["cost"],
            part["physical"],
            part["crash"],
            part["intersection"],
            once(part["highway"]),
            once(part["infra_type"]),
            tuple((state, turn) for _, state, turn in part["arcs"]),
            coordinates if forward else coordinates[::-1],
        )
        for arc, state, turn in part["arcs"]:
            graph.add_edge(state, way.to, key=arc, weight=way.cost + turn, turn=turn, way=way)
        if forward:
            segment.forward = way
        else:
            segment.backward = way
    return segment


def index(segments: list[Segment]) -> tuple[cKDTree, np.ndarray]:
    """A tree of places along every segment, its ends included, none farther than the spacing from the next."""
    points, owners = [], []
    for segment in segments:
        line = np.array(segment.line, dtype=float)
        scale = np.array([lon_scale_at(segment.line[0][1]), 1.0])
        along = np.concatenate([[0.0], np.cumsum(np.hypot(*(np.diff(line, axis=0) * scale).T))])
        count = int(along[-1] * METRES_PER_UNIT / (SAMPLE_SPACING_M * 0.99)) + 2
        wanted = np.linspace(0.0, along[-1], count)
        points.append(np.stack([np.interp(wanted, along, line[:, 0]), np.interp(wanted, along, line[:, 1])], axis=-1))
        owners.append(np.full(count, segment.id, dtype=np.int32))
    places = np.concatenate(points)
    return cKDTree(on_sphere(places[:, 0], places[:, 1])), np.concatenate(owners)


def main() -> None:
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    with source.open("rb") as file:
        city = build(file)
    partial = target.with_name(target.name + ".partial")
    city.save(str(partial))
    partial.replace(target)
    print(f"{city.graph.number_of_nodes()} nodes, {city.graph.number_of_edges()} edges, {target.stat().st_size} bytes: {target}")


if __name__ == "__main__":
    main()
