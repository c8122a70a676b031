//! `POST /route`.
//!
//! A body of `origin` and `destination` alone is the original's question and gets the original's answer, digit by digit. Any of [`MORE`] asks for more: the answer then
//! also tells city, comfort, time, climb and stress, its geometry is as `format` says, and steps, profile and alternatives come as wanted.

use super::cities::{Cities, choose};
use super::journey::Journey;
use super::profile::write_profile;
use super::refusal::Refusal;
use super::request::Fields;
use super::steps::write_steps;
use crate::answer::{route_json, write_street};
use crate::geo::Point;
use crate::http::HttpEvent;
use crate::json::Json;
use crate::limits::{ALTERNATIVES_MAX, DEFAULT_COMFORT, SHARED_PCT_MAX, VIA_MAX};
use crate::polyline;
use crate::route::{Ask, NoRoute, Route, Router};

/// Fields that the original does not know.
const MORE: [&str; 7] = ["city", "comfort", "via", "alternatives", "format", "steps", "profile"];

/// How the line is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Segments,
    GeoJson,
    Polyline6,
}

/// What to tell of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Telling {
    format: Format,
    steps: bool,
    profile: bool,
}

/// What is asked, checked.
struct Question {
    /// Each with the field it came in.
    places: Vec<(String, Point)>,
    comfort: f64,
    alternatives: bool,
    /// `None`: as the original.
    telling: Option<Telling>,
}

pub(super) fn answer(cities: &mut impl Cities, event: &HttpEvent) -> Result<String, Refusal> {
    let fields = Fields::of(event)?;
    let question = Question::of(&fields)?;
    let city = choose(cities, fields.text("city")?, &question.places)?;
    cities.with(city, |router| question.answer(router))
}

impl Question {
    fn of(fields: &Fields) -> Result<Self, Refusal> {
        let (origin, destination) = (fields.place("origin")?, fields.place("destination")?);
        let via = fields.places("via", 0, VIA_MAX)?;
        let via = via.into_iter().enumerate().map(|(index, place)| (format!("via[{index}]"), place));
        let places = std::iter::once(("origin".to_owned(), origin)).chain(via).chain([("destination".to_owned(), destination)]).collect();
        let format = match fields.text("format")? {
            None | Some("segments") => Format::Segments,
            Some("geojson") => Format::GeoJson,
            Some("polyline6") => Format::Polyline6,
            Some(_) => return Err(Refusal::field("format", "is none of segments, geojson, polyline6")),
        };
        let telling = Telling { format, steps: fields.flag("steps")?, profile: fields.flag("profile")? };
        let more = MORE.iter().any(|field| fields.has(field));
        Ok(Self {
            places,
            comfort: fields.share("comfort")?.unwrap_or(DEFAULT_COMFORT),
            alternatives: fields.flag("alternatives")?,
            telling: more.then_some(telling),
        })
    }

    fn answer(&self, router: &mut Router<'_>) -> Result<String, Refusal> {
        let points: Vec<Point> = self.places.iter().map(|(_, point)| *point).collect();
        let route = router.route(&Ask { places: &points, comfort: self.comfort }).map_err(|why| self.refusal(why))?;
        let Some(telling) = self.telling else { return Ok(route_json(router, &route)) };
        let mut json = Json::with_capacity(1024 + route.legs.len() * 512);
        json.raw("{\"city\":").string(router.city().name()).raw(",");
        telling.write(&mut json, router, &route);
        if self.alternatives {
            let front = router.front_of(&route.snaps, ALTERNATIVES_MAX, SHARED_PCT_MAX).map_err(|why| self.refusal(why))?;
            json.raw(",\"alternatives\":").array(front.iter().enumerate(), |json, (index, route)| {
                json.raw("{\"label\":\"").raw(label(index, front.len())).raw("\",");
                telling.write(json, router, route);
                json.raw("}");
            });
        }
        json.raw("}");
        Ok(json.finish())
    }

    fn refusal(&self, why: NoRoute) -> Refusal {
        let field = |place: usize| self.places.get(place).map_or("destination", |(field, _)| field.as_str());
        match why {
            NoRoute::OffStreet { place } => Refusal::off_street(field(place)),
            NoRoute::Unconnected { leg } => {
                Refusal::new(422, "no_route", format!("no way for a bicycle leads from {} to {}", field(leg), field(leg + 1)))
            }
            NoRoute::Places { .. } => Refusal::field("via", "has too many places"),
            NoRoute::Damaged => Refusal::new(500, "city_damaged", why.to_string()),
        }
    }
}

impl Telling {
    /// Writes the members of a route, without its braces.
    fn write(self, json: &mut Json, router: &Router<'_>, route: &Route) {
        let journey = Journey::new(router, route);
        json.raw("\"comfort\":").decimal(ten_thousandths(route.comfort), 4);
        json.raw(",\"total_cost\":").integer(route.total_cost).raw(",\"total_length_m\":").thousandths(route.total_length_mm);
        json.raw(",\"duration_s\":").thousandths(route.duration_ms);
        json.raw(",\"climb_m\":").tenths(route.climb_dm).raw(",\"descent_m\":").tenths(route.descent_dm);
        json.raw(",\"stress\":{\"mean\":").integer(journey.mean_stress_pct()).raw(",\"lts_m\":{");
        for (level, length_mm) in (1_u64..).zip(journey.lts_mm()) {
            json.raw(if level == 1 { "\"" } else { ",\"" }).integer(level).raw("\":").thousandths(length_mm);
        }
        json.raw("}}");
        match self.format {
            Format::Segments => write_segments(json.raw(",\"segments\":"), route, &journey),
            Format::GeoJson => write_features(json.raw(",\"geojson\":"), route, &journey),
            Format::Polyline6 => {
                let (mut points, mut line) = (Vec::new(), String::new());
                router.geometry(route, &mut points);
                polyline::encode(points, &mut line);
                json.raw(",\"polyline6\":").string(&line);
            }
        }
        if self.steps {
            write_steps(json.raw(",\"steps\":"), &journey);
        }
        if self.profile {
            write_profile(json.raw(",\"profile\":"), &journey);
        }
    }
}

/// What a route of `count`, from fastest to calmest, is called.
fn label(index: usize, count: usize) -> &'static str {
    match index {
        0 => "direct",
        _ if index + 1 == count => "safest",
        _ => "safer",
    }
}

/// Finer than any two stress weights between which a comfort can lie.
#[expect(clippy::cast_possible_truncation, reason = "a share of 0 to 1")]
fn ten_thousandths(share: f64) -> i64 {
    (share * 10_000.0).round() as i64
}

fn write_segments(json: &mut Json, route: &Route, journey: &Journey<'_>) {
    json.array(route.legs.iter().zip(&journey.parts), |json, (leg, part)| {
        json.raw("{\"coordinates\":").line(&journey.points[part.points.clone()]).raw(",");
        write_street(json, leg, part.name, part.highway, part.infra);
        json.raw(",\"lts\":").integer(part.lts.into()).raw("}");
    });
}

fn write_features(json: &mut Json, route: &Route, journey: &Journey<'_>) {
    json.raw("{\"type\":\"FeatureCollection\",\"features\":");
    json.array(route.legs.iter().zip(&journey.parts), |json, (leg, part)| {
        json.raw("{\"type\":\"Feature\",\"geometry\":{\"type\":\"LineString\",\"coordinates\":").line(&journey.points[part.points.clone()]);
        json.raw("},\"properties\":{");
        write_street(json, leg, part.name, part.highway, part.infra);
        json.raw(",\"lts\":").integer(part.lts.into()).raw("}}");
    });
    json.raw("}");
}
