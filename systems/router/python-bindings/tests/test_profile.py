"""Changing the profile changes the routes; leaving it alone changes nothing."""

import time

import pytest

from ferry_router import City, Profile


def costs(city, trips):
    return [[route.total_cost for route in city.front(*trip)] for trip in trips]


def share(city, trips, surface):
    columns = [city.route(*trip).columns() for trip in trips]
    pairs = [pair for column in columns for pair in zip(column["surface"], column["length_m"])]
    return sum(length for on, length in pairs if on == surface) / sum(length for _, length in pairs)


def test_the_same_profile_makes_the_same_city(city, trips):
    same = city.customize(Profile.default())
    assert same.classes == city.classes
    assert costs(same, trips) == costs(city, trips)
    assert same.name == city.name and same.report == city.report


def test_a_dearer_surface_is_avoided(city, trips):
    surfaces = {segment["surface"] for trip in trips for segment in city.route(*trip).segments}
    assert "cobbles" in surfaces
    profile = Profile.default()
    shares = []
    for stress in (100, 145, 500):
        profile["surface"]["cobbles"]["stress"] = stress
        shares.append(share(city.customize(profile), trips, "cobbles"))
    assert shares[0] >= shares[1] > 2 * shares[2], shares
    assert shares[1] == share(city, trips, "cobbles")


def test_routes_are_the_cheapest_under_their_own_profile(city, trips):
    """Each city's routes cost no more, at its own costs, than what the other city would ride."""
    profile = Profile.default()
    profile["base.primary.none"] = 900
    profile["base.primary.shared_lane"] = 800
    tuned = city.customize(profile)
    assert any(a.columns()["coordinates"] != b.columns()["coordinates"] for a, b in zip(*([c.route(*trip) for trip in trips] for c in (city, tuned))))
    assert all(old <= new for a, b in zip(costs(city, trips), costs(tuned, trips)) for old, new in zip(a, b)), "a higher weight makes no route cheaper"


def test_a_city_is_customized_from_a_customized_one(city, trips):
    dear = Profile.default()
    dear["surface.sett"] = {"effort": 150, "stress": 300}
    back = city.customize(dear).customize(Profile.default())
    assert costs(back, trips[:10]) == costs(city, trips[:10])


def test_the_first_city_may_go(path, trips):
    base = City.load(path)
    tuned = base.customize("")
    route = tuned.route(*trips[0])
    expected = route.total_cost
    del base, tuned
    assert sum(segment["cost"] for segment in route.segments) == expected


def test_some_stops_only(city, trips):
    profile = Profile.default()
    profile["surface.cobbles.stress"] = 300
    every, one = city.customize(profile), city.customize(profile, stops=[0.5])
    assert one.stops == [0.5] and every.stops == city.stops
    assert all(one.route(*trip).total_cost == every.route(*trip).total_cost for trip in trips)


def test_stops_weigh_stress(city, trips):
    profile = Profile.default()
    for row in profile["stops"]:
        row["weight"] = 0
    careless = city.customize(profile)
    fastest = [city.route(*trip, comfort=0).total_cost for trip in trips]
    assert [careless.route(*trip, comfort=1).total_cost for trip in trips] == fastest


def test_customizing_takes_a_fraction_of_a_second(city):
    # CPU of this thread's process, which does not depend on what else the machine runs; a metro's is in the README.
    profile = Profile.default()
    began = time.process_time()
    for _ in range(5):
        city.customize(profile)
    assert (time.process_time() - began) / 5 < 0.5


def test_paths_and_toml():
    profile = Profile.default()
    profile["surface.sett.stress"] = 250
    assert profile["surface"]["sett"]["stress"] == 250 and Profile.default()["surface.sett.stress"] != 250
    again = Profile.from_toml(profile.to_toml())
    assert dict(again) == dict(profile) and list(again) == list(profile)
    copy = profile.copy()
    copy["pace.walk"] = 500
    assert profile["pace.walk"] != 500
    laid = Profile.from_toml("[pace]\nwalk = 450")
    assert laid["pace.walk"] == 450 and laid["pace.steps"] == Profile.default()["pace.steps"]


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (lambda city, profile: profile.__setitem__("surface.marble", 1), KeyError, "surface.marble"),
        (lambda city, profile: profile["surface.marble"], KeyError, "surface.marble"),
        (lambda city, profile: profile["pace.walk.far"], KeyError, "pace.walk.far"),
        (lambda city, profile: profile.__delitem__("surface"), TypeError, "all its keys"),
        (lambda city, profile: profile.__setitem__("pace.walk", object()) or profile.to_toml(), ValueError, "object"),
        (lambda city, profile: profile.__setitem__("pace.walk", 99) or city.customize(profile), ValueError, "pace.walk = 99"),
        (lambda city, profile: profile["pace"].__setitem__("hop", 300) or profile.check(), ValueError, "hop"),
        (lambda city, profile: profile.__setitem__("turns.signal_s", 40) or city.customize(profile), ValueError, "`turns` of the profile"),
        (lambda city, profile: city.customize("stops = [{ comfort = 1, weight = 3 }]"), ValueError, "no stop of comfort"),
        (lambda city, profile: city.customize("[pace"), ValueError, "TOML"),
        (lambda city, profile: city.customize("", stops=[0.55]), ValueError, "no stop 0.55"),
        (lambda city, profile: city.customize("", stops=[]), ValueError, "stops is empty"),
        (lambda city, profile: city.customize(3), AttributeError, "to_toml"),
        (lambda city, profile: Profile.from_toml("[pase]\nwalk = 3"), ValueError, "pase"),
    ],
)
def test_what_is_wrong_is_said(city, change, error, words):
    with pytest.raises(error, match=words):
        change(city, Profile.default())
