//! Routes between two stops of the comfort slider: see [`crate::cch::Between`].

use super::doors::Ends;
use super::{NoRoute, Router};
use crate::cch::{self, Best, Ride};
use crate::parts::Stop;
use crate::snap::Snap;

impl Router<'_> {
    /// The cheapest way between the doors of both ends, which are `at`'s; `at` lies between stop `low` and the next. Its arcs come after those there are.
    pub(super) fn best_between(&mut self, low: usize, at: Stop, destination: &Snap) -> Result<Option<Best>, NoRoute> {
        let city = self.city;
        let [mut ends_low, mut ends_high] = [Ends::default(), Ends::default()];
        ends_low.arrive(&city, city.stop(low), destination);
        ends_high.arrive(&city, city.stop(low + 1), destination);
        let ends = cch::Ends {
            origin: &self.ends[0].doors,
            destination: &self.ends[1].doors,
            destination_low: &ends_low.doors,
            destination_high: &ends_high.doors,
        };
        let rides = |state, rides: &mut Vec<Ride>| {
            rides.extend(city.arcs(state).map(|arc| Ride { arc, head: city.head(arc), cost: city.cost(arc, at) }));
        };
        let stops = (city.index().index(low)?, city.index().index(low + 1)?);
        Ok(self.between.run(stops, at.stress_weight.into(), ends, rides, &mut self.arcs)?)
    }
}
