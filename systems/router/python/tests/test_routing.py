"""Snapping and search on the small city of conftest."""

import networkx as nx
import pytest
from conftest import point

import routing
from snapping import snap


def ride(city, start, end):
    legs = routing.route(city, snap(city, *point(*start)), snap(city, *point(*end)))
    return [(leg.way.segment.id, leg.length_mm) for leg in legs]


def test_part_of_a_segment_and_back(city):
    there, back = ride(city, (5, 0), (15, 0)), ride(city, (15, 0), (5, 0))
    assert there == back
    assert there[0][0] == 0 and 50_000 < there[0][1] < 60_000


def test_against_a_oneway_goes_round(city):
    assert [segment for segment, _ in ride(city, (40, 5), (40, 15))] == [1]
    assert [segment for segment, _ in ride(city, (40, 15), (40, 5))] == [1, 5, 0, 1]


def test_the_cheaper_of_parallel_streets(city):
    assert ride(city, (0, 0), (40, 20)) == [(5, 314_000)]


def test_a_place_at_a_junction_is_the_junction(city):
    assert [segment for segment, _ in ride(city, (40, 0), (0, 0))] == [0]


def test_nearest_street_and_limit(city):
    assert snap(city, *point(20, 3)).segment.id in (0, 4, 5)
    assert snap(city, *point(20, 30)).segment.id == 2
    assert snap(city, *point(0, -26)) is not None
    assert snap(city, *point(0, -28)) is None


def test_unconnected(city):
    apart = snap(city, *point(20, 20))
    edges = [(u, v, k, d) for u, v, k, d in city.graph.edges(keys=True, data=True) if v == apart.segment.head or v == apart.segment.tail]
    city.graph.remove_edges_from([(u, v, k) for u, v, k, _ in edges])
    try:
        with pytest.raises(routing.NoRoute):
            routing.route(city, snap(city, *point(20, -1)), apart)
    finally:
        city.graph.add_edges_from(edges)


def test_the_graph_is_left_as_it_was(city):
    before = (set(city.graph.nodes), city.graph.number_of_edges())
    ride(city, (5, 0), (20, 20))
    assert (set(city.graph.nodes), city.graph.number_of_edges()) == before
    assert isinstance(city.graph, nx.MultiDiGraph)
