//! How height and stress run along a route, for a chart.

use super::journey::Journey;
use crate::json::Json;

/// Writes `{"distance_m","elevation_m","stress","lts"}`: arrays of one length, a value for every end of a segment. Stress and level are those of the segment that
/// begins there; the last repeats. Elevation is above the start, and null where nothing on the route is known to rise or fall.
pub(super) fn write_profile(json: &mut Json, journey: &Journey<'_>) {
    let parts = &journey.parts;
    let mut distance_mm = 0;
    let distances = parts.iter().map(|part| {
        distance_mm += u64::from(part.length_mm);
        distance_mm
    });
    json.raw("{\"distance_m\":").array(std::iter::once(0).chain(distances), |json, distance| {
        json.thousandths(distance);
    });
    json.raw(",\"elevation_m\":");
    if parts.iter().all(|part| part.climb_dm + part.descent_dm == 0) {
        json.raw("null");
    } else {
        let mut height_dm = 0;
        let heights = parts.iter().map(|part| {
            height_dm += i64::from(part.climb_dm) - i64::from(part.descent_dm);
            height_dm
        });
        json.array(std::iter::once(0).chain(heights), |json, height| {
            json.decimal(height, 1);
        });
    }
    let ends = || parts.iter().chain(parts.last());
    json.raw(",\"stress\":").array(ends(), |json, part| {
        json.integer(part.stress_pct());
    });
    json.raw(",\"lts\":").array(ends(), |json, part| {
        json.integer(part.lts.into());
    });
    json.raw("}");
}
