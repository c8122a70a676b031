"""Tunes one number of the cost model and shows what it does to routes. Cells (`# %%`) run in VS Code, Spyder or Jupyter (jupytext); the whole file runs as a program:

    python tune_weight.py CITY [--key surface.cobbles.stress] [--values 100 145 200 300 500] [--trips 60] [--plot tune_weight.svg]
"""

# %% What is asked
import argparse
import random
import time

from ferry_router import City, NoRoute, Profile, Route

arguments = argparse.ArgumentParser(description="Sweeps one weight of the profile and routes with each value.")
arguments.add_argument("city", help="a city file of router-build")
arguments.add_argument("--key", default="surface.cobbles.stress", help="a number of the profile, by path")
arguments.add_argument("--values", type=int, nargs="+", default=[100, 145, 200, 300, 500])
arguments.add_argument("--share-of", default="surface=cobbles", help="whose share of the ride to watch: column=value")
arguments.add_argument("--trips", type=int, default=60)
arguments.add_argument("--comfort", type=float, default=0.5)
arguments.add_argument("--plot", help="SVG or PNG to write; needs matplotlib")
asked = arguments.parse_args()

# %% The city, and trips in it: pairs of places drawn from its bounds, kept if a route joins them
city = City.load(asked.city)
west, south, east, north = city.bounds
draw = random.Random(7)
trips: list[tuple[tuple[float, float], tuple[float, float]]] = []
for _ in range(asked.trips * 20):
    if len(trips) == asked.trips:
        break
    origin, destination = ((draw.uniform(south, north), draw.uniform(west, east)) for _ in range(2))
    try:
        city.route(origin, destination)
    except NoRoute:
        continue
    trips.append((origin, destination))
print(f"{city!r}: {len(trips)} trips; the default of {asked.key} is {Profile.default()[asked.key]}")

# %% For each value: customize, ride all trips, measure what was ridden
column, wanted = asked.share_of.split("=")


def measure(routes: list[Route]) -> tuple[float, float, float]:
    """Kilometres, stress as a share of effort, and the share of the length that is what we watch."""
    length_m = sum(route.length_m for route in routes)
    segments = [segment for route in routes for segment in route.segments]
    effort = sum(segment["effort"] for segment in segments)
    stress = sum(segment["physical"] + segment["crash"] + segment["intersection"] for segment in segments)
    watched_m = sum(length for route in routes for value, length in zip(route.columns()[column], route.columns()["length_m"]) if str(value) == wanted)
    return length_m / 1000, stress / effort, watched_m / length_m


print(f"{'value':>6}  {'customize':>10}  {'length':>9}  {'stress':>7}  {asked.share_of}")
rows = []
for value in asked.values:
    profile = Profile.default()
    profile[asked.key] = value
    began = time.perf_counter()
    tuned = city.customize(profile, stops=[asked.comfort])
    customize_ms = (time.perf_counter() - began) * 1000
    length_km, stress, share = measure([tuned.route(*trip, comfort=asked.comfort) for trip in trips])
    rows.append((value, length_km, stress, share))
    print(f"{value:>6}  {customize_ms:>7.1f} ms  {length_km:>6.2f} km  {stress:>7.3f}  {share:>6.2%}")

# %% The picture
if asked.plot:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 3, figsize=(11, 3.2), layout="constrained")
    values = [row[0] for row in rows]
    for axis, title, series in zip(axes, ("length, km", "stress / effort", f"share of {asked.share_of}"), list(zip(*rows))[1:]):
        axis.plot(values, series, marker="o")
        axis.set(title=title, xlabel=asked.key)
        axis.grid(alpha=0.3)
    figure.savefig(asked.plot)
    print(f"wrote {asked.plot}")
