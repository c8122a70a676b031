//! Climb and descent of each street, both ways.
//!
//! A street is sampled every [`STEP_M`]; voids are bridged by their neighbours. Ups and downs smaller than the profile's `noise_m` are left out, but never the
//! difference between a street's ends, so that a long gentle hill cut into short streets keeps its height. On bridges and in tunnels the street runs
//! straight from end to end, whatever the ground does.

use super::Heights;
use crate::build::report::ElevationCounts;
use crate::geo::{Point, haversine_m};
use crate::parts::StreetPart;
use crate::profile::Elevation;

const STEP_M: f64 = 20.0;
/// The steepness of shorter streets is that of their ends' errors.
const STEEPNESS_FROM_MM: u32 = 50_000;

/// Sets climb and descent of every street that the model covers.
pub fn climbs(model: &Heights, streets: &mut [StreetPart], off_ground: impl Fn(usize) -> bool, settings: &Elevation) -> ElevationCounts {
    let mut counts = ElevationCounts { tiles: model.tile_count() as u64, ..ElevationCounts::default() };
    let (mut total_m, mut steepest) = (0.0, 0.0_f64);
    for (index, street) in streets.iter_mut().enumerate() {
        let straight = off_ground(index);
        counts.streets_off_ground += u64::from(straight);
        let places = if straight { ends(&street.line) } else { samples(&street.line) };
        let known: Vec<Option<f64>> = places.iter().map(|place| model.height(*place, settings.smooth_m)).collect();
        let voids = known.iter().filter(|height| height.is_none()).count();
        counts.samples += known.len() as u64;
        counts.samples_void += voids as u64;
        counts.streets_covered += u64::from(voids == 0);
        let Some(heights) = bridged(&known) else { continue };
        let (up_m, down_m) = ups_and_downs(&heights, settings.noise_m);
        total_m += up_m;
        if street.length_mm >= STEEPNESS_FROM_MM {
            steepest = steepest.max((up_m - down_m).abs() * 1000.0 / f64::from(street.length_mm));
        }
        let (up, down) = (decimetres(up_m), decimetres(down_m));
        if let Some(way) = &mut street.forward {
            (way.climb_dm, way.descent_dm) = (up, down);
        }
        if let Some(way) = &mut street.backward {
            (way.climb_dm, way.descent_dm) = (down, up);
        }
    }
    counts.climb_km = (total_m).round() / 1e3;
    counts.steepest_pct = u32::from(decimetres(steepest * 10.0));
    counts
}

/// Rounded, saturating at 6.5 km.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and `as` saturates")]
fn decimetres(metres: f64) -> u16 {
    (metres * 10.0).round() as u16
}

fn ends(line: &[Point]) -> Vec<Point> {
    line.first().into_iter().chain(line.last()).copied().collect()
}

/// The line's points, and others between them so that none are farther apart than [`STEP_M`].
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between two points' coordinates; at most a few thousand steps"
)]
fn samples(line: &[Point]) -> Vec<Point> {
    let mut places: Vec<Point> = line.first().copied().into_iter().collect();
    for pair in line.windows(2) {
        let steps = (haversine_m(pair[0], pair[1]) / STEP_M).ceil().clamp(1.0, 10_000.0) as u32;
        let between =
            |a: i32, b: i32, step: u32| (f64::from(a) + (f64::from(b) - f64::from(a)) * f64::from(step) / f64::from(steps)).round() as i32;
        places.extend((1..=steps).map(|step| Point {
            lon_e7: between(pair[0].lon_e7, pair[1].lon_e7, step),
            lat_e7: between(pair[0].lat_e7, pair[1].lat_e7, step),
        }));
    }
    places
}

/// Unknown heights between known ones on a straight line, beyond them level; `None` when fewer than two are known.
#[expect(clippy::cast_precision_loss, reason = "few samples")]
fn bridged(known: &[Option<f64>]) -> Option<Vec<f64>> {
    let at: Vec<(usize, f64)> = known.iter().enumerate().filter_map(|(index, height)| Some((index, (*height)?))).collect();
    let (first, last) = (at.first()?, at.last().filter(|_| at.len() > 1)?);
    let mut heights = vec![first.1; first.0];
    for pair in at.windows(2) {
        let ((a, low), (b, high)) = (pair[0], pair[1]);
        heights.extend((a..b).map(|index| low + (high - low) * (index - a) as f64 / (b - a) as f64));
    }
    heights.resize(known.len(), last.1);
    Some(heights)
}

