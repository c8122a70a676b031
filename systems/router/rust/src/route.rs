//! A whole route: snap the places, ask the index from each to the next, and say which part of which street is ridden.
//!
//! Two places on one street may be joined directly; when the street is one-way the other way round, or the way round is calmer, the index decides.
//! A route over places in between is one question each: who stops there may turn back.

mod doors;
mod leg;
mod line;
mod reach;

pub use leg::{Leg, LegCosts};
pub use reach::Reached;

use crate::cch::{Best, CchError, Query};
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
    query: Query,
    search: Search,
    ends: [Ends; 2],
    arcs: Vec<u32>,
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
        Self { city, query: Query::new(), search: Search::new(), ends: [Ends::default(), Ends::default()], arcs: Vec::new() }
    }

    #[must_use]
    pub fn city(&self) -> &City<'a> {
        &self.city
    }

    /// States that the last A* settled.
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

    /// The same by plain A*, which needs no index: to prove and to measure the other by.
    ///
    /// # Errors
    /// [`NoRoute`].
    pub fn route_by_astar(&mut self, ask: &Ask<'_>) -> Result<Route, NoRoute> {
        let snaps = self.snaps(ask.places)?;
        self.along_by(Means::Astar, &snaps, self.city.stop_near(ask.comfort))
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
        self.along_by(Means::Index, snaps, stop)
    }

    fn along_by(&mut self, means: Means, snaps: &[Snap], stop: usize) -> Result<Route, NoRoute> {
        let mut legs = Vec::new();
        let mut first_leg = Vec::new();
        for (leg, pair) in snaps.windows(2).enumerate() {
            first_leg.push(legs.len());
            self.ride(means, &pair[0], &pair[1], stop, &mut legs)?.ok_or(NoRoute::Unconnected { leg })?;
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

    /// The costs from every origin to every destination at a stop, row by row; `None` where no way leads.
    pub fn matrix(&mut self, origins: &[Snap], destinations: &[Snap], stop: usize) -> Vec<Option<u32>> {
        let pairs = origins.iter().flat_map(|origin| destinations.iter().map(move |destination| (origin, destination)));
        pairs.map(|(origin, destination)| self.cost(origin, destination, stop).ok().flatten()).collect()
    }

    /// What the cheapest way from a place to another costs at a stop; `None` where no way leads.
    ///
    /// # Errors
    /// [`NoRoute::Damaged`].
    pub fn cost(&mut self, origin: &Snap, destination: &Snap, stop: usize) -> Result<Option<u32>, NoRoute> {
        let asked = self.join(origin, destination, stop);
        let best = self.best(stop, asked.bound)?;
        Ok(best.map(|best| best.cost).or(asked.direct.map(|_| asked.bound)))
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

    /// Appends the line of a whole route, in riding order; where legs join there is one point.
    pub fn geometry(&self, route: &Route, points: &mut Vec<Point>) {
        line::all(&self.city, route, points);
    }

    /// Fills the doors of both places.
    fn join(&mut self, origin: &Snap, destination: &Snap, stop: usize) -> Asked {
        let stop = self.city.stop(stop);
        let direct = direct(&self.city, stop, origin, destination);
        let bound = direct.map_or(ROUTE_COST_MAX, |leg| leg.map_or(0, |leg| u32::try_from(leg.cost).unwrap_or(ROUTE_COST_MAX)));
        self.ends[0].depart(&self.city, stop, origin);
        self.ends[1].arrive(&self.city, stop, destination);
        Asked { direct, bound, target: destination.point }
    }

    /// Asks the index.
    fn best(&mut self, stop: usize, bound: u32) -> Result<Option<Best>, NoRoute> {
        let index = self.city.index().index(stop)?;
        let [from, to] = &self.ends;
        Ok(self.query.run(index, &from.doors, &to.doors, bound)?)
    }

    /// Appends the legs of the cheapest way from a place to another; `None` where there is no way.
    fn ride(&mut self, means: Means, origin: &Snap, destination: &Snap, stop: usize, legs: &mut Vec<Leg>) -> Result<Option<()>, NoRoute> {
        let asked = self.join(origin, destination, stop);
        self.arcs.clear();
        let doors = match means {
            Means::Index => {
                let best = self.best(stop, asked.bound)?;
                if best.is_some() {
                    self.query.unpack(self.city.index().index(stop)?, &mut self.arcs)?;
                }
                best.map(|best| (best.origin_door, best.destination_door))
            }
            Means::Astar => {
                let [from, to] = &self.ends;
                let (stop, bound) = (self.city.stop(stop), asked.bound);
                let task = Task { origin: &from.doors, destination: &to.doors, target: asked.target, stop, bound };
                self.search.run(&self.city, task).map(|path| {
                    self.arcs.extend(path.arcs);
                    (path.origin_door, path.destination_door)
                })
            }
        };
        let Some((first, last)) = doors else { return Ok(asked.direct.map(|leg| legs.extend(leg))) };
        let stop = self.city.stop(stop);
        legs.reserve(self.arcs.len() + 2);
        legs.extend(self.ends[0].legs[first]);
        for &arc in &self.arcs {
            legs.push(Leg::whole(&self.city, stop, self.city.street(arc), self.city.turn(arc)).ok_or(NoRoute::Damaged)?);
        }
        legs.extend(self.ends[1].legs[last]);
        Ok(Some(()))
    }
}

/// How a way is found.
#[derive(Debug, Clone, Copy)]
enum Means {
    Index,
    Astar,
}

/// What joins two places, besides doors.
struct Asked {
    /// See [`direct`].
    direct: Option<Option<Leg>>,
    /// Its cost: only what is cheaper is wanted.
    bound: u32,
    target: Point,
}

impl From<CchError> for NoRoute {
    fn from(_: CchError) -> Self {
        Self::Damaged
    }
}
