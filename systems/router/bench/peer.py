"""Another router behind the pipe that ``router-bench drive`` speaks, too: one JSON request a line in, one reply a line out.

Usage: python peer.py osrm-ch BASE.osrm | valhalla CONFIG.json

After opening its index it prints ``{"open_ns"}``. A request ``{"pairs": [[lat, lon, lat, lon], ...]}`` is answered
``{"ns", "length_m", "shape_bytes"}``, one value a pair, ``null`` where there is no route. Timed is one whole answer: both places snapped, the route,
its full geometry as one polyline of precision 6; no instructions, no alternatives. Building the request object and reading the answer are not timed.
"""

import json
import sys
from time import perf_counter_ns


class OsrmCh:
    """OSRM's contraction hierarchies, bicycle profile."""

    def __init__(self, base: str):
        import osrm

        self.osrm = osrm
        self.engine = osrm.OSRM(algorithm="CH", storage_config=base, use_shared_memory=False)

    def request(self, pair):
        lat, lon, to_lat, to_lon = pair
        return self.osrm.RouteParameters(
            coordinates=[(lon, lat), (to_lon, to_lat)], geometries="polyline6", overview="full", steps=False, generate_hints=False
        )

    def ask(self, request):
        return self.engine.Route(request)

    def read(self, answer):
        route = answer["routes"][0]
        return route["distance"], len(route["geometry"])


class Valhalla:
    """Valhalla's bicycle costing, its defaults."""

    def __init__(self, config: str):
        import valhalla

        self.engine = valhalla.Actor(config)

    def request(self, pair):
        lat, lon, to_lat, to_lon = pair
        places = [{"lat": lat, "lon": lon}, {"lat": to_lat, "lon": to_lon}]
        return json.dumps({"locations": places, "costing": "bicycle", "directions_type": "none", "shape_format": "polyline6"})

    def ask(self, request):
        return self.engine.route(request)

    def read(self, answer):
        trip = json.loads(answer)["trip"]
        return trip["summary"]["length"] * 1000, sum(len(leg["shape"]) for leg in trip["legs"])


ENGINES = {"osrm-ch": OsrmCh, "valhalla": Valhalla}


def timed(engine, pair):
    request = engine.request(pair)
    started = perf_counter_ns()
    try:
        answer = engine.ask(request)
    except RuntimeError:
        return None, None, None
    took = perf_counter_ns() - started
    return took, *engine.read(answer)


def main() -> None:
    if len(sys.argv) != 3 or sys.argv[1] not in ENGINES:
        raise SystemExit(__doc__)
    started = perf_counter_ns()
    engine = ENGINES[sys.argv[1]](sys.argv[2])
    print(json.dumps({"open_ns": perf_counter_ns() - started}), flush=True)
    for line in sys.stdin:
        ns, length_m, shape_bytes = zip(*(timed(engine, pair) for pair in json.loads(line)["pairs"]))
        print(json.dumps({"ns": ns, "length_m": length_m, "shape_bytes": shape_bytes}), flush=True)


if __name__ == "__main__":
    main()
