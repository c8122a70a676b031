//! What a street costs a cautious rider: one table.
//!
//! **Unit.** One unit of cost is the effort of riding **one centimetre** of a calm, smooth cycle path. A street's *factor*, in percent,
//! says how many such centimetres one of its own is worth: `cost = ceil(length × factor)`, at least 1. Rounding up keeps
//! `cost >= length × smallest factor` true for every arc, on which the heuristic rests.
//!
//! **Factor** = base of class and lane × surface × destination-only, in percent, rounded up. No factor is below 100.
//! Values are our own judgement, in the order that published stress models agree on: separation first, then traffic (which the class
//! stands for), then surface.
//!
//! | base, %          | none | shared lane | painted lane | bicycle street | track |
//! |------------------|------|-------------|--------------|----------------|-------|
//! | motorway         | 800  | 700         | 450          | 300            | 160   |
//! | trunk            | 550  | 480         | 320          | 220            | 145   |
//! | primary          | 380  | 340         | 230          | 170            | 130   |
//! | secondary        | 280  | 250         | 180          | 140            | 120   |
//! | tertiary, road   | 190  | 175         | 145          | 120            | 112   |
//! | busway           | 170  | 160         | 140          | 120            | 112   |
//! | unclassified     | 140  | 135         | 122          | 108            | 106   |
//! | service          | 135  | 130         | 120          | 108            | 106   |
//! | residential      | 120  | 117         | 112          | 105            | 105   |
//! | living street    | 110  | 110         | 108          | 104            | 104   |
//! | track (farm road), path, footway, pedestrian, bridleway | 125, 120, 125, 130, 150 whatever the lane ||||
//! | cycleway         | 100 ||||                                               |
//!
//! On foot: 400 (a third to a quarter of riding speed); steps 900, with a ramp for wheels 700; the surface does not matter.
//! Ferry: 150, and [`FERRY_BOARDING`] each time.

use crate::limits::ARC_COST_MAX;
use crate::street::{Highway, Infra, Surface};

/// Pushing the bicycle, in percent.
pub const WALK: u32 = 400;
/// Carrying it on steps.
pub const STEPS: u32 = 900;
/// Steps with a ramp for bicycles.
pub const STEPS_WITH_RAMP: u32 = 700;
pub const FERRY: u32 = 150;
/// Waiting for and boarding a ferry: as much as a calm kilometre, in cost units.
pub const FERRY_BOARDING: u32 = 100_000;
/// Streets for people with a destination there (`access=destination|customers|delivery`): never a welcome short cut.
pub const DESTINATION_ONLY: u32 = 150;
/// No factor is smaller.
pub const SMALLEST_FACTOR: u32 = 100;

/// The base factor of a class and a lane, in percent: the table above.
#[must_use]
pub const fn base(highway: Highway, infra: Infra) -> u32 {
    use Highway as H;
    let [none, shared, lane, bicycle_street, track] = match highway {
        H::Motorway => [800, 700, 450, 300, 160],
        H::Trunk => [550, 480, 320, 220, 145],
        H::Primary => [380, 340, 230, 170, 130],
        H::Secondary => [280, 250, 180, 140, 120],
        H::Tertiary | H::Road => [190, 175, 145, 120, 112],
        H::Busway => [170, 160, 140, 120, 112],
        H::Unclassified => [140, 135, 122, 108, 106],
        H::Service => [135, 130, 120, 108, 106],
        H::Residential => [120, 117, 112, 105, 105],
        H::LivingStreet => [110, 110, 108, 104, 104],
        H::Track | H::Footway => [125; 5],
        H::Path => [120; 5],
        H::Pedestrian => [130; 5],
        H::Bridleway => [150; 5],
        H::Cycleway => [100; 5],
        H::Steps => [STEPS; 5],
        H::Ferry => [FERRY; 5],
    };
    match infra {
        Infra::None | Infra::Path | Infra::Ferry => none,
        Infra::SharedLane => shared,
        Infra::Lane => lane,
        Infra::BicycleStreet => bicycle_street,
        Infra::Track => track,
        Infra::Walk => WALK,
        Infra::Steps => STEPS,
        Infra::StepsWithRamp => STEPS_WITH_RAMP,
    }
}

/// How much a surface multiplies the base, in percent.
#[must_use]
pub const fn surface(surface: Surface) -> u32 {
    match surface {
        Surface::Smooth => 100,
        Surface::Blocks => 110,
        Surface::Compact => 115,
        Surface::Sett => 145,
        Surface::Loose => 170,
        Surface::Cobbles => 200,
        Surface::Soft => 300,
    }
}

/// The whole factor of a street in one direction, in percent.
#[must_use]
pub const fn factor(highway: Highway, infra: Infra, on: Surface, destination_only: bool) -> u32 {
    let rides_on_it = !matches!(infra, Infra::Walk | Infra::Steps | Infra::StepsWithRamp | Infra::Ferry);
    let surface = if rides_on_it { surface(on) } else { 100 };
    let destination = if destination_only { DESTINATION_ONLY } else { 100 };
    (base(highway, infra) * surface * destination).div_ceil(10_000)
}

/// The cost of `length_mm` at `factor` percent, with `boarding` on top; 1 ..= [`ARC_COST_MAX`].
#[must_use]
pub fn cost(length_mm: u32, factor: u32, boarding: u32) -> u32 {
    let units = (u64::from(length_mm) * u64::from(factor)).div_ceil(1000) + u64::from(boarding);
    u32::try_from(units).unwrap_or(ARC_COST_MAX).clamp(1, ARC_COST_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_factor_is_below_the_smallest_and_order_is_kept() {
        for highway in Highway::ALL {
            let order = [Infra::None, Infra::SharedLane, Infra::Lane, Infra::BicycleStreet, Infra::Track].map(|i| base(highway, i));
            assert!(order.is_sorted_by(|a, b| a >= b), "{highway:?}: more separation never costs more: {order:?}");
            for infra in Infra::ALL {
                for on in Surface::ALL {
                    assert!(factor(highway, infra, on, false) >= SMALLEST_FACTOR);
                    assert!(factor(highway, infra, on, true) > factor(highway, infra, on, false));
                }
            }
        }
    }

    #[test]
    fn costs_worked_out_by_hand() {
        // 12.345 m of smooth cycle path: 1,234.5 cm, rounded up.
        assert_eq!(cost(12_345, factor(Highway::Cycleway, Infra::Path, Surface::Smooth, false), 0), 1235);
        // 10 m of cobbled residential street: 1,000 cm × 1.2 × 2.0.
        assert_eq!(cost(10_000, factor(Highway::Residential, Infra::None, Surface::Cobbles, false), 0), 2400);
        assert_eq!(factor(Highway::Footway, Infra::Walk, Surface::Soft, false), WALK);
        assert_eq!((cost(0, 100, 0), cost(u32::MAX, 9000, 0)), (1, ARC_COST_MAX));
    }
}
