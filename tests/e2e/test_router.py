"""The router through its HTTP API: every endpoint, on real streets (`make city`)."""

import gzip
import json
import math

import mapbox_vector_tile
import pytest
from conftest import ROOT, Host, http, payload_of

SYSTEM = ROOT / "systems/router"
HERE, THERE = [60.1692, 24.9402], [60.1735, 24.9495]
# Far from every street of the city.
AWAY = [60.0, 24.0]


@pytest.fixture(scope="module")
def router():
    if not (SYSTEM / "city/rust/city.graph").is_file():
        pytest.skip("SKIPPED: there is no city; `make city` builds one")
    host = Host([SYSTEM / "template.yaml"])
    yield host
    assert host.stop() == 0, "ferry up did not end cleanly"


@pytest.fixture(scope="module")
def url(router):
    return router.urls["RouterApi"]


def ask(url, path, body, headers=()):
    status, headers, answer = http("POST", url + path, json.dumps(body).encode(), headers)
    assert headers["content-type"] == "application/json"
    return status, json.loads(answer)


def get(url, path):
    status, _, answer = http("GET", url + path)
    return status, json.loads(answer)


def metres(a, b):
    """Between two [lon, lat]."""
    scale = math.cos(math.radians(a[1]))
    return 111_195 * math.hypot((a[0] - b[0]) * scale, a[1] - b[1])


def test_the_original_s_question_gets_the_original_s_answer(url):
    status, route = ask(url, "/route", {"origin": HERE, "destination": THERE})
    assert status == 200
    assert list(route) == ["total_cost", "total_length_m", "segments"]
    street = ["coordinates", "length_m", "stress_cost", "name", "highway", "infra_type", "cost_components"]
    assert all(list(segment) == street for segment in route["segments"])
    assert route["total_cost"] == sum(segment["stress_cost"] for segment in route["segments"])
    for segment in route["segments"]:
        assert sum(segment["cost_components"].values()) == segment["stress_cost"]


def test_a_route_in_full(url):
    wanted = {"comfort": 0.5, "alternatives": True, "steps": True, "profile": True}
    status, route = ask(url, "/route", {"origin": HERE, "destination": THERE, **wanted})
    assert status == 200
    assert (route["comfort"], bool(route["city"])) == (0.5, True)
    length = route["total_length_m"]
    assert sum(route["stress"]["lts_m"].values()) == pytest.approx(length)
    assert route["stress"]["mean"] >= 100
    assert 2 < length / route["duration_s"] < 6, "a cyclist's speed"
    steps = route["steps"]
    assert (steps[0]["maneuver"], steps[-1]["maneuver"]) == ("depart", "arrive")
    assert sum(step["length_m"] for step in steps) == pytest.approx(length)
    profile = route["profile"]
    assert len({len(profile[key]) for key in ("distance_m", "stress", "lts")}) == 1
    assert len(profile["distance_m"]) == len(route["segments"]) + 1
    assert profile["distance_m"][-1] == pytest.approx(length)
    alternatives = route["alternatives"]
    assert 1 <= len(alternatives) <= 3
    assert [other["label"] for other in alternatives] == [["direct"], ["direct", "safest"], ["direct", "safer", "safest"]][len(alternatives) - 1]
    comforts = [other["comfort"] for other in alternatives]
    assert comforts == sorted(comforts)
    assert all({"duration_s", "stress", "segments", "steps", "profile"} <= set(other) for other in alternatives)


def test_one_line_in_three_formats(url):
    question = {"origin": HERE, "destination": THERE, "comfort": 0.5}
    segments = ask(url, "/route", question | {"format": "segments"})[1]["segments"]
    features = ask(url, "/route", question | {"format": "geojson"})[1]["geojson"]["features"]
    assert [feature["geometry"]["coordinates"] for feature in features] == [segment["coordinates"] for segment in segments]
    properties = [{key: segment[key] for key in segment if key != "coordinates"} for segment in segments]
    assert [feature["properties"] for feature in features] == properties
    line = [segments[0]["coordinates"][0]] + [point for segment in segments for point in segment["coordinates"][1:]]
    decoded = polyline6(ask(url, "/route", question | {"format": "polyline6"})[1]["polyline6"])
    assert len(decoded) == len(line)
    assert all(metres(a, b) < 0.2 for a, b in zip(decoded, line))


