//! A whole route: snap the places, ask the index from each to the next, and say which part of which street is ridden.
//!
//! Two places on one street may be joined directly; when the street is one-way the other way round, or the way round is calmer, the index decides.
//! A route over places in between is one question each: who stops there may turn back.

mod cold;
mod doors;
mod exact;
mod front;
mod leg;
mod line;
mod reach;

pub use leg::{Leg, LegCosts};
pub use reach::Reached;

use crate::cch::{Best, Between, CchError, Door, Query};
use crate::city::{City, Comfort, Direction};
use crate::geo::Point;
use crate::limits::{PLACES_MAX, ROUTE_COST_MAX};
use crate::parts::{Stop, UNITS_PER_MS};
use crate::search::{Search, Task};
use crate::snap::{Snap, snap};
use doors::{Ends, direct};

/// A city and the memory to answer one question at a time about it.
#[derive(Debug)]
pub struct Router<'a> {
    city: City<'a>,
    query: Query,
    between: Between,
    search: Search,
    ends: [Ends; 2],
    /// Whether the next route is the first: see [`cold`].
    is_cold: bool,
    arcs: Vec<u32>,
    /// Of the arcs, way and turn.
    ways: Vec<((u32, Direction), u8)>,
}

/// What is asked of [`Router::route`].
#[derive(Debug, Clone, Copy)]
pub struct Ask<'p> {
    /// Origin, places to pass, destination: 2 ..= [`PLACES_MAX`].
    pub places: &'p [Point],
    /// 0 fastest ..= 1 calmest.
    pub comfort: f64,
}

