//! Capacity units.

use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub, SubAssign};

const MICRO: f64 = 1_000_000.0;

/// Capacity units, in millionths: what flows in within a microsecond at a unit a second. Whole numbers, so that no unit is made or
/// lost by rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(in crate::dynamodb) struct Units(i64);

impl Units {
    pub(in crate::dynamodb) const ZERO: Self = Self(0);
    pub(in crate::dynamodb) const ONE: Self = Self(1_000_000);

    /// Rounded to the nearest millionth; beyond what fits, as much as fits.
    #[expect(clippy::cast_possible_truncation, reason = "a cast from a float saturates, which is what is wanted")]
    pub(in crate::dynamodb) fn new(units: f64) -> Self {
        Self((units * MICRO).round() as i64)
    }

    #[expect(clippy::cast_precision_loss, reason = "exact up to 9,000 million units, and only reported")]
    pub(in crate::dynamodb) fn as_f64(self) -> f64 {
        self.0 as f64 / MICRO
    }

    /// What flows in within so many microseconds at so much a second, with what was left of the microsecond before: the whole
    /// millionths, and what is left.
    pub(super) fn inflow(per_s: Self, elapsed_us: u128, left: i128) -> (Self, i128) {
        let product = i128::from(per_s.0).saturating_mul(i128::try_from(elapsed_us).unwrap_or(i128::MAX)).saturating_add(left);
        let whole = product / 1_000_000;
        (Self(i64::try_from(whole).unwrap_or(i64::MAX)), product % 1_000_000)
    }

    pub(super) fn doubled(self) -> Self {
        Self(self.0.saturating_mul(2))
    }

    pub(super) fn halved(self) -> Self {
        Self(self.0 / 2)
    }
}

impl Add for Units {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Units {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl AddAssign for Units {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Units {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Sum for Units {
    fn sum<I: Iterator<Item = Self>>(units: I) -> Self {
        units.fold(Self::ZERO, Add::add)
    }
}
