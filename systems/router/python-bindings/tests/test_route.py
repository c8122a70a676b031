"""Routes from Python are the function's."""

import json
import subprocess
import threading

import pytest

from ferry_router import City, NoRoute

FAR = (0.0, 0.0)


def test_routes_are_the_functions_answers(city, path, trips, router_build):
    events = [{"version": "2.0", "rawPath": "/route", "requestContext": {"http": {"method": "POST"}}, "body": json.dumps({"origin": a, "destination": b})} for a, b in trips]
    command = [router_build, "route", path]
    answers = subprocess.run(command, input="\n".join(map(json.dumps, events)), capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(answers) == len(trips)
    for trip, answer in zip(trips, answers):
        answer = json.loads(json.loads(answer)["body"])
        route = city.route(*trip)
        assert (route.total_cost, route.length_m) == (answer["total_cost"], answer["total_length_m"])
        assert [segment["cost"] for segment in route.segments] == [segment["stress_cost"] for segment in answer["segments"]]
        assert [[list(place) for place in segment["coordinates"]] for segment in route.segments] == [s["coordinates"] for s in answer["segments"]]


def test_a_route_is_the_sum_of_its_streets(city, trips):
    for trip in trips:
        route = city.route(*trip)
        columns = route.columns()
        assert sum(columns["cost"]) == route.total_cost
        assert sum(columns["length_m"]) == pytest.approx(route.length_m)
        assert sum(columns["duration_s"]) == pytest.approx(route.duration_s, abs=len(columns["cost"]) / 1000)
        for segment in route.segments:
            assert segment["effort"] + segment["physical"] + segment["crash"] + segment["intersection"] == segment["cost"]
        ends = list(zip(columns["coordinates"], columns["coordinates"][1:]))
        assert all(before[-1] == after[0] for before, after in ends)


def test_geojson_is_for_geopandas(city, trips):
    route = city.route(*trips[0])
    collection = route.to_geojson()
    assert collection == route.__geo_interface__
    assert json.loads(json.dumps(collection))["type"] == "FeatureCollection"
    for feature, segment in zip(collection["features"], route.segments, strict=True):
        assert feature["geometry"]["type"] == "LineString"
        assert list(feature["geometry"]["coordinates"]) == segment.pop("coordinates")
        assert feature["properties"] == segment


def test_comfort_trades_time_for_calm(city, trips):
    for trip in trips:
        fastest, calmest = city.route(*trip, comfort=0), city.route(*trip, comfort=1)
        assert fastest.duration_s <= calmest.duration_s
        front = city.front(*trip)
        assert [route.comfort for route in front] == city.stops
        assert (front[0].total_cost, front[-1].total_cost) == (fastest.total_cost, calmest.total_cost)


def test_matrix_and_via(city, trips):
    places = [trip[0] for trip in trips[:4]]
    matrix = city.matrix(places, places[:3])
    assert matrix == [[city.route(a, b).total_cost for b in places[:3]] for a in places]
    over = city.route(places[0], places[2], via=[places[1]])
    assert over.total_cost == matrix[0][1] + matrix[1][2]
    assert city.matrix(places, []) == [[], [], [], []] and city.matrix([], places) == []


def test_places_on_streets(city, trips):
    found = city.nearest(trips[0][0])
    again = city.nearest(found["place"])
    assert (again["segment"], again["distance_m"] < 0.02, found["length_m"] > 0) == (found["segment"], True, True)
    here = city.route(found["place"], found["place"])
    assert (here.total_cost, here.segments, here.columns()["cost"]) == (0, [], [])


def test_a_city_says_what_it_is(city):
    west, south, east, north = city.bounds
    assert west < 24.94 < east and south < 60.17 < north
    assert city.stops == sorted(city.stops) and city.stops[0] == 0 and city.stops[-1] == 1
    assert isinstance(city.report, dict) and city.name in repr(city)
    assert all(row["physical_pct"] >= 100 and 1 <= row["lts"] <= 4 for row in city.classes)


def test_threads_route_side_by_side(city, trips):
    """Whatever runs beside it, each search has memory of its own."""
    expected = [city.route(*trip).total_cost for trip in trips]
    answers: list = [None] * 4

    def ride(slot):
        answers[slot] = [city.route(*trip).total_cost for trip in trips]

    threads = [threading.Thread(target=ride, args=(slot,)) for slot in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [expected] * 4


def test_the_interpreter_is_free_during_a_long_call(city, trips):
    places = [trip[0] for trip in trips]
    done, counted = threading.Event(), []

    def count():
        while not done.is_set():
            counted.append(None)

    thread = threading.Thread(target=count)
    thread.start()
    during = 0
    # On a busy machine the other thread may get no processor during one call.
    for _ in range(200):
        before = len(counted)
        city.matrix(places, places)
        during = max(during, len(counted) - before)
        if during > 10_000:
            break
    done.set()
    thread.join()
    # With the lock held the other thread could not have counted once between the two readings but for a switch at either end.
    assert during > 10_000


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda city: city.route((91, 0), (60, 24)), ValueError, r"origin = \(91, 0\)"),
        (lambda city: city.route((60.17, 24.94), (float("nan"), 24)), ValueError, "destination"),
        (lambda city: city.route((60.17, 24.94), (60.17, 24.94), via=[(60, 200)]), ValueError, r"via\[0\]"),
        (lambda city: city.route((60.17, 24.94), (60.17, 24.94), comfort=1.5), ValueError, "comfort = 1.5"),
        (lambda city: city.route((60.17, 24.94), (60.17, 24.94), via=[(60.17, 24.94)] * 1000), ValueError, "places"),
        (lambda city: city.route("60", (60, 24)), TypeError, "origin"),
        (lambda city: city.route((60.17, 24.94), FAR), NoRoute, "destination is farther than 300 m"),
        (lambda city: city.matrix([FAR], [(60.17, 24.94)]), NoRoute, r"origins\[0\]"),
        (lambda city: city.nearest(FAR), LookupError, "place"),
        (lambda city: City.load("nowhere.city"), FileNotFoundError, "nowhere.city"),
        (lambda city: City.load("."), OSError, "city file"),
        (lambda city: City.load(__file__), ValueError, "not a city file"),
        (lambda city: City(), TypeError, "City"),
    ],
)
def test_what_is_wrong_is_said(city, call, error, words):
    with pytest.raises(error, match=words):
        call(city)


def test_a_damaged_file_is_refused(path, tmp_path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    broken = tmp_path / "broken.city"
    broken.write_bytes(data)
    with pytest.raises(ValueError, match="damaged"):
        City.load(broken, check=True)
    broken.write_bytes(data[: len(data) // 2])
    with pytest.raises(ValueError, match="bytes"):
        City.load(broken)