/// Sums of rises and falls between the extremes that differ by `noise_m` or more, the last height in place of the last extreme.
fn ups_and_downs(heights: &[f64], noise_m: f64) -> (f64, f64) {
    let Some((first, rest)) = heights.split_first() else { return (0.0, 0.0) };
    let (mut kept, mut low, mut high, mut rising) = (vec![*first], *first, *first, None);
    for height in rest {
        (low, high) = (low.min(*height), high.max(*height));
        match rising {
            Some(true) | None if high - height >= noise_m && high > *height => {
                kept.extend(rising.map(|_| high).or((high > *first).then_some(high)));
                (rising, low, high) = (Some(false), *height, *height);
            }
            Some(false) | None if height - low >= noise_m && *height > low => {
                kept.extend(rising.map(|_| low).or((low < *first).then_some(low)));
                (rising, low, high) = (Some(true), *height, *height);
            }
            _ => {}
        }
    }
    kept.extend(rest.last());
    let differences = kept.windows(2).map(|pair| pair[1] - pair[0]);
    differences.fold((0.0, 0.0), |(up, down), difference| (up + difference.max(0.0), down + (-difference).max(0.0)))
}

#[cfg(test)]
mod tests {
    use super::super::plane;
    use super::*;
    use crate::parts::WayPart;

    #[test]
    fn noise_is_left_out_and_ends_are_kept() {
        for (heights, noise, expected) in [
            (&[0.0, 1.0, 0.0, 1.0, 0.0][..], 2.0, (0.0, 0.0)),
            (&[0.0, 1.0, 0.5, 1.5], 2.0, (1.5, 0.0)),
            (&[0.0, 5.0, 4.0, 9.0, 3.0], 2.0, (9.0, 6.0)),
            (&[0.0, 5.0, 1.0], 2.0, (5.0, 4.0)),
            (&[5.0, 0.0, 1.0], 2.0, (0.0, 4.0)),
            (&[0.0, 1.0, -3.0, 0.0], 2.0, (4.0, 4.0)),
            (&[3.0], 2.0, (0.0, 0.0)),
            (&[0.0, 1.0, 0.0], 0.0, (1.0, 1.0)),
        ] {
            assert_eq!(ups_and_downs(heights, noise), expected, "{heights:?}");
        }
    }

    #[test]
    fn voids_are_bridged() {
        assert_eq!(bridged(&[None, Some(1.0), None, Some(3.0), None]), Some(vec![1.0, 1.0, 2.0, 3.0, 3.0]));
        assert_eq!((bridged(&[None, Some(1.0)]), bridged(&[])), (None, None));
    }

    #[test]
    fn a_slope_climbs_one_way_and_bridges_do_not_follow_the_ground() {
        let here = Point::from_degrees(-8.6, 41.1).unwrap();
        let there = Point::from_degrees(-8.59, 41.1).unwrap();
        let way = Some(WayPart { class: 0, junction_dm: 0, climb_dm: 0, descent_dm: 0, crash_pct: 100 });
        let street = StreetPart { tail: 0, head: 1, line: vec![here, there], length_mm: 838_000, name: None, forward: way, backward: way };
        // 3,000 m a degree: 30 m over the street, with a pit of 20 m in the middle.
        let mut tile = plane(here, 3_000.0, 0.0);
        for row in 0..201 {
            tile.heights[row * 201 + 110] -= 20.0;
        }
        let settings = Elevation { smooth_m: 0.0, noise_m: 2.0 };
        let mut streets = [street.clone(), street];
        let counts = climbs(&Heights::of(vec![tile]), &mut streets, |index| index == 1, &settings);
        let [ground, bridge] = streets.map(|street| street.forward.map(|way| (way.climb_dm, way.descent_dm)).unwrap());
        assert_eq!(bridge, (300, 0));
        assert!((430..=490).contains(&ground.0) && ground.0 - ground.1 == 300, "{ground:?}");
        assert_eq!((counts.streets_covered, counts.samples_void, counts.streets_off_ground, counts.steepest_pct), (2, 0, 1, 4));
    }
}
