"""Bike routes by stress: load a city, change its costs, route.

>>> city = City.load("helsinki.city")                                    # doctest: +SKIP
>>> profile = Profile.default()
>>> profile["surface.sett.stress"] = 250
>>> city.customize(profile).route((60.17, 24.94), (60.16, 24.93))        # doctest: +SKIP
"""

from ._native import City, NoRoute, Route
from .profile import Profile

__all__ = ["City", "NoRoute", "Profile", "Route"]
