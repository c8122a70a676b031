//! The waist between building a city and packing it: streets, what they cost, and the one formula of cost.
//!
//! **Unit.** One unit of cost is the effort of riding **one millimetre** of a calm, smooth cycle path at the reference speed of [`UNITS_PER_MS`] mm/ms
//! (18 km/h). All arithmetic is on integers, rounded where the formula says so, so that the Python original repeats it to the last digit.
//!
//! ```text
//! riding  = ceil(length_mm × effort_pct / 100) + boarding_dm × 100          what it takes without hills
//! effort  = riding + climb_dm × 100 × CLIMB_FACTOR                          a time: duration_ms = effort / UNITS_PER_MS
//! stress  = max(0, ceil(riding' × (physical_pct − 100) / 100)               riding' = riding without the boarding
//!                  + trunc(riding' × physical_pct × (crash_pct − 100) / 10,000))
//!           + junction_dm × 100
//! cost(s) = clamp(effort + tie + ceil(stress / 256) × stress_weight(s), 1, ARC_COST_MAX)
//! turn(s) = delay_dm × 100 + ceil(stress_dm × 100 / 256) × stress_weight(s)
//! ```
//! Both are exactly linear in the stop's stress weight, and so is the cost of a route: the index stores a way that is the same at all stops once.
//!
//! `tie` is up to 255 mm, hashed from the street: routes practically never cost the same, so every correct search finds the same one. It is the same both ways, as
//! most streets' costs are: the index stores such a pair once.

use crate::city::Direction;
use crate::geo::Point;
use crate::limits::ARC_COST_MAX;
use crate::street::{Highway, Infra, Surface};

/// Units of cost that are ridden in a millisecond.
pub const UNITS_PER_MS: u32 = 5;
/// Riding on the flat that is as much effort as climbing the same height.
pub const CLIMB_FACTOR: u32 = 8;
/// A [`Stop::stress_weight`] that takes stress as the profile says.
pub const STRESS_WEIGHT_ONE: u32 = 256;
pub const MM_PER_DM: u32 = 100;

/// What the builder hands over. Junctions are single nodes here: turns are expanded when the city is packed.
#[derive(Debug, Clone, Default)]
pub struct CityParts {
    /// `[a-z0-9-]{1,64}`; empty: "city".
    pub name: String,
    /// Junctions.
    pub nodes: Vec<Point>,
    pub streets: Vec<StreetPart>,
    /// Each distinct, at most 65,535.
    pub classes: Vec<StreetClass>,
    pub names: Vec<String>,
    /// Turns that cost something or are forbidden. All others are free.
    pub turns: Vec<TurnPart>,
    /// At most 255; the first is the free turn. None at all: the free turn.
    pub turn_kinds: Vec<TurnKind>,
    pub crashes: Vec<CrashPart>,
    /// By comfort, ascending. None at all: [`Stop::defaults`].
    pub stops: Vec<Stop>,
    /// What was counted, as JSON.
    pub report: String,
}

/// A street between two junctions.
#[derive(Debug, Clone)]
pub struct StreetPart {
    pub tail: u32,
    pub head: u32,
    /// From tail to head; two points or more.
    pub line: Vec<Point>,
    pub length_mm: u32,
    pub name: Option<u32>,
    /// Riding from tail to head, unless closed. One direction at least is open.
    pub forward: Option<WayPart>,
    pub backward: Option<WayPart>,
}

/// One direction of a street.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WayPart {
    /// Index into [`CityParts::classes`].
    pub class: u16,
    /// Stress of arriving at the junction at its end, in decimetres of calm riding.
    pub junction_dm: u16,
    pub climb_dm: u16,
    pub descent_dm: u16,
    /// What crashes make of the stress, in percent: 80 ..= 250, 100 where nothing is known.
    pub crash_pct: u8,
}

/// What streets of one kind are like to ride in one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StreetClass {
    pub highway: Highway,
    pub infra: Infra,
    pub surface: Surface,
    /// Level of Traffic Stress, 1 ..= 4.
    pub lts: u8,
    /// How much longer it takes than at the reference speed, in percent: at least 100.
    pub effort_pct: u16,
    /// Fixed effort, of boarding a ferry, in decimetres of calm riding.
    pub boarding_dm: u16,
    pub physical: Physical,
}

/// The factors of physical stress, each in percent and at least 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Physical {
    /// Class and lane.
    pub base: u16,
    pub width: u16,
    pub surface: u16,
    pub lighting: u16,
    pub tunnel: u16,
    /// Speed limit and lanes.
    pub traffic: u16,
}