def polyline6(text):
    numbers, value, shift = [], 0, 0
    for character in text:
        bits = ord(character) - 63
        value |= (bits & 31) << shift
        shift += 5
        if bits < 32:
            numbers.append(~(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    line, at = [], [0, 0]
    for lat, lon in zip(numbers[::2], numbers[1::2]):
        at = [at[0] + lat, at[1] + lon]
        line.append([at[1] / 1e6, at[0] / 1e6])
    return line


def test_a_place_in_between_is_passed(url):
    via = [60.1712, 24.9370]
    status, route = ask(url, "/route", {"origin": HERE, "destination": THERE, "via": [via]})
    assert status == 200
    points = [point for segment in route["segments"] for point in segment["coordinates"]]
    assert min(metres(point, via[::-1]) for point in points) < 100
    direct = ask(url, "/route", {"origin": HERE, "destination": THERE})[1]
    assert route["total_cost"] >= direct["total_cost"]


def test_calmer_routes_are_no_shorter_in_time(url):
    ends = [ask(url, "/route", {"origin": HERE, "destination": THERE, "comfort": comfort})[1] for comfort in (0, 1)]
    assert ends[0]["duration_s"] <= ends[1]["duration_s"]
    assert ends[0]["stress"]["mean"] >= ends[1]["stress"]["mean"]


def test_comfort_between_two_stops_is_answered_exactly(url):
    question = {"origin": HERE, "destination": THERE}
    low, between, high = [ask(url, "/route", question | {"comfort": comfort})[1] for comfort in (0.5, 0.5555, 0.6)]
    assert [route["comfort"] for route in (low, between, high)] == [0.5, 0.5555, 0.6]
    assert low["total_cost"] < between["total_cost"] < high["total_cost"]
    assert low["duration_s"] <= between["duration_s"] <= high["duration_s"]
    # A whole table of exact costs would be slow: the nearest stop is taken, and named.
    matrix = ask(url, "/matrix", {"origins": [HERE], "destinations": [THERE], "comfort": 0.5555})[1]
    assert (matrix["comfort"], matrix["costs"]) == (0.6, [[high["total_cost"]]])


def test_nearest_and_cities(url):
    status, nearest = get(url, f"/nearest?lat={HERE[0]}&lon={HERE[1]}")
    assert status == 200
    assert metres(nearest["point"], HERE[::-1]) == pytest.approx(nearest["distance_m"], abs=0.5)
    assert nearest["segment"]["lts"] in (1, 2, 3, 4)
    status, answer = get(url, "/cities")
    (city,) = answer["cities"]
    west, south, east, north = city["bounds"]
    assert west < HERE[1] < east and south < HERE[0] < north
    assert city["name"] == nearest["city"]
    assert city["stops"] == sorted(city["stops"]) and city["length_km"] > 10
    assert "OpenStreetMap" in city["attribution"]


def test_a_matrix_is_its_routes(url):
    places = [HERE, THERE, [60.1712, 24.9370]]
    status, matrix = ask(url, "/matrix", {"origins": places, "destinations": places[:2]})
    assert status == 200
    for row, origin in enumerate(places):
        for column, destination in enumerate(places[:2]):
            route = ask(url, "/route", {"origin": origin, "destination": destination, "comfort": 0.5})[1]
            cell = [matrix[key][row][column] for key in ("costs", "durations_s", "lengths_m")]
            assert cell == [route["total_cost"], route["duration_s"], route["total_length_m"]]


def inside(rings, point):
    crossings = 0
    for ring in rings:
        for (x1, y1), (x2, y2) in zip(ring, ring[1:]):
            if (y1 > point[1]) != (y2 > point[1]) and point[0] < (x2 - x1) * (point[1] - y1) / (y2 - y1) + x1:
                crossings += 1
    return crossings % 2 == 1


def test_isochrones_nest_and_hold_what_is_reached(url):
    status, areas = ask(url, "/isochrone", {"origin": HERE, "minutes": [1, 3, 2], "comfort": 0.5})
    assert (status, areas["type"]) == (200, "FeatureCollection")
    assert [feature["properties"]["minutes"] for feature in areas["features"]] == [3, 2, 1]
    polygons = []
    for feature in areas["features"]:
        geometry = feature["geometry"]
        parts = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        assert all(ring[0] == ring[-1] and len(ring) >= 4 for part in parts for ring in part)
        polygons.append([ring for part in parts for ring in part])
    largest, middle, smallest = polygons
    assert all(inside(polygon, HERE[::-1]) for polygon in polygons)
    west, south, east, north = get(url, "/cities")[1]["cities"][0]["bounds"]
    places = [[west + (east - west) * x / 40.5, south + (north - south) * y / 40.5] for x in range(41) for y in range(41)]
    within = [[inside(polygon, place) for polygon in (smallest, middle, largest)] for place in places]
    assert all(row == sorted(row) for row in within) and [True, True, True] in within
    # Whoever rides there in time, by the same costs, is inside.
    for destination in ([60.1700, 24.9440], [60.1712, 24.9370], THERE):
        route = ask(url, "/route", {"origin": HERE, "destination": destination, "comfort": 0.5})[1]
        if route["duration_s"] < 170:
            assert inside(largest, route["segments"][-1]["coordinates"][-1])


def tile_of(place, zoom):
    x = (place[1] + 180) / 360 * 2**zoom
    y = (1 - math.asinh(math.tan(math.radians(place[0]))) / math.pi) / 2 * 2**zoom
    return int(x), int(y)


def unproject(pixel, zoom, x, y):
    lon = (x + pixel[0] / 4096) / 2**zoom * 360 - 180
    return [lon, math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * (y + pixel[1] / 4096) / 2**zoom))))]