/// A route from street to street. Without legs when all places are the same point of the network.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// Index of the stop it is cheapest at, or, between two, of the nearer.
    pub stop: usize,
    /// The stress weight that costs are made with.
    pub at: Stop,
    /// What was answered: that stop's, or the one asked for.
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
        Self {
            city,
            query: Query::new(),
            between: Between::new(),
            search: Search::new(),
            ends: [Ends::default(), Ends::default()],
            is_cold: city.is_mapped(),
            arcs: Vec::new(),
            ways: Vec::new(),
        }
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

    /// The cheapest route at exactly the comfort asked for, to the next whole stress weight. Between two stops that takes some twenty times as long as at one:
    /// who is in a hurry rides [`Router::along`] at [`City::stop_near`].
    ///
    /// # Errors
    /// [`NoRoute`].
    pub fn route(&mut self, ask: &Ask<'_>) -> Result<Route, NoRoute> {
        let snaps = self.snaps(ask.places)?;
        match self.city.comfort(ask.comfort) {
            Comfort::At(stop) => self.along(&snaps, stop),
            Comfort::Between { low, stop } => {
                let found = self.along_at(Means::Between { low }, &snaps, stop)?;
                Ok(Route { stop: self.city.stop_near(ask.comfort), comfort: ask.comfort, ..found })
            }
        }
    }

    /// The same by plain A* at the nearest stop, which needs no index: to prove and to measure the other by.
    ///
    /// # Errors
    /// [`NoRoute`].
    pub fn route_by_astar(&mut self, ask: &Ask<'_>) -> Result<Route, NoRoute> {
        let snaps = self.snaps(ask.places)?;
        let stop = self.city.stop_near(ask.comfort);
        Ok(Route { stop, ..self.along_at(Means::Astar, &snaps, self.city.stop(stop))? })
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
        if self.is_cold {
            cold::snapping(&self.city, places);
        }
        places.iter().enumerate().map(|(place, point)| self.snap(*point).ok_or(NoRoute::OffStreet { place })).collect()
    }

    /// The cheapest route over places already on streets.
    ///
    /// # Errors
    /// [`NoRoute::Unconnected`].
    pub fn along(&mut self, snaps: &[Snap], stop: usize) -> Result<Route, NoRoute> {
        Ok(Route { stop, ..self.along_at(Means::Index { stop }, snaps, self.city.stop(stop))? })
    }

    fn along_at(&mut self, means: Means, snaps: &[Snap], at: Stop) -> Result<Route, NoRoute> {
        let mut legs = Vec::new();
        let mut first_leg = Vec::new();
        for (leg, pair) in snaps.windows(2).enumerate() {
            first_leg.push(legs.len());
            self.ride(means, &pair[0], &pair[1], at, &mut legs)?.ok_or(NoRoute::Unconnected { leg })?;
        }
        let sum = |of: fn(&Leg) -> u64| legs.iter().map(of).sum::<u64>();
        Ok(Route {
            stop: 0,
            at,
            comfort: at.comfort(),
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

    /// The costs from every origin to every destination at a stop, row by row; `None` where no way leads. No costs at all from a damaged file.
    pub fn matrix(&mut self, origins: &[Snap], destinations: &[Snap], stop: usize) -> Vec<Option<u32>> {
        let at = self.city.stop(stop);
        let mut ends = Ends::default();
        let mut doors = |places: &[Snap], fill: fn(&mut Ends, &City<'_>, Stop, &Snap)| -> Vec<Vec<Door>> {
            let of = |place| {
                fill(&mut ends, &self.city, at, place);
                ends.doors.clone()
            };
            places.iter().map(of).collect()
        };
        let (from, to) = (doors(origins, Ends::depart), doors(destinations, Ends::arrive));
        let costs = self.city.index().index(stop).and_then(|index| self.query.matrix(index, &from, &to));
        let mut costs = costs.unwrap_or_else(|_| vec![None; origins.len() * destinations.len()]);
        let pairs = origins.iter().flat_map(|origin| destinations.iter().map(move |destination| (origin, destination)));
        for (cost, (origin, destination)) in costs.iter_mut().zip(pairs) {
            if let Some(leg) = direct(&self.city, at, origin, destination) {
                let direct = leg.map_or(0, |leg| u32::try_from(leg.cost).unwrap_or(ROUTE_COST_MAX));
                *cost = Some(cost.map_or(direct, |cost| cost.min(direct)));
            }
        }
        costs
    }

    /// What the cheapest way from a place to another costs at a stop; `None` where no way leads.
    ///
    /// # Errors
    /// [`NoRoute::Damaged`].
    pub fn cost(&mut self, origin: &Snap, destination: &Snap, stop: usize) -> Result<Option<u32>, NoRoute> {
        let asked = self.join(origin, destination, self.city.stop(stop));
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
    fn join(&mut self, origin: &Snap, destination: &Snap, stop: Stop) -> Asked {
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

    /// Ways and turns of the arcs. Their segments are read here for the first time, one after the other without anything else: such loads, which mostly miss the processor's
    /// cache, do not wait for one another.
    fn look_up(&mut self) {
        let city = self.city;
        self.ways.clear();
        self.ways.extend(self.arcs.iter().map(|arc| (city.street(*arc), city.turn(*arc))));
        let touched = self.ways.iter().fold(0_u32, |sum, ((segment, _), _)| sum.wrapping_add(city.segment(*segment).length_mm));
        std::hint::black_box(touched);
    }

    /// Appends the legs of the cheapest way from a place to another; `None` where there is no way.
    fn ride(&mut self, means: Means, origin: &Snap, destination: &Snap, at: Stop, legs: &mut Vec<Leg>) -> Result<Option<()>, NoRoute> {
        let asked = self.join(origin, destination, at);
        self.arcs.clear();
        let doors = match means {
            Means::Index { stop } => self.by_index(stop, asked.bound)?,
            Means::Between { low } => {
                let best = self.best_between(low, at, destination)?.filter(|best| best.cost < asked.bound);
                best.map(|best| (best.origin_door, best.destination_door))
            }
            Means::Astar => {
                let [from, to] = &self.ends;
                let task = Task { origin: &from.doors, destination: &to.doors, target: asked.target, stop: at, bound: asked.bound };
                self.search.run(&self.city, task).map(|path| {
                    self.arcs.extend(path.arcs);
                    (path.origin_door, path.destination_door)
                })
            }
        };
        let Some((first, last)) = doors else { return Ok(asked.direct.map(|leg| legs.extend(leg))) };
        legs.reserve(self.arcs.len() + 2);
        legs.extend(self.ends[0].legs[first]);
        self.look_up();
        for &(way, turn) in &self.ways {
            legs.push(Leg::whole(&self.city, at, way, turn).ok_or(NoRoute::Damaged)?);
        }
        legs.extend(self.ends[1].legs[last]);
        Ok(Some(()))
    }

    /// Fills `arcs` from the index, and gives the doors of the way.
    fn by_index(&mut self, stop: usize, bound: u32) -> Result<Option<(usize, usize)>, NoRoute> {
        let is_cold = std::mem::take(&mut self.is_cold);
        if is_cold {
            cold::climbs(&self.city, stop, [&self.ends[0].doors, &self.ends[1].doors]);
        }
        let Some(best) = self.best(stop, bound)? else { return Ok(None) };
        if is_cold {
            cold::unpacking(&self.city, stop, &self.query);
        }
        self.query.unpack(self.city.index().index(stop)?, &mut self.arcs)?;
        if is_cold {
            cold::streets(&self.city, &self.arcs);
        }
        Ok(Some((best.origin_door, best.destination_door)))
    }
}

/// How a way is found.
#[derive(Debug, Clone, Copy)]
enum Means {
    /// At a stop.
    Index {
        stop: usize,
    },
    /// Between a stop and the next.
    Between {
        low: usize,
    },
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