/// A turn that is not free: from riding one street in a direction to riding another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TurnPart {
    pub from: (u32, Direction),
    pub to: (u32, Direction),
    pub rule: TurnRule,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnRule {
    Forbidden,
    /// Index into [`CityParts::turn_kinds`].
    Kind(u8),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TurnKind {
    pub name: String,
    /// Waiting, in decimetres of calm riding.
    pub delay_dm: u16,
    pub stress_dm: u16,
}

/// A crash, for maps: costs have it in already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CrashPart {
    pub point: Point,
    /// 0 no injury, 1 possible, 2 minor, 3 serious, 4 killed.
    pub severity: u8,
    pub year: u16,
}

/// A place of the comfort slider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop {
    /// 0 fastest ..= 100 calmest.
    pub comfort_pct: u8,
    /// In 1/256.
    pub stress_weight: u16,
}

impl Physical {
    pub const CALM: Self = Self { base: 100, width: 100, surface: 100, lighting: 100, tunnel: 100, traffic: 100 };

    /// One after the other, as declared.
    #[must_use]
    pub const fn factors(&self) -> [u16; 6] {
        [self.base, self.width, self.surface, self.lighting, self.tunnel, self.traffic]
    }

    /// The reverse of [`Physical::factors`].
    #[must_use]
    pub const fn of_factors([base, width, surface, lighting, tunnel, traffic]: [u16; 6]) -> Self {
        Self { base, width, surface, lighting, tunnel, traffic }
    }

    /// All factors together, in percent, rounded up once.
    #[must_use]
    pub fn pct(&self) -> u32 {
        let product = self.factors().iter().fold(1_u64, |product, factor| product.saturating_mul(u64::from(*factor)));
        u32::try_from(product.div_ceil(100_u64.pow(5))).unwrap_or(u32::MAX)
    }
}

/// All that costs need of a [`StreetClass`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Factors {
    pub effort_pct: u16,
    pub boarding_dm: u16,
    /// [`Physical::pct`].
    pub physical_pct: u32,
}

/// What riding a whole street in one direction consists of, in cost units, before stress is weighted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WayCosts {
    /// Riding without hills, boarding included.
    pub riding: u64,
    pub climb: u64,
    /// Of street and traffic.
    pub physical: u64,
    /// Of crashes: less than nothing where there are fewer than expected.
    pub crash: i64,
    /// Of the approach to the junction at its end.
    pub junction: u64,
    pub tie: u64,
}

impl WayCosts {
    /// `tie` is [`tie`] of the street.
    #[must_use]
    pub fn new(class: &StreetClass, way: &WayPart, length_mm: u32, tie: u8) -> Self {
        let factors = Factors { effort_pct: class.effort_pct, boarding_dm: class.boarding_dm, physical_pct: class.physical.pct() };
        Self::by(factors, way, length_mm, tie)
    }

    /// The same from a class's factors alone.
    #[must_use]
    pub fn by(class: Factors, way: &WayPart, length_mm: u32, tie: u8) -> Self {
        let moving = (u64::from(length_mm) * u64::from(class.effort_pct)).div_ceil(100);
        let physical_pct = u64::from(class.physical_pct).max(100);
        let dm = |count: u16| u64::from(count) * u64::from(MM_PER_DM);
        let crash = match way.crash_pct {
            100 => 0,
            pct => i128::from(moving) * i128::from(physical_pct) * (i128::from(pct) - 100) / 10_000,
        };
        Self {
            riding: moving + dm(class.boarding_dm),
            climb: dm(way.climb_dm) * u64::from(CLIMB_FACTOR),
            physical: (moving * (physical_pct - 100)).div_ceil(100),
            crash: i64::try_from(crash).unwrap_or(i64::MAX),
            junction: dm(way.junction_dm),
            tie: u64::from(tie),
        }
    }

    /// The time part.
    #[must_use]
    pub fn effort(&self) -> u64 {
        self.riding + self.climb
    }

    #[must_use]
    pub fn duration_ms(&self) -> u64 {
        self.effort() / u64::from(UNITS_PER_MS)
    }

    #[must_use]
    pub fn stress(&self) -> u64 {
        self.physical.saturating_add_signed(self.crash) + self.junction
    }

    /// As a function of the stop.
    #[must_use]
    pub fn linear(&self) -> Linear {
        Linear::new(self.effort() + self.tie, self.stress())
    }

    /// The cost at a stop: 1 ..= [`ARC_COST_MAX`].
    #[must_use]
    pub fn cost(&self, stop: Stop) -> u32 {
        self.linear().at(stop).max(1)
    }
}

/// A cost as a function of the stop: base + slope × stress weight, at most [`ARC_COST_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Linear {
    pub base: u32,
    pub slope: u32,
}

