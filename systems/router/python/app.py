"""Lambda handler of the Python router: ``POST /route`` behind an HTTP API (payload format 2.0)."""

import base64
import os

import orjson

from city import UNITS_PER_DEGREE, City
from routing import NoRoute, route
from snapping import round_half_up, snap

BODY_BYTES_MAX = 64 * 1024

CITY = City.load(os.environ.get("ROUTER_GRAPH", "/opt/city.pickle.gz"))


class Refusal(Exception):
    """An answer that is not a route."""

    def __init__(self, status: int, error: str, field: str | None, message: str):
        super().__init__(message)
        self.status = status
        self.body = {"error": error, "field": field, "message": message}


def handler(event: dict, _context) -> dict:
    try:
        status, body = 200, answer(event)
    except Refusal as refusal:
        status, body = refusal.status, refusal.body
    headers = {"content-type": "application/json"}
    if status == 405:
        headers["allow"] = "POST"
    return {"statusCode": status, "headers": headers, "body": orjson.dumps(body).decode()}


def answer(event: dict) -> dict:
    if event["rawPath"] != "/route":
        raise Refusal(404, "not_found", None, "there is only POST /route here")
    if event["requestContext"]["http"]["method"] != "POST":
        raise Refusal(405, "method_not_allowed", None, "ask with POST")
    body = parse_body(event)
    origin, destination = place(body, "origin"), place(body, "destination")
    snaps = [on_street(field, lon_e7, lat_e7) for field, (lon_e7, lat_e7) in (("origin", origin), ("destination", destination))]
    try:
        legs = route(CITY, *snaps)
    except NoRoute:
        raise Refusal(422, "no_route", None, "no way for a bicycle leads from origin to destination") from None
    return {
        "total_cost": sum(leg.cost for leg in legs),
        "total_length_m": sum(leg.length_mm for leg in legs) / 1000,
        "segments": [describe(leg) for leg in legs],
    }


def describe(leg) -> dict:
    return {
        "coordinates": leg.coordinates,
        "length_m": leg.length_mm / 1000,
        "stress_cost": leg.cost,
        "name": leg.way.segment.name,
        "highway": leg.way.highway,
        "infra_type": leg.way.infra_type,
        "cost_components": leg.components,
    }


def parse_body(event: dict) -> dict:
    text = event.get("body") or ""
    try:
        data = base64.b64decode(text, validate=True) if event.get("isBase64Encoded") else text.encode()
    except ValueError:
        raise bad("body", "is not base64") from None
    if len(data) > BODY_BYTES_MAX:
        raise Refusal(413, "body_too_large", "body", "the body is longer than 65536 bytes")
    if not data:
        raise bad("body", "is missing")
    try:
        body = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise bad("body", "is not JSON") from None
    if not isinstance(body, dict):
        raise bad("body", "is not a JSON object")
    return body


def place(body: dict, field: str) -> tuple[int, int]:
    if field not in body:
        raise bad(field, "is missing")
    pair = body[field]
    # A bool is an int in Python, and no coordinate.
    if not (isinstance(pair, list) and len(pair) == 2 and all(type(number) in (int, float) for number in pair)):
        raise bad(field, "is not a pair of numbers [lat, lon]")
    lat, lon = map(float, pair)
    if not (-90.0 <= lat <= 90.0 and -180.0 <= lon <= 180.0):
        raise bad(field, "is outside -90..90 (lat) or -180..180 (lon)")
    return round_half_up(lon * UNITS_PER_DEGREE), round_half_up(lat * UNITS_PER_DEGREE)


def on_street(field: str, lon_e7: int, lat_e7: int):
    found = snap(CITY, lon_e7, lat_e7)
    if found is None:
        raise Refusal(422, "no_street_nearby", field, f"{field} is farther than 300 m from every street of this city")
    return found


def bad(field: str, problem: str) -> Refusal:
    return Refusal(400, "bad_request", field, f"{field} {problem}")
