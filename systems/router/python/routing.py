"""The route of least stress: A* over the NetworkX graph, from a place on a street to another."""

import math
from dataclasses import dataclass
from itertools import pairwise

import networkx as nx

from city import UNITS_PER_DEGREE, City
from snapping import Snap

TIE_BITS = 16
# Nodes of the graph that stand for the two places while a route is searched.
ORIGIN, DESTINATION = -1, -2


class NoRoute(Exception):
    """No way leads from one place to the other."""


@dataclass(slots=True)
class Leg:
    """A ridden segment, or part of one: what the answer says of it."""

    length_mm: int
    cost: int
    edge: dict
    coordinates: tuple


def route(city: City, origin: Snap, destination: Snap) -> list[Leg]:
    """The legs ridden, none when both places are the same point of the network."""
    graph = city.graph
    graph.add_nodes_from((ORIGIN, DESTINATION))
    try:
        depart(graph, origin)
        arrive(graph, destination)
        connect(graph, origin, destination)
        path = nx.astar_path(graph, ORIGIN, DESTINATION, estimate(city, destination), lightest)
        # Parallel edges: the lightest, and of equals the first.
        edges = (min(graph[u][v].values(), key=lambda edge: edge["weight"]) for u, v in pairwise(path))
        return [leg for edge in edges if (leg := leg_of(city, edge)) is not None]
    except nx.NetworkXNoPath:
        raise NoRoute from None
    finally:
        graph.remove_nodes_from((ORIGIN, DESTINATION))


def lightest(_u, _v, parallel: dict) -> int:
    if len(parallel) == 1:
        for edge in parallel.values():
            return edge["weight"]
    return min(edge["weight"] for edge in parallel.values())


def estimate(city: City, destination: Snap):
    """The heuristic: no edge costs less than ``min_cost_per_unit`` times the distance it covers. ``slack`` makes that a lower bound at the last
    junctions too, from where only part of a segment is ridden."""
    places = city.places
    per_unit, sqrt = city.min_cost_per_unit, math.sqrt
    x, y = destination.point[0] * city.lon_scale, float(destination.point[1])
    slack = 0.0
    for junction, _, edge in city.graph.in_edges(DESTINATION, data=True):
        if junction != ORIGIN:
            dx, dy = places[junction][0] - x, places[junction][1] - y
            slack = max(slack, per_unit * sqrt(dx * dx + dy * dy) - (edge["weight"] >> TIE_BITS))

    def lower_bound(node: int, _target: int) -> int:
        if node < 0:
            return 0
        node_x, node_y = places[node]
        dx, dy = node_x - x, node_y - y
        cost = per_unit * sqrt(dx * dx + dy * dy) - slack
        return int(cost) << TIE_BITS if cost > 0.0 else 0

    return lower_bound


def depart(graph: nx.MultiDiGraph, snap: Snap) -> None:
    """Edges from the origin to the ends of its segment. A place exactly at a junction is that junction."""
    segment, offset = snap.segment, snap.offset_mm
    if offset == segment.length_mm:
        graph.add_edge(ORIGIN, segment.head, weight=0)
    elif arc := arc_of(graph, snap, forward=True):
        graph.add_edge(ORIGIN, segment.head, **part(arc, snap, None))
    if offset == 0:
        graph.add_edge(ORIGIN, segment.tail, weight=0)
    elif arc := arc_of(graph, snap, forward=False):
        graph.add_edge(ORIGIN, segment.tail, **part(arc, snap, None))


def arrive(graph: nx.MultiDiGraph, snap: Snap) -> None:
    """Edges from the ends of the destination's segment to it."""
    segment, offset = snap.segment, snap.offset_mm
    if offset == 0:
        graph.add_edge(segment.tail, DESTINATION, weight=0)
    elif arc := arc_of(graph, snap, forward=True):
        graph.add_edge(segment.tail, DESTINATION, **part(arc, None, snap))
    if offset == segment.length_mm:
        graph.add_edge(segment.head, DESTINATION, weight=0)
    elif arc := arc_of(graph, snap, forward=False):
        graph.add_edge(segment.head, DESTINATION, **part(arc, None, snap))


def connect(graph: nx.MultiDiGraph, origin: Snap, destination: Snap) -> None:
    """The edge between two places on one segment."""
    if origin.segment.id != destination.segment.id:
        return
    if origin.offset_mm == destination.offset_mm:
        graph.add_edge(ORIGIN, DESTINATION, weight=0)
    elif arc := arc_of(graph, origin, forward=origin.offset_mm < destination.offset_mm):
        graph.add_edge(ORIGIN, DESTINATION, **part(arc, origin, destination))


def arc_of(graph: nx.MultiDiGraph, snap: Snap, forward: bool) -> dict | None:
    """The edge of a segment in one direction, unless that is closed."""
    segment = snap.segment
    start, end = (segment.tail, segment.head) if forward else (segment.head, segment.tail)
    parallel = graph.get_edge_data(start, end) or {}
    return next((edge for edge in parallel.values() if edge.get("segment") == segment.id and edge.get("forward") == forward), None)


def part(arc: dict, start: Snap | None, end: Snap | None) -> dict:
    """The data of an edge for part of an arc: from a place or its beginning, to a place or its end. The cost is rounded up."""
    segment = (start or end).segment
    first, last = (0, segment.length_mm) if arc["forward"] else (segment.length_mm, 0)
    from_mm = first if start is None else start.offset_mm
    to_mm = last if end is None else end.offset_mm
    length_mm = abs(to_mm - from_mm)
    cost = -(-arc["cost"] * length_mm // segment.length_mm)
    weight = (cost << TIE_BITS) + arc["tie"]
    return {"weight": weight, "cost": cost, "arc": arc, "length_mm": length_mm, "start": start, "end": end}


def leg_of(city: City, edge: dict) -> Leg | None:
    """What is ridden on an edge; None on one that only joins a place to the junction where it lies."""
    if "coordinates" in edge:
        return Leg(city.segments[edge["segment"]].length_mm, edge["cost"], edge, edge["coordinates"])
    if "arc" in edge:
        return Leg(edge["length_mm"], edge["cost"], edge["arc"], clip(city, edge))
    return None


def clip(city: City, edge: dict) -> tuple:
    """The line of part of an arc, in riding order: two points or more, none twice running unless it is shorter than a point's resolution."""
    arc, start, end = edge["arc"], edge["start"], edge["end"]
    line = city.segments[arc["segment"]].line
    low, high = (start, end) if arc["forward"] else (end, start)
    head, first = (line[0], 1) if low is None or low.offset_mm == 0 else (low.point, low.piece + 1)
    at_end = high is None or high.offset_mm == high.segment.length_mm
    tail, last = (line[-1], len(line) - 1) if at_end else (high.point, high.piece + 1)
    points = [head]
    for point in (*line[first:last], tail):
        if point != points[-1]:
            points.append(point)
    if len(points) == 1:
        points.append(points[0])
    if not arc["forward"]:
        points.reverse()
    return tuple((lon / UNITS_PER_DEGREE, lat / UNITS_PER_DEGREE) for lon, lat in points)