impl Linear {
    /// From time and stress in cost units.
    #[must_use]
    pub fn new(time: u64, stress: u64) -> Self {
        let capped = |units: u64| u32::try_from(units).unwrap_or(ARC_COST_MAX).min(ARC_COST_MAX);
        Self { base: capped(time), slope: capped(stress.div_ceil(u64::from(STRESS_WEIGHT_ONE))) }
    }

    #[must_use]
    #[inline]
    pub fn at(self, stop: Stop) -> u32 {
        let cost = u64::from(self.base) + u64::from(self.slope) * u64::from(stop.stress_weight);
        u32::try_from(cost).unwrap_or(ARC_COST_MAX).min(ARC_COST_MAX)
    }
}

impl TurnKind {
    /// The cost at a stop; 0 for the free turn.
    #[must_use]
    pub fn cost(&self, stop: Stop) -> u32 {
        turn(self.delay_dm, self.stress_dm).at(stop)
    }
}

/// The cost of a turn.
#[must_use]
pub fn turn(delay_dm: u16, stress_dm: u16) -> Linear {
    let units = |dm: u16| u64::from(dm) * u64::from(MM_PER_DM);
    Linear::new(units(delay_dm), units(stress_dm))
}

impl Stop {
    /// Comfort from 0 to 1.
    #[must_use]
    pub fn comfort(self) -> f64 {
        f64::from(self.comfort_pct) / 100.0
    }

    /// The default profile's: eleven, from stress not counted to counted about four times. See the unit at [`Stop::stress_weight`].
    #[must_use]
    pub fn defaults() -> Vec<Self> {
        const WEIGHTS: [u16; 11] = [0, 26, 64, 115, 179, 256, 346, 461, 602, 781, 1000];
        (0..).zip(WEIGHTS).map(|(step, stress_weight)| Self { comfort_pct: step * 10, stress_weight }).collect()
    }
}

pub(crate) fn weighted(stress: u64, stop: Stop) -> u64 {
    stress.div_ceil(u64::from(STRESS_WEIGHT_ONE)) * u64::from(stop.stress_weight)
}

/// The tie-breaker of a street: 8 well-mixed bits.
#[must_use]
pub const fn tie(street: u32) -> u8 {
    (street.wrapping_mul(0x9E37_79B1) >> 24) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASS: StreetClass = StreetClass {
        highway: Highway::Residential,
        infra: Infra::None,
        surface: Surface::Smooth,
        lts: 1,
        effort_pct: 100,
        boarding_dm: 0,
        physical: Physical { base: 120, surface: 150, ..Physical::CALM },
    };
    const WAY: WayPart = WayPart { class: 0, junction_dm: 0, climb_dm: 0, descent_dm: 0, crash_pct: 100 };
    const PLAIN: Stop = Stop { comfort_pct: 50, stress_weight: 256 };

    #[test]
    fn costs_worked_out_by_hand() {
        // 10.001 m at 180 %: effort 10,001, stress ceil(8,000.8).
        let costs = WayCosts::new(&CLASS, &WAY, 10_001, 7);
        assert_eq!((costs.effort(), costs.stress(), costs.duration_ms()), (10_001, 8_001, 2_000));
        // 32 times a quarter of a metre.
        assert_eq!(costs.cost(PLAIN), 10_001 + 8_192 + 7);
        assert_eq!(costs.cost(Stop { comfort_pct: 0, stress_weight: 0 }), 10_001 + 7);
        assert_eq!(costs.cost(Stop { comfort_pct: 100, stress_weight: 512 }), 10_001 + 16_384 + 7);
        // 10 m, 3 m up, crashes + 50 %, half a metre of junction: stress 8,000 + 9,000 + 50.
        let way = WayPart { junction_dm: 5, climb_dm: 30, crash_pct: 150, ..WAY };
        let costs = WayCosts::new(&CLASS, &way, 10_000, 0);
        assert_eq!((costs.effort(), costs.stress()), (10_000 + 24_000, 8_000 + 9_000 + 500));
    }

    #[test]
    fn few_crashes_calm_no_further_than_a_calm_path() {
        let calm = StreetClass { physical: Physical::CALM, ..CLASS };
        let costs = WayCosts::new(&calm, &WayPart { crash_pct: 80, ..WAY }, 10_000, 0);
        assert_eq!((costs.crash, costs.stress(), costs.cost(PLAIN)), (-2_000, 0, 10_000));
    }

    #[test]
    fn turns_wait_and_stress() {
        let left = TurnKind { name: "left".into(), delay_dm: 100, stress_dm: 300 };
        assert_eq!([0, 256, 512].map(|stress_weight| left.cost(Stop { comfort_pct: 0, stress_weight })), [10_000, 40_208, 70_416]);
    }
}
