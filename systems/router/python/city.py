"""The city: a street graph in NetworkX and a KD-tree to find streets by place.

It ships as one gzipped pickle, made by ``build_graph.py`` from the builder's export, and is loaded when the function starts.
"""

import gc
import gzip
import math
import pickle
from dataclasses import dataclass

import networkx as nx
import numpy as np
from scipy.spatial import cKDTree

EARTH_RADIUS_M = 6_371_008.8
UNITS_PER_DEGREE = 1e7
RADIANS_PER_UNIT = math.pi / 180.0 / UNITS_PER_DEGREE
# One unit (1e-7 degree) of latitude, in metres.
METRES_PER_UNIT = EARTH_RADIUS_M * RADIANS_PER_UNIT
COSINE_STEPS = 1_048_576.0


@dataclass(slots=True)
class Way:
    """One direction of a street: what riding all of it costs, in parts, and where it leads."""

    segment: "Segment"
    forward: bool
    # State of the rider at its end.
    to: int
    cost: int
    physical: int
    crash: int
    intersection: int
    highway: str
    infra_type: str
    # (state it is entered from, cost of the turn into it)
    entries: tuple[tuple[int, int], ...]
    # In riding order.
    coordinates: tuple[tuple[float, float], ...]


@dataclass(slots=True)
class Segment:
    """A street between two junctions. Points are (lon, lat) in 1e-7 degree, from tail to head."""

    id: int
    tail: int
    head: int
    length_mm: int
    name: str | None
    line: tuple[tuple[int, int], ...]
    # None where it is closed.
    forward: Way | None = None
    backward: Way | None = None


@dataclass(slots=True)
class City:
    """``graph`` is a MultiDiGraph of *states*: junctions, told apart by how one came to them where turns cost something or are forbidden.
    An edge's key is its arc id, its data ``weight`` (way and turn), ``turn`` and ``way``. ``places`` are the states on the heuristic's flat map, ``states`` those of each junction,
    ``turns`` the junctions that have any. ``tree`` holds points along all streets, ``tree_segments`` the segment of each."""

    graph: nx.MultiDiGraph
    states: dict[int, list[int]]
    turns: set[int]
    places: list[tuple[float, float]]
    segments: list[Segment]
    tree: cKDTree
    tree_segments: np.ndarray
    sample_spacing_m: float
    lon_scale: float
    min_cost_per_unit: float

    @staticmethod
    def load(path: str) -> "City":
        # Millions of objects, none of them garbage: looking for cycles meanwhile, and ever after, would cost seconds.
        gc.disable()
        try:
            with gzip.open(path, "rb") as file:
                return pickle.load(file)
        finally:
            gc.freeze()
            gc.enable()

    def save(self, path: str) -> None:
        with gzip.open(path, "wb", compresslevel=6) as file:
            pickle.dump(self, file, protocol=pickle.HIGHEST_PROTOCOL)


def lon_scale_at(lat_e7: int) -> float:
    """Cosine of a latitude, rounded to 2^-20 so that it is the same on every machine."""
    return math.floor(math.cos(lat_e7 * RADIANS_PER_UNIT) * COSINE_STEPS + 0.5) / COSINE_STEPS


def on_sphere(lon_e7, lat_e7):
    """Places as points of space, in metres: straight distance there is all but distance on the ground, at any latitude."""
    lon, lat = np.asarray(lon_e7) * RADIANS_PER_UNIT, np.asarray(lat_e7) * RADIANS_PER_UNIT
    return EARTH_RADIUS_M * np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)
