//! Level of Traffic Stress, 1 (children) to 4 (the fearless), by the criteria of Mekuria, Furth and Nixon (2012) as Furth revised them (version 2, 2017).
//!
//! | riding | level |
//! |---|---|
//! | separated from traffic: path, track; on foot; ferry | 1 |
//! | mixed traffic | [`mixed`]: lanes, daily vehicles, speed |
//! | a painted lane beside parked cars | [`lane_beside_parking`]: lanes, reach of lane and parking, speed |
//! | a painted lane elsewhere | [`lane_alone`]: lanes, width, speed |
//! | arriving at a crossing without signals | [`of_crossing`]: speed and width of the crossed street, island; the worse of street and crossing holds |
//!
//! Speeds are Furth's mile-per-hour columns in the kilometres that signs say: 32, 40, 50, 60, 65, 75 km/h. The speed limit (or the class's default) stands for the
//! speed driven, the profile's `vehicles` by class for counts, which OpenStreetMap has not. A bicycle street counts at most 1,500 vehicles a day.
//! Untagged lanes are taken for the narrower kind.

use super::Facts;
use crate::street::Infra;

/// The column of a speed: up to 20, 25, 30, 35, 40, 45 miles per hour, and more.
fn column(speed_kmh: u16) -> usize {
    [32, 40, 50, 60, 65, 75].iter().position(|most| speed_kmh <= *most).unwrap_or(6)
}

/// The level of riding along a street.
#[must_use]
pub fn of_street(facts: &Facts) -> u8 {
    match facts.infra {
        Infra::Track | Infra::Path | Infra::Walk | Infra::Steps | Infra::StepsWithRamp | Infra::Ferry => 1,
        Infra::None | Infra::SharedLane => mixed(facts),
        Infra::BicycleStreet => mixed(&Facts { vehicles: facts.vehicles.min(1500), ..*facts }),
        // A lane is never worse than none.
        Infra::Lane if facts.parking => lane_beside_parking(facts).min(mixed(facts)),
        Infra::Lane => lane_alone(facts).min(mixed(facts)),
    }
}

fn mixed(facts: &Facts) -> u8 {
    // Half a street's vehicles go one way; one-way streets feel busier than that (Furth: × 1.5).
    let vehicles = if facts.oneway { facts.vehicles / 4 * 3 } else { facts.vehicles };
    let few_lanes = |rows: [[u8; 7]; 4]| rows[[750, 1500, 3000].iter().position(|most| vehicles <= *most).unwrap_or(3)];
    let row = match facts.lanes {
        0 | 1 if !facts.laned => few_lanes([[1, 1, 2, 2, 3, 3, 3], [1, 1, 2, 3, 3, 3, 4], [2, 2, 2, 3, 4, 4, 4], [2, 3, 3, 3, 4, 4, 4]]),
        0 | 1 => few_lanes([[1, 1, 2, 2, 3, 3, 3], [2, 2, 2, 3, 3, 3, 4], [2, 3, 3, 3, 4, 4, 4], [3, 3, 3, 3, 4, 4, 4]]),
        2 if vehicles <= 8000 => [3, 3, 3, 3, 4, 4, 4],
        _ => [3, 3, 4, 4, 4, 4, 4],
    };
    row[column(facts.speed_kmh)]
}

fn lane_alone(facts: &Facts) -> u8 {
    // Six feet.
    let wide = facts.width_cm.is_some_and(|width| width >= 180);
    let row = match (facts.lanes, wide) {
        (0 | 1, true) => [1, 1, 1, 2, 3, 3, 3],
        (0 | 1, false) => [2, 2, 2, 2, 3, 3, 4],
        (2, true) => [2, 2, 2, 2, 3, 3, 3],
        (2, false) => [2, 2, 2, 2, 3, 3, 4],
        _ => [3, 3, 3, 3, 4, 4, 4],
    };
    row[column(facts.speed_kmh)]
}

fn lane_beside_parking(facts: &Facts) -> u8 {
    // Fifteen feet for lane and parked cars, of which those take 2.4 m.
    let wide = facts.width_cm.is_some_and(|width| width >= 210);
    let row = match (facts.lanes, wide) {
        (0 | 1, true) => [1, 1, 2, 3, 3, 3, 4],
        (0 | 1, false) => [2, 2, 2, 3, 3, 3, 4],
        (2, true) => [2, 2, 3, 3, 3, 3, 4],
        _ => [3, 3, 3, 3, 3, 3, 4],
    };
    row[column(facts.speed_kmh)]
}

