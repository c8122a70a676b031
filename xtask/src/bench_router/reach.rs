//! What the router was to reach on a metro of half a million junctions, beside what was measured.

use super::build::Built;
use super::engines::Engines;
use super::functions::Functions;
use super::spawn::{Starts, median};
use crate::results::Reach;

const MB: f64 = 1e6;

pub(super) fn rows(engines: &Engines, functions: &Functions, starts: &Starts, built: &Built) -> Vec<Reach> {
    let (route, front) = (engines.long("route"), engines.long("front"));
    vec![
        Reach::at_most("in process, 80-130 miles: snap, route, unpack, polyline, p50, ms", route.p50, 0.35),
        Reach::at_most("the same, p99, ms", route.p99, 1.0),
        Reach::at_most("in process, 80-130 miles: all comforts, three routes unpacked, p50, ms", front.p50, 2.0),
        Reach::at_most("local Lambda at 1769 MB, 80-130 miles, full JSON, as the client waits, p50, ms", functions.long_client_p50, 5.0),
        Reach::at_most("growth exponent of the function's time against length", functions.exponent, 0.6),
        Reach::at_most("growth exponent in process", engines.exponent("route"), 0.6),
        Reach::at_most(
            "spawn to first answer of 100 miles, full CPU, files in memory, ms",
            median(&starts.cached, |one| one.answer_ms),
            25.0,
        ),
        Reach::at_most("the same, files on disk, ms", median(&starts.evicted, |one| one.answer_ms), 25.0),
        Reach::at_most("resident after it, files in memory, MiB", median(&starts.cached, |one| one.resident.peak_mib), 40.0),
        Reach::at_most("major page faults until it, files on disk", median(&starts.evicted, |one| one.major_faults), 60.0),
        Reach::at_most("function, zipped, MB", functions.sizes["function_zip_bytes"].as_f64().map(|bytes| bytes / MB), 4.0),
        Reach::at_most("city file with all comfort stops, MB", megabytes(built.city_bytes), 250.0),
        Reach::at_most("city file with 3 comfort stops, MB", built.few_stops_bytes.map(megabytes), 90.0),
        Reach::at_most("building the city, s", built.took.wall_s, 90.0),
        Reach::at_most("building the city, peak memory, MB", built.took.max_resident_mib * 1.048_576, 1500.0),
        Reach::at_most("re-customizing one comfort stop, s", built.recustomize_s, 0.3),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "file sizes stay far below 2^52")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / MB
}
