//! Reading an extract: the usable ways, then the nodes they need.

use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

use osmpbf::{BlobDecode, BlobReader, Element};

use super::access::Dropped;
use super::classify::{Usable, classify};
use super::control::Marks;
use super::direction::DrivingSide;
use super::report::Report;
use super::restriction::Restrictions;
use super::tags::Tags;
use crate::geo::Point;
use crate::limits::NAME_CHARS_MAX;
use crate::profile::Profile;

#[derive(Debug, thiserror::Error)]
pub enum PbfError {
    #[error("cannot open it")]
    Open(#[source] io::Error),
    #[error("block {block} is not OSM PBF data: the file is damaged, cut short, or of another format")]
    Block {
        block: usize,
        #[source]
        source: osmpbf::Error,
    },
    #[error("block {block} is damaged: it holds numbers that OSM PBF has no meaning for; fetch the file again")]
    Damaged { block: usize },
    #[error("it needs the feature {0:?}, which this reader does not have; convert it with `osmium cat -o plain.osm.pbf`")]
    Feature(String),
    #[error("it holds no data: the file is empty or not OSM PBF")]
    Empty,
}

/// How far reading has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// "ways" or "nodes".
    pub stage: &'static str,
    pub bytes_read: u64,
}

/// What an extract holds for a rider.
#[derive(Debug, Default)]
pub struct Extract {
    pub ways: Vec<Way>,
    /// Node ids of all ways, end to end.
    pub refs: Vec<i64>,
    /// Ids of all nodes that ways refer to, ascending.
    pub node_ids: Vec<i64>,
    /// Where each is, unless it is not in the extract.
    pub node_points: Vec<Option<Point>>,
    /// What stands at each.
    pub node_marks: Vec<Marks>,
    pub names: Vec<String>,
    pub restrictions: Restrictions,
}

#[derive(Debug, Clone)]
pub struct Way {
    pub id: i64,
    pub usable: Usable,
    pub name: Option<u32>,
    /// Range in [`Extract::refs`].
    pub refs: std::ops::Range<usize>,
}

const FEATURES: [&str; 3] = ["OsmSchema-V0.6", "DenseNodes", "LocationsOnWays"];

pub(super) fn read<R: Read + Send>(
    open: impl Fn() -> io::Result<R>,
    side: DrivingSide,
    profile: &Profile,
    report: &mut Report,
    progress: &mut dyn FnMut(Progress),
) -> Result<Extract, PbfError> {
    let mut extract = Extract::default();
    let mut names = Names::default();
    for_each(open().map_err(PbfError::Open)?, "ways", progress, |element| match element {
        Element::Way(way) => {
            let tags: Tags<'_> = way.tags().collect();
            let Some(usable) = classify(&tags, side, profile) else { return };
            report.ways_read += 1;
            match usable {
                Err(why) => report.drop(why),
                Ok(usable) => {
                    let start = extract.refs.len();
                    extract.refs.extend(way.refs());
                    let name = tags.get("name").map(|name| names.id(name));
                    extract.ways.push(Way { id: way.id(), usable, name, refs: start..extract.refs.len() });
                }
            }
        }
        Element::Relation(relation) => extract.restrictions.read(&relation),
        Element::Node(_) | Element::DenseNode(_) => {}
    })?;
    extract.names = names.list;
    extract.node_ids = extract.refs.clone();
    extract.node_ids.sort_unstable();
    extract.node_ids.dedup();
    extract.node_points = vec![None; extract.node_ids.len()];
    extract.node_marks = vec![Marks::default(); extract.node_ids.len()];
    for_each(open().map_err(PbfError::Open)?, "nodes", progress, |element| match element {
        Element::DenseNode(node) => extract.place(node.id(), [node.decimicro_lon(), node.decimicro_lat()], || node.tags().collect()),
        Element::Node(node) => extract.place(node.id(), [node.decimicro_lon(), node.decimicro_lat()], || node.tags().collect()),
        Element::Way(_) | Element::Relation(_) => {}
    })?;
    report.nodes_missing = extract.node_points.iter().filter(|point| point.is_none()).count() as u64;
    report.barriers = extract.node_marks.iter().filter(|marks| marks.has(Marks::BLOCKS)).count() as u64;
    extract.drop_empty_ways(report);
    report.ways_used = extract.ways.len() as u64;
    Ok(extract)
}

pub(super) fn for_each<R: Read + Send>(
    reader: R,
    stage: &'static str,
    progress: &mut dyn FnMut(Progress),
    mut each: impl FnMut(Element<'_>),
) -> Result<(), PbfError> {
    let bytes_read = AtomicU64::new(0);
    let mut blocks = 0;
    for (block, blob) in BlobReader::new(Counting { reader, bytes_read: &bytes_read }).enumerate() {
        let damaged = |source| PbfError::Block { block, source };
        match blob.map_err(damaged)?.decode().map_err(damaged)? {
            BlobDecode::OsmHeader(header) => {
                if let Some(feature) = header.required_features().iter().find(|feature| !FEATURES.contains(&feature.as_str())) {
                    return Err(PbfError::Feature(feature.clone()));
                }
            }
            // The library panics at some damages instead of saying so (an unknown kind of relation member); what was read so far is thrown away.
            BlobDecode::OsmData(data) => {
                catch_unwind(AssertUnwindSafe(|| data.for_each_element(&mut each))).map_err(|_| PbfError::Damaged { block })?;
            }
            BlobDecode::Unknown(_) => {}
        }
        progress(Progress { stage, bytes_read: bytes_read.load(Ordering::Relaxed) });
        blocks += 1;
    }
    if blocks == 0 { Err(PbfError::Empty) } else { Ok(()) }
}

/// Counts what is read through it, for progress.
struct Counting<'a, R> {
    reader: R,
    bytes_read: &'a AtomicU64,
}

impl<R: Read> Read for Counting<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.bytes_read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

impl Extract {
    /// Where a node id stands in `node_ids`.
    pub(super) fn node(&self, id: i64) -> Option<usize> {
        self.node_ids.binary_search(&id).ok()
    }

    fn place<'a>(&mut self, id: i64, [lon_e7, lat_e7]: [i32; 2], tags: impl FnOnce() -> Tags<'a>) {
        if let Some(node) = self.node(id) {
            self.node_points[node] = Some(Point { lon_e7, lat_e7 }).filter(|point| point.is_on_earth());
            self.node_marks[node] = Marks::of(&tags());
        }
    }

    fn drop_empty_ways(&mut self, report: &mut Report) {
        let mut ways = std::mem::take(&mut self.ways);
        ways.retain(|way| {
            let here = self.refs[way.refs.clone()].iter().filter_map(|id| self.node(*id)).filter(|node| self.node_points[*node].is_some());
            let enough = here.take(2).count() == 2;
            if !enough {
                report.drop(Dropped::NoNodes);
            }
            enough
        });
        self.ways = ways;
    }
}

/// Street names, each once.
#[derive(Debug, Default)]
struct Names {
    list: Vec<String>,
    ids: std::collections::HashMap<String, u32>,
}

impl Names {
    fn id(&mut self, name: &str) -> u32 {
        let end = name.char_indices().nth(NAME_CHARS_MAX).map_or(name.len(), |(at, _)| at);
        let name = &name[..end];
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        // Fewer names than ways, and fewer ways than `u32`: `encode` checks the count.
        let id = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        self.list.push(name.to_owned());
        self.ids.insert(name.to_owned(), id);
        id
    }
}