def fetch_tile(url, city, zoom, x, y, headers=()):
    status, headers, body = http("GET", f"{url}/tiles/{city}/{zoom}/{x}/{y}.mvt", headers=headers)
    return status, headers, body


@pytest.mark.parametrize("zoom", [16, 14, 12])
def test_a_tile_shows_the_streets_where_they_are(url, zoom):
    city = get(url, "/cities")[1]["cities"][0]["name"]
    x, y = tile_of(HERE, zoom)
    status, headers, body = fetch_tile(url, city, zoom, x, y)
    assert (status, headers["content-type"]) == (200, "application/vnd.mapbox-vector-tile")
    assert "max-age" in headers["cache-control"]
    layer = mapbox_vector_tile.decode(body, default_options={"y_coord_down": True})["streets"]
    assert (layer["extent"], layer["version"]) == (4096, 2)
    keys = {"highway", "infra", "lts", "stress", "oneway"}
    assert all(keys <= set(feature["properties"]) for feature in layer["features"])
    assert all(("id" in feature["properties"]) == (zoom >= 14) for feature in layer["features"])
    assert all(feature["properties"]["stress"] >= 100 for feature in layer["features"])
    # A place on a drawn line is on that street.
    checked = 0
    for feature in layer["features"][:40]:
        geometry = feature["geometry"]
        lines = [geometry["coordinates"]] if geometry["type"] == "LineString" else geometry["coordinates"]
        for pixel in lines[0]:
            assert all(-64 <= value <= 4160 for value in pixel)
        lon, lat = unproject(lines[0][0], zoom, x, y)
        status, nearest = get(url, f"/nearest?lat={lat}&lon={lon}")
        assert status == 200 and nearest["distance_m"] < 1 + 40_075_000 / 2**zoom / 4096
        checked += 1
    assert checked > 0


