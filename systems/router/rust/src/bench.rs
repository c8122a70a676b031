//! The questions of the benchmark: origins and destinations in bands of miles ridden, as the article that this router's original comes from asked them.
//!
//! An origin is a place on a random street; its destination lies at about the wanted distance in a random direction, on the street nearest to there. A pair belongs to
//! the band that the length of its route (default comfort) falls into. Drawn from the city and a seed alone.

use crate::city::City;
use crate::geo::{METRES_PER_UNIT, Point, UNITS_PER_DEGREE, round_i32};
use crate::limits::DEFAULT_COMFORT;
use crate::route::{Ask, Router};
use crate::snap::snap;

/// Miles ridden, from and to. The article's five, then what it could not ask.
pub const BANDS_MILES: [[u16; 2]; 7] = [[0, 5], [5, 10], [10, 20], [20, 35], [35, 50], [50, 80], [80, 130]];
/// Millimetres.
const MILE_MM: f64 = 1_609_344.0;
/// A route is about this much longer than the straight line.
const DETOUR: f64 = 1.3;
/// Draws for one wanted pair, on average; and before a band is given up in which none was found.
const TRIES_PER_PAIR: u32 = 40;
/// Roundabout routes between neighbours measure nothing.
const SHORTEST_MM: u64 = 100_000;

/// The pairs of one band.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    pub miles: [u16; 2],
    /// As many as wanted, or fewer: a town has no route of 80 miles.
    pub pairs: Vec<Pair>,
}

/// Two places and the length of the route between them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    pub origin: Point,
    pub destination: Point,
    pub length_mm: u64,
}

/// `per_band` pairs for every band. The same for the same city and seed.
#[must_use]
pub fn draw(router: &mut Router<'_>, per_band: u32, seed: u64) -> Vec<Band> {
    // A band's pairs do not depend on the other bands'.
    let seeds = (seed..).step_by(1_000);
    BANDS_MILES.iter().zip(seeds).map(|(&miles, seed)| Band { miles, pairs: band(router, miles, per_band, seed) }).collect()
}

fn band(router: &mut Router<'_>, miles: [u16; 2], per_band: u32, seed: u64) -> Vec<Pair> {
    let [from_mm, to_mm] = miles.map(|miles| f64::from(miles) * MILE_MM);
    let mut random = fastrand::Rng::with_seed(seed);
    let mut pairs = Vec::new();
    for tries in 0..per_band * TRIES_PER_PAIR {
        if pairs.len() >= per_band as usize || (pairs.is_empty() && tries >= 4 * TRIES_PER_PAIR) {
            break;
        }
        let wanted_mm = from_mm + (to_mm - from_mm) * random.f64();
        let Some((origin, destination)) = places(router.city(), &mut random, wanted_mm / DETOUR) else { continue };
        let Ok(route) = router.route(&Ask { places: &[origin, destination], comfort: DEFAULT_COMFORT }) else { continue };
        #[expect(clippy::cast_precision_loss, reason = "a route's millimetres stay far below 2^52")]
        let length_mm = route.total_length_mm as f64;
        if route.total_length_mm >= SHORTEST_MM && (from_mm..to_mm).contains(&length_mm) {
            pairs.push(Pair { origin, destination, length_mm: route.total_length_mm });
        }
    }
    pairs
}

/// Two places on streets, to six decimals as map pages send them.
fn places(city: &City<'_>, random: &mut fastrand::Rng, apart_mm: f64) -> Option<(Point, Point)> {
    let mut line = Vec::new();
    city.line(random.u32(..u32::try_from(city.segments().len()).ok()?.max(1)), &mut line);
    let origin = *line.get(random.usize(..line.len().max(1)))?;
    let (east, north) = (random.f64() * std::f64::consts::TAU).sin_cos();
    let north_e7 = apart_mm / 1_000.0 / METRES_PER_UNIT;
    let parallel = (f64::from(origin.lat_e7) / UNITS_PER_DEGREE).to_radians().cos();
    let aimed = Point {
        lon_e7: round_i32(f64::from(origin.lon_e7) + north_e7 * east / parallel.max(0.01)),
        lat_e7: round_i32(f64::from(origin.lat_e7) + north_e7 * north),
    };
    let destination = snap(city, aimed.is_on_earth().then_some(aimed)?)?.point;
    Some((six_decimals(origin), six_decimals(destination)))
}

fn six_decimals(point: Point) -> Point {
    Point { lon_e7: point.lon_e7 / 10 * 10, lat_e7: point.lat_e7 / 10 * 10 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::city::encode::encode;
    use crate::parts::{CityParts, Physical, StreetClass, StreetPart, WayPart};
    use crate::street::{Highway, Infra, Surface};

    /// One straight cycle path to the north, a junction every kilometre: 30 km, or 18.6 miles.
    fn one_street() -> CityParts {
        let class = StreetClass {
            highway: Highway::Cycleway,
            infra: Infra::Path,
            surface: Surface::Smooth,
            lts: 1,
            effort_pct: 100,
            boarding_dm: 0,
            physical: Physical::CALM,
        };
        let way = WayPart { class: 0, junction_dm: 0, climb_dm: 0, descent_dm: 0, crash_pct: 100 };
        let nodes: Vec<Point> = (0..=30).map(|km| Point { lon_e7: 100_000_000, lat_e7: 500_000_000 + 89_932 * km }).collect();
        let street = |tail: u32| StreetPart {
            tail,
            head: tail + 1,
            line: vec![nodes[tail as usize], nodes[tail as usize + 1]],
            length_mm: 1_000_000,
            name: None,
            forward: Some(way),
            backward: Some(way),
        };
        CityParts { name: "line".to_owned(), streets: (0..30).map(street).collect(), nodes, classes: vec![class], ..CityParts::default() }
    }

    #[test]
    fn pairs_lie_in_their_bands_and_the_seed_decides() {
        let bytes = encode(&one_street()).unwrap();
        let mut router = Router::new(City::open(&bytes).unwrap());
        let bands = draw(&mut router, 3, 7);
        assert_eq!(bands.len(), BANDS_MILES.len());
        for band in &bands {
            let [from_mm, to_mm] = band.miles.map(|miles| f64::from(miles) * MILE_MM);
            assert!(band.pairs.iter().all(|pair| (from_mm..to_mm).contains(&(pair.length_mm as f64))), "{band:?}");
        }
        assert!(!bands[0].pairs.is_empty() && bands[0].pairs.len() <= 3);
        assert!(bands[3..].iter().all(|band| band.pairs.is_empty()), "no route is 20 miles long");
        assert_eq!(draw(&mut router, 3, 7), bands);
        assert_ne!(draw(&mut router, 3, 8), bands);
    }
}
