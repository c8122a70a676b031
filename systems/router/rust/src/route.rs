//! A whole route: snap the places, search from each to the next, and say which part of which street is ridden.
//!
//! Two places on one street may be joined directly; when the street is one-way the other way round, or the way round is calmer, the search decides.
//! A route over places in between is one search each: who stops there may turn back.

mod doors;
mod leg;
mod line;
mod reach;

pub use leg::{Leg, LegCosts};
pub use reach::Reached;

use crate::city::City;
use crate::geo::Point;
use crate::limits::{PLACES_MAX, ROUTE_COST_MAX};
use crate::parts::UNITS_PER_MS;
use crate::search::{Search, Task};
use crate::snap::{Snap, snap};
use doors::{Ends, direct};

/// A city and the memory to answer one question at a time about it.
#[derive(Debug)]
pub struct Router<'a> {
    city: City<'a>,
    search: Search,
    ends: [Ends; 2],
}

/// What is asked of [`Router::route`].
#[derive(Debug, Clone, Copy)]
pub struct Ask<'p> {
    /// Origin, places to pass, destination: 2 ..= [`PLACES_MAX`].
    pub places: &'p [Point],
    /// 0 fastest ..= 1 calmest; the nearest stop is taken.
    pub comfort: f64,
}

/// A route from street to street. Without legs when all places are the same point of the network.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// Index of the stop it is cheapest at.
    pub stop: usize,
    /// That stop's.
    pub comfort: f64,
    /// Where each place was found.
    pub snaps: Vec<Snap>,
    pub legs: Vec<Leg>,
    /// For each place but the last, the index of the first leg from it.
    pub first_leg: Vec<usize>,
    /// Cost units: see [`crate::parts`]. The sum of the legs'.
    pub total_cost: u64,
    pub total_length_mm: u64,
    pub duration_ms: u64,
    pub climb_dm: u64,
    pub descent_dm: u64,
}

/// Why there is no route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoRoute {
    #[error("a route has 2 to {PLACES_MAX} places, this one has {count}")]
    Places { count: usize },
    /// No street within [`SNAP_LIMIT_M`](crate::limits::SNAP_LIMIT_M) of a place.
    #[error("place {place} is on no street")]
    OffStreet { place: usize },
    /// Both are on streets, and no way leads from place `leg` to the next.
    #[error("no way leads from place {leg} to the next")]
    Unconnected { leg: usize },
    #[error("the city file is damaged: check it with `router-build check`, copy or build it again")]
    Damaged,
}

impl<'a> Router<'a> {
    #[must_use]
    pub fn new(city: City<'a>) -> Self {
        Self { city, search: Search::new(), ends: [Ends::default(), Ends::default()] }
    }