/// The level of crossing a street of so many lanes (both directions) without signals.
#[must_use]
pub fn of_crossing(speed_kmh: u16, lanes: u8, island: bool) -> u8 {
    let rows = match (island, lanes) {
        (false, 0..=3) => [1, 1, 2, 3],
        (false, 4 | 5) => [2, 2, 3, 4],
        (false, _) => [4, 4, 4, 4],
        (true, 0..=3) => [1, 1, 2, 3],
        (true, 4 | 5) => [1, 2, 3, 4],
        (true, _) => [2, 3, 4, 4],
    };
    rows[[40, 50, 60].iter().position(|most| speed_kmh <= *most).unwrap_or(3)]
}

#[cfg(test)]
mod tests {
    use super::super::facts;
    use super::*;
    use crate::street::Highway;

    const MIXED: Facts = facts(Highway::Tertiary, Infra::None);

    #[test]
    fn streets_by_hand() {
        let lane = Facts { infra: Infra::Lane, ..MIXED };
        for (what, facts, expected) in [
            ("quiet residential street, 30 km/h, no centre line", Facts { laned: false, vehicles: 700, ..MIXED }, 1),
            ("the same at 50", Facts { laned: false, vehicles: 700, speed_kmh: 50, ..MIXED }, 2),
            ("the same at 65", Facts { laned: false, vehicles: 700, speed_kmh: 65, ..MIXED }, 3),
            ("collector, 50 km/h, 2,800 a day", Facts { speed_kmh: 50, vehicles: 2800, ..MIXED }, 3),
            ("two lanes each way at 40", Facts { lanes: 2, speed_kmh: 40, vehicles: 7000, ..MIXED }, 3),
            ("busy, two lanes each way at 50", Facts { lanes: 2, speed_kmh: 50, vehicles: 12_000, ..MIXED }, 4),
            ("three lanes each way at 80", Facts { lanes: 3, speed_kmh: 80, ..MIXED }, 4),
            ("wide lane at 50, one lane each way", Facts { width_cm: Some(180), speed_kmh: 50, ..lane }, 1),
            ("lane of unknown width there", Facts { speed_kmh: 50, ..lane }, 2),
            ("lane at 60, two lanes each way", Facts { speed_kmh: 60, lanes: 2, ..lane }, 2),
            ("lane at 80", Facts { speed_kmh: 80, ..lane }, 4),
            ("lane with parking at 50", Facts { parking: true, speed_kmh: 50, ..lane }, 2),
            ("wide lane with parking at 30", Facts { parking: true, width_cm: Some(220), ..lane }, 1),
            ("lane with parking, two lanes each way", Facts { parking: true, lanes: 2, vehicles: 9000, speed_kmh: 50, ..lane }, 3),
            ("track on an 80 km/h road", Facts { infra: Infra::Track, speed_kmh: 80, lanes: 3, ..MIXED }, 1),
            ("bicycle street with many cars", Facts { infra: Infra::BicycleStreet, laned: false, vehicles: 5000, ..MIXED }, 1),
        ] {
            assert_eq!(of_street(&facts), expected, "{what}");
        }
    }

    #[test]
    fn crossings_by_hand() {
        for (what, (speed, lanes, island), expected) in [
            ("residential street", (30, 2, false), 1),
            ("two lanes at 60", (60, 2, false), 2),
            ("four lanes at 50", (50, 4, false), 2),
            ("four lanes at 60", (60, 4, false), 3),
            ("four lanes at 40 with an island", (40, 4, true), 1),
            ("six lanes at 40", (40, 6, false), 4),
            ("six lanes at 50 with an island", (50, 6, true), 3),
            ("two lanes at 80", (80, 2, false), 3),
        ] {
            assert_eq!(of_crossing(speed, lanes, island), expected, "{what}");
        }
    }

    #[test]
    fn faster_wider_busier_is_never_calmer() {
        for infra in Infra::ALL {
            for (speed, lanes, vehicles) in [(30, 1, 500), (40, 2, 1400), (50, 3, 5000), (70, 4, 20_000)] {
                let here = Facts { speed_kmh: speed, lanes, vehicles, ..facts(Highway::Primary, infra) };
                for worse in
                    [Facts { speed_kmh: speed + 15, ..here }, Facts { lanes: lanes + 1, ..here }, Facts { vehicles: vehicles * 3, ..here }]
                {
                    assert!(of_street(&worse) >= of_street(&here), "{here:?} {worse:?}");
                }
            }
        }
    }
}
