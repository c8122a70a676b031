"""The route of least stress: A* over the NetworkX graph, from a place on a street to another."""

import math
from dataclasses import dataclass
from itertools import pairwise

import networkx as nx

from city import UNITS_PER_DEGREE, City, Way
from snapping import Snap

# Nodes of the graph that stand for the two places while a route is searched.
ORIGIN, DESTINATION = -1, -2


class NoRoute(Exception):
    """No way leads from one place to the other."""


@dataclass(slots=True)
class Leg:
    """A ridden street, or part of one: what the answer says of it."""

    length_mm: int
    cost: int
    way: Way
    components: dict[str, int]
    coordinates: tuple


def route(city: City, origin: Snap, destination: Snap) -> list[Leg]:
    """The legs ridden, none when both places are the same point of the network."""
    if same_place(origin, destination):
        return []
    graph = city.graph
    graph.add_nodes_from((ORIGIN, DESTINATION))
    try:
        depart(city, origin)
        arrive(city, destination)
        connect(city, origin, destination)
        path = nx.astar_path(graph, ORIGIN, DESTINATION, estimate(city, destination), lightest)
        # Parallel edges: the lightest, and of equals the first.
        edges = (min(graph[u][v].values(), key=lambda edge: edge["weight"]) for u, v in pairwise(path))
        return [leg for edge in edges if (leg := leg_of(edge)) is not None]
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
            slack = max(slack, per_unit * sqrt(dx * dx + dy * dy) - edge["weight"])

    def lower_bound(node: int, _target: int) -> int:
        if node < 0:
            return 0
        node_x, node_y = places[node]
        dx, dy = node_x - x, node_y - y
        cost = per_unit * sqrt(dx * dx + dy * dy) - slack
        return int(cost) if cost > 0.0 else 0

    return lower_bound


def junction_of(snap: Snap) -> int | None:
    """The junction where a place is, if it is exactly at one."""
    if snap.offset_mm == 0:
        return snap.segment.tail
    return snap.segment.head if snap.offset_mm == snap.segment.length_mm else None


def same_place(a: Snap, b: Snap) -> bool:
    if a.segment is b.segment and a.offset_mm == b.offset_mm:
        return True
    return junction_of(a) is not None and junction_of(a) == junction_of(b)


def depart(city: City, snap: Snap) -> None:
    """Edges from the origin. Who departs at a junction has come by no way: that is the junction's only state, or the end of any way
    that leaves it."""
    graph, junction = city.graph, junction_of(snap)
    if junction is None:
        for way in (snap.segment.forward, snap.segment.backward):
            if way is not None:
                graph.add_edge(ORIGIN, way.to, **part(way, snap, None))
    elif junction not in city.turns:
        for state in city.states.get(junction, ()):
            graph.add_edge(ORIGIN, state, weight=0)
    else:
        leaving = {id(edge["way"]): edge["way"] for state in city.states[junction] for _, _, edge in graph.out_edges(state, data=True) if "way" in edge}
        for way in leaving.values():
            graph.add_edge(ORIGIN, way.to, **part(way, None, None))


def arrive(city: City, snap: Snap) -> None:
    """Edges to the destination. Every state of a junction has arrived there."""
    graph, junction = city.graph, junction_of(snap)
    if junction is not None:
        for state in city.states.get(junction, ()):
            graph.add_edge(state, DESTINATION, weight=0)
        return
    for way in (snap.segment.forward, snap.segment.backward):
        if way is not None:
            for state, turn in way.entries:
                graph.add_edge(state, DESTINATION, **part(way, None, snap, turn))


def connect(city: City, origin: Snap, destination: Snap) -> None:
    """Edges that pass no state: along one street, or into a street from the junction where it begins, without a turn."""
    segment = destination.segment
    start, end = junction_of(origin), junction_of(destination)
    if start is None and origin.segment is segment:
        way = segment.forward if origin.offset_mm < destination.offset_mm else segment.backward
        if way is not None:
            city.graph.add_edge(ORIGIN, DESTINATION, **part(way, origin, destination))
    elif start is not None and end is None:
        for way, junction in ((segment.forward, segment.tail), (segment.backward, segment.head)):
            if way is not None and junction == start:
                city.graph.add_edge(ORIGIN, DESTINATION, **part(way, None, destination))


def part(way: Way, start: Snap | None, end: Snap | None, turn: int = 0) -> dict:
    """The data of an edge for part of a way: from a place or its beginning, to a place or its end. The cost is rounded up."""
    whole = way.segment.length_mm
    first, last = (0, whole) if way.forward else (whole, 0)
    from_mm = first if start is None else start.offset_mm
    to_mm = last if end is None else end.offset_mm
    length_mm = abs(to_mm - from_mm)
    cost = -(-way.cost * length_mm // whole)
    return {"weight": cost + turn, "turn": turn, "part": way, "length_mm": length_mm, "start": start, "end": end}


def leg_of(edge: dict) -> Leg | None:
    """What is ridden on an edge; None on one that only joins a place to the junction where it lies."""
    if way := edge.get("way"):
        length_mm = way.segment.length_mm
        return Leg(length_mm, edge["weight"], way, components(way, length_mm, edge), way.coordinates)
    if way := edge.get("part"):
        return Leg(edge["length_mm"], edge["weight"], way, components(way, edge["length_mm"], edge), clip(way, edge["start"], edge["end"]))
    return None


def components(way: Way, length_mm: int, edge: dict) -> dict[str, int]:
    """What the cost of (part of) a way is made of: each part rounded toward zero, effort what remains. The turn is the intersection's."""

    def share(cost: int) -> int:
        part = abs(cost) * length_mm // way.segment.length_mm
        return part if cost >= 0 else -part

    physical, crash, intersection = share(way.physical), share(way.crash), share(way.intersection)
    effort = edge["weight"] - edge["turn"] - physical - crash - intersection
    return {"effort": effort, "physical": physical, "crash": crash, "intersection": intersection + edge["turn"]}


def clip(way: Way, start: Snap | None, end: Snap | None) -> tuple:
    """The line of part of a way, in riding order: two points or more, none twice running unless it is shorter than a point's resolution."""
    line = way.segment.line
    low, high = (start, end) if way.forward else (end, start)
    head, first = (line[0], 1) if low is None or low.offset_mm == 0 else (low.point, low.piece + 1)
    at_end = high is None or high.offset_mm == high.segment.length_mm
    tail, last = (line[-1], len(line) - 1) if at_end else (high.point, high.piece + 1)
    points = [head]
    for point in (*line[first:last], tail):
        if point != points[-1]:
            points.append(point)
    if len(points) == 1:
        points.append(points[0])
    if not way.forward:
        points.reverse()
    return tuple((lon / UNITS_PER_DEGREE, lat / UNITS_PER_DEGREE) for lon, lat in points)
