"""From a place to the nearest street: KD-tree for candidates, exact distance for the choice."""

import math
from dataclasses import dataclass

from city import METRES_PER_UNIT, City, Segment, lon_scale_at, on_sphere

SNAP_LIMIT_M = 300.0
# The tree measures through the Earth, the choice on a flat map: within the limit they differ by far less than this.
MARGIN_M = 1.0


@dataclass(slots=True)
class Snap:
    """A place on a street: on ``segment`` between points ``piece`` and ``piece + 1``, ``offset_mm`` from its tail."""

    segment: Segment
    piece: int
    point: tuple[int, int]
    offset_mm: int


def snap(city: City, lon_e7: int, lat_e7: int) -> Snap | None:
    """The nearest point of the nearest street; among equals the lowest segment id, the first piece. None beyond the limit."""
    place = on_sphere(lon_e7, lat_e7)
    reach = city.sample_spacing_m / 2 + MARGIN_M
    nearest_m, _ = city.tree.query(place, distance_upper_bound=SNAP_LIMIT_M + reach)
    if math.isinf(nearest_m):
        return None
    # A street that is nearer than this sample has a sample of its own within half a spacing of its nearest point.
    samples = city.tree.query_ball_point(place, nearest_m + reach)
    scale = lon_scale_at(lat_e7)
    best = None
    for candidate in sorted(set(city.tree_segments[samples].tolist())):
        square, piece, along = foot_on_line(city.segments[candidate].line, lon_e7, lat_e7, scale)
        if best is None or square < best[0]:
            best = (square, candidate, piece, along)
    square, segment, piece, along = best
    if math.sqrt(square) * METRES_PER_UNIT > SNAP_LIMIT_M:
        return None
    return place_on(city.segments[segment], piece, along, scale)


def foot_on_line(line, lon_e7: int, lat_e7: int, scale: float) -> tuple[float, int, float]:
    """The nearest point of a line: squared distance, piece, how far along it (0 to 1)."""
    best, best_piece, best_along = math.inf, 0, 0.0
    for piece in range(len(line) - 1):
        (a_lon, a_lat), (b_lon, b_lat) = line[piece], line[piece + 1]
        dx, dy = (b_lon - a_lon) * scale, float(b_lat - a_lat)
        px, py = (lon_e7 - a_lon) * scale, float(lat_e7 - a_lat)
        length_square = dx * dx + dy * dy
        along = min(max((px * dx + py * dy) / length_square, 0.0), 1.0) if length_square > 0.0 else 0.0
        ex, ey = along * dx - px, along * dy - py
        square = ex * ex + ey * ey
        if square < best:
            best, best_piece, best_along = square, piece, along
    return best, best_piece, best_along


def place_on(segment: Segment, piece: int, along: float, scale: float) -> Snap:
    line, before, total = segment.line, 0.0, 0.0
    for index in range(len(line) - 1):
        (a_lon, a_lat), (b_lon, b_lat) = line[index], line[index + 1]
        dx, dy = (b_lon - a_lon) * scale, float(b_lat - a_lat)
        length = math.sqrt(dx * dx + dy * dy)
        if index == piece:
            before = total + along * length
        total += length
    share = before / total if total > 0.0 else 0.0
    (a_lon, a_lat), (b_lon, b_lat) = line[piece], line[piece + 1]
    point = (round_half_up(a_lon + along * (b_lon - a_lon)), round_half_up(a_lat + along * (b_lat - a_lat)))
    return Snap(segment, piece, point, min(round_half_up(share * segment.length_mm), segment.length_mm))


def round_half_up(x: float) -> int:
    return math.floor(x + 0.5)