    #[must_use]
    pub fn city(&self) -> &City<'a> {
        &self.city
    }

    /// States that the last search settled.
    #[must_use]
    pub fn settled(&self) -> u32 {
        self.search.settled()
    }

    /// The nearest point of the nearest street, within [`SNAP_LIMIT_M`](crate::limits::SNAP_LIMIT_M).
    #[must_use]
    pub fn snap(&self, place: Point) -> Option<Snap> {
        snap(&self.city, place)
    }

    /// The cheapest route at the stop nearest to the comfort asked for.
    ///
    /// # Errors
    /// [`NoRoute`] when a place is off every street or two are not connected.
    pub fn route(&mut self, ask: &Ask<'_>) -> Result<Route, NoRoute> {
        let snaps = self.snaps(ask.places)?;
        self.along(&snaps, self.city.stop_near(ask.comfort))
    }

    /// The cheapest route at every stop, from fastest to calmest; many may be alike.
    ///
    /// # Errors
    /// [`NoRoute`].
    pub fn front(&mut self, origin: Point, destination: Point) -> Result<Vec<Route>, NoRoute> {
        let snaps = self.snaps(&[origin, destination])?;
        (0..self.city.stop_count()).map(|stop| self.along(&snaps, stop)).collect()
    }

    /// Finds each place on a street.
    ///
    /// # Errors
    /// [`NoRoute::Places`], [`NoRoute::OffStreet`].
    pub fn snaps(&self, places: &[Point]) -> Result<Vec<Snap>, NoRoute> {
        if !(2..=PLACES_MAX).contains(&places.len()) {
            return Err(NoRoute::Places { count: places.len() });
        }
        places.iter().enumerate().map(|(place, point)| self.snap(*point).ok_or(NoRoute::OffStreet { place })).collect()
    }

    /// The cheapest route over places already on streets.
    ///
    /// # Errors
    /// [`NoRoute::Unconnected`].
    pub fn along(&mut self, snaps: &[Snap], stop: usize) -> Result<Route, NoRoute> {
        let mut legs = Vec::new();
        let mut first_leg = Vec::new();
        for (leg, pair) in snaps.windows(2).enumerate() {
            first_leg.push(legs.len());
            self.ride(&pair[0], &pair[1], stop, &mut legs)?.ok_or(NoRoute::Unconnected { leg })?;
        }
        let sum = |of: fn(&Leg) -> u64| legs.iter().map(of).sum::<u64>();
        Ok(Route {
            stop,
            comfort: self.city.stop(stop).comfort(),
            snaps: snaps.to_vec(),
            total_cost: sum(|leg| leg.cost),
            total_length_mm: sum(|leg| leg.length_mm().into()),
            duration_ms: sum(|leg| leg.time.into()) / u64::from(UNITS_PER_MS),
            climb_dm: sum(|leg| leg.climb_dm.into()),
            descent_dm: sum(|leg| leg.descent_dm.into()),
            legs,
            first_leg,
        })
    }

    /// The costs from every origin to every destination at a stop, row by row.
    pub fn matrix(&mut self, origins: &[Snap], destinations: &[Snap], stop: usize) -> Vec<Option<u32>> {
        let mut legs = Vec::new();
        let pairs = origins.iter().flat_map(|origin| destinations.iter().map(move |destination| (origin, destination)));
        pairs
            .map(|(origin, destination)| {
                legs.clear();
                self.ride(origin, destination, stop, &mut legs).ok().flatten()?;
                u32::try_from(legs.iter().map(|leg| leg.cost).sum::<u64>()).ok()
            })
            .collect()
    }

    /// The streets ridden within a time on the cheapest routes at a stop.
    #[must_use]
    pub fn reach(&self, origin: &Snap, stop: usize, duration_ms: u32) -> Vec<Reached> {
        reach::reach(&self.city, self.city.stop(stop), origin, duration_ms)
    }

    /// Writes the line ridden on `leg` of `route`, in riding order, to `line`: two points or more, no point twice in a row unless the leg is shorter than a point's resolution.
    pub fn line(&self, route: &Route, leg: &Leg, line: &mut Vec<Point>) {
        line::line(&self.city, route, leg, line);
    }

    /// Appends the legs of the cheapest way from a place to another; `None` where there is no way.
    fn ride(&mut self, origin: &Snap, destination: &Snap, stop: usize, legs: &mut Vec<Leg>) -> Result<Option<()>, NoRoute> {
        let (city, stop) = (self.city, self.city.stop(stop));
        let direct = direct(&city, stop, origin, destination);
        let bound = direct.map_or(ROUTE_COST_MAX, |leg| leg.map_or(0, |leg| u32::try_from(leg.cost).unwrap_or(ROUTE_COST_MAX)));
        let [from, to] = &mut self.ends;
        if bound > 0 {
            from.depart(&city, stop, origin);
            to.arrive(&city, stop, destination);
            let task = Task { origin: &from.doors, destination: &to.doors, target: destination.point, stop, bound };
            if let Some(path) = self.search.run(&city, task) {
                legs.extend(from.legs[path.origin_door]);
                for arc in path.arcs {
                    legs.push(Leg::whole(&city, stop, city.street(arc), city.turn(arc)).ok_or(NoRoute::Damaged)?);
                }
                legs.extend(to.legs[path.destination_door]);
                return Ok(Some(()));
            }
        }
        Ok(direct.map(|leg| legs.extend(leg)))
    }
}
