"""The compiled half. Places are `(latitude, longitude)` in degrees; coordinates in answers are `(longitude, latitude)`, as in GeoJSON."""

import os
from collections.abc import Sequence
from typing import Any, final

from .profile import Profile
from .types import Class, Nearest, Place, Segment

__all__ = ["City", "NoRoute", "Route", "check_profile", "default_profile"]

class NoRoute(LookupError):
    """A place is on no street of the city, or no way leads from one place to the next."""

@final
class City:
    """A street network with costs. Threads may share one."""

    @staticmethod
    def load(path: str | os.PathLike[str], *, check: bool = False) -> City:
        """Maps a city file of `router-build`; with `check`, reads all of it and vouches for it.

        :raises OSError: it cannot be read.
        :raises ValueError: it is no city file of this version, or damaged.
        """
    @property
    def name(self) -> str: ...
    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north, in degrees."""
    @property
    def stops(self) -> list[float]:
        """The comfort of each stop, from fastest to calmest."""
    @property
    def report(self) -> dict[str, Any]:
        """What the builder counted."""
    @property
    def classes(self) -> list[Class]:
        """Kinds of street, with the factors that they have in this city."""
    def route(self, origin: Place, destination: Place, *, via: Sequence[Place] = (), comfort: float = 0.5) -> Route:
        """The cheapest route over all places, at the stop nearest to `comfort`: 0 fastest, 1 calmest.

        :raises NoRoute: a place is off every street, or no way leads to the next.
        :raises ValueError: a place or the comfort is out of range.
        """
    def front(self, origin: Place, destination: Place) -> list[Route]:
        """The cheapest route at every stop, from fastest to calmest; neighbours may be alike."""
    def matrix(self, origins: Sequence[Place], destinations: Sequence[Place], *, comfort: float = 0.5) -> list[list[int | None]]:
        """Costs from every origin to every destination, row by row; `None` where no way leads.

        :raises NoRoute: a place is off every street.
        """
    def nearest(self, place: Place) -> Nearest:
        """The nearest point of the nearest street.

        :raises NoRoute: there is none within 300 m.
        """
    def customize(self, profile: Profile | str, *, stops: Sequence[float] | None = None) -> City:
        """The same streets with the costs that `profile` gives them; this city stays as it is. TOML is read as `Profile.from_toml` does.

        `stops` are those of `City.stops` that the new city shall have: one takes a fraction of the time of all.

        Tables whose results are in the file (`untagged`, `crossing`, `approach`, `turns`, `crash`, `elevation`) cannot differ from what the city was built with.

        :raises ValueError: a key is unknown, a number out of range, or such a table differs.
        """

@final
class Route:
    """A way from place to place."""

    @property
    def total_cost(self) -> int:
        """In millimetres of calm riding."""
    @property
    def comfort(self) -> float:
        """Of the stop at which it is the cheapest."""
    @property
    def length_m(self) -> float: ...
    @property
    def duration_s(self) -> float: ...
    @property
    def climb_m(self) -> float: ...
    @property
    def descent_m(self) -> float: ...
    @property
    def segments(self) -> list[Segment]:
        """The streets ridden, in order."""
    def columns(self) -> dict[str, list[Any]]:
        """The same by column: `pandas.DataFrame(route.columns())`."""
    def to_geojson(self) -> dict[str, Any]:
        """A `FeatureCollection`: `geopandas.GeoDataFrame.from_features(route.to_geojson(), crs=4326)`."""
    @property
    def __geo_interface__(self) -> dict[str, Any]: ...

def default_profile() -> str:
    """The default profile, as TOML."""

def check_profile(text: str) -> None:
    """:raises ValueError: `text` is no profile."""
