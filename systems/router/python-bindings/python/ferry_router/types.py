"""What methods take and give back."""

from typing import TypeAlias, TypedDict

Place: TypeAlias = tuple[float, float]


class Segment(TypedDict):
    """A street ridden, or part of one. Costs are in millimetres of calm riding; `effort` to `intersection` add up to `cost`."""

    segment: int
    name: str | None
    highway: str
    infra: str
    surface: str
    lts: int
    length_m: float
    duration_s: float
    climb_m: float
    cost: int
    effort: int
    physical: int
    crash: int
    intersection: int
    coordinates: list[tuple[float, float]]


class Class(TypedDict):
    """A kind of street. Percentages are factors: the product of the six before it is `physical_pct`."""

    highway: str
    infra: str
    surface: str
    lts: int
    effort_pct: int
    boarding_m: float
    base_pct: int
    width_pct: int
    surface_pct: int
    lighting_pct: int
    tunnel_pct: int
    traffic_pct: int
    physical_pct: int


class Nearest(TypedDict):
    place: Place
    distance_m: float
    segment: int
    name: str | None
    length_m: float