def test_tiles_are_packed_for_who_takes_it_and_empty_beyond_the_city(url):
    city = get(url, "/cities")[1]["cities"][0]["name"]
    x, y = tile_of(HERE, 14)
    plain = fetch_tile(url, city, 14, x, y)
    packed = fetch_tile(url, city, 14, x, y, {"Accept-Encoding": "gzip"})
    assert packed[1]["content-encoding"] == "gzip" and len(packed[2]) < len(plain[2])
    assert gzip.decompress(packed[2]) == plain[2]
    status, _, body = fetch_tile(url, city, 14, 0, 0)
    assert (status, body) == (204, b"")
    for path in (f"{city}/7/0/0.mvt", f"{city}/14/99999/0.mvt", f"{city}/14/0/0.png", "atlantis/14/0/0.mvt"):
        assert get(url, "/tiles/" + path)[0] == 404


@pytest.mark.parametrize(
    ("path", "body", "status", "error", "field"),
    [
        ("/route", {"origin": HERE}, 400, "bad_request", "destination"),
        ("/route", {"origin": HERE, "destination": THERE, "comfort": 2}, 400, "bad_request", "comfort"),
        ("/route", {"origin": HERE, "destination": THERE, "format": "kml"}, 400, "bad_request", "format"),
        ("/route", {"origin": HERE, "destination": THERE, "via": [[1]]}, 400, "bad_request", "via[0]"),
        ("/route", {"origin": HERE, "destination": THERE, "via": [HERE] * 9}, 400, "bad_request", "via"),
        ("/route", {"origin": HERE, "destination": THERE, "steps": 1}, 400, "bad_request", "steps"),
        ("/route", {"origin": HERE, "destination": THERE, "city": "atlantis"}, 400, "bad_request", "city"),
        ("/route", {"origin": HERE, "destination": AWAY}, 422, "no_street_nearby", "destination"),
        ("/route", {"origin": HERE, "destination": THERE, "via": [AWAY]}, 422, "no_street_nearby", "via[0]"),
        ("/matrix", {"origins": [HERE] * 51, "destinations": [HERE]}, 400, "bad_request", "origins"),
        ("/matrix", {"origins": [HERE], "destinations": [AWAY]}, 422, "no_street_nearby", "destinations[0]"),
        ("/isochrone", {"origin": HERE, "minutes": [0]}, 400, "bad_request", "minutes[0]"),
        ("/isochrone", {"origin": HERE}, 400, "bad_request", "minutes"),
        ("/isochrone", {"origin": AWAY, "minutes": [5]}, 422, "no_street_nearby", "origin"),
    ],
)
def test_a_refusal_names_the_field(url, path, body, status, error, field):
    answered, refusal = ask(url, path, body)
    assert (answered, refusal["error"], refusal["field"]) == (status, error, field)
    assert field in refusal["message"]


def test_bad_queries_and_pages(url):
    assert get(url, "/nearest?lat=x&lon=1")[1]["field"] == "lat"
    assert get(url, "/nearest?lat=1")[1]["field"] == "lon"
    assert get(url, "/nearest?lat=0&lon=0")[0] == 422
    assert http("POST", url + "/route", b"x" * 70_000)[0] == 413


def test_pings_are_answered_at_once(router, url):
    assert get(url, "/ping") == (200, {"ok": True})
    client = router.client()
    for event in ({"warmer": True}, {"source": "aws.events", "detail-type": "Scheduled Event"}):
        answer = payload_of(client.invoke(FunctionName="RouterRust", Payload=json.dumps(event)))
        assert json.loads(answer["body"]) == {"ok": True}


def test_a_page_elsewhere_may_ask(url):
    asked = {"Origin": "https://map.example", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    status, headers, _ = http("OPTIONS", url + "/route", headers=asked)
    assert status in (200, 204) and headers["access-control-allow-origin"] == "*"
