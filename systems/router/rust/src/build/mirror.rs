//! A metro of real streets: an extract's street network, reflected over a grid.
//!
//! Every other column and row is a mirror image, so that streets meet themselves at the seams. The seams lie a little inside the extract ([`TRIM`]): ways are cut there, and
//! the node at the cut belongs to both tiles. Ways keep their tags (a lane on the right still serves the same direction); the names of turn restrictions swap left
//! and right in mirror images. Kept are ways with `highway` and ferries, their nodes, and turn restrictions whose members are all there.
//!
//! Ids: tile × stride + number, where a node on a seam counts with the lower tile.

use std::collections::HashMap;
use std::io::{self, Read, Write};

use osmpbf::{Element, RelMemberType};

use super::pbf::{PbfError, Progress, for_each};
use super::write::{Member, Writer};

/// Of the extract's width and height, cut off at each side: at its rim few streets cross.
const TRIM: f64 = 0.015;

#[derive(Debug, thiserror::Error)]
pub enum MirrorError {
    #[error("cannot read the extract")]
    Pbf(#[source] PbfError),
    #[error("cannot write the metro")]
    Write(#[source] io::Error),
    #[error("the extract has no streets to mirror: is it the right file?")]
    Empty,
    #[error("a metro of {columns} x {rows} tiles does not fit on the globe: give fewer tiles or a smaller extract")]
    TooLarge { columns: u32, rows: u32 },
}

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Mirrored {
    pub nodes: u64,
    pub ways: u64,
    pub relations: u64,
    /// Nodes that join two tiles or more.
    pub seam_nodes: u64,
}

type Tags = Vec<(String, String)>;
/// Role, id and kind of each member.
type Members = Vec<(String, i64, RelMemberType)>;
/// Role, kind (0 node, 1 way) and number of each member.
type Numbered<'s> = Vec<(&'s str, u64, u32)>;

#[derive(Default)]
struct Source {
    nodes: Vec<Node>,
    /// Pieces of ways inside the box: original id, tags (index into `tags`), numbers of nodes.
    pieces: Vec<(i64, usize, Vec<u32>)>,
    tags: Vec<Tags>,
    relations: Vec<(Tags, Members)>,
}

struct Node {
    id: i64,
    at: [i32; 2],
    tags: Tags,
}

/// In 1e-7 degree, seams included.
#[derive(Clone, Copy)]
struct Frame {
    low: [i32; 2],
    high: [i32; 2],
}

/// Mirrors an extract over `columns` × `rows` tiles, growing to the east and north.
///
/// # Errors
/// When the extract cannot be read or has no streets, the metro cannot be written, or does not fit on the globe.
pub fn mirror<R: Read + Send>(
    open: impl Fn() -> io::Result<R>,
    out: impl Write,
    [columns, rows]: [u32; 2],
    progress: &mut dyn FnMut(Progress),
) -> Result<Mirrored, MirrorError> {
    let (source, frame) = read(open, progress)?;
    if source.pieces.is_empty() {
        return Err(MirrorError::Empty);
    }
    let span = |axis: usize, count: u32| {
        i64::from(frame.low[axis]) + (i64::from(frame.high[axis]) - i64::from(frame.low[axis])) * i64::from(count)
    };
    if columns == 0 || rows == 0 || span(0, columns) > 1_800_000_000 || span(1, rows) > 850_000_000 {
        return Err(MirrorError::TooLarge { columns, rows });
    }
    let metro = Metro { source: &source, frame, columns, rows };
    metro.write(out).map_err(MirrorError::Write)
}

fn read<R: Read + Send>(open: impl Fn() -> io::Result<R>, progress: &mut dyn FnMut(Progress)) -> Result<(Source, Frame), MirrorError> {
    let file = || open().map_err(PbfError::Open).map_err(MirrorError::Pbf);
    let mut source = Source::default();
    let mut ways: Vec<(i64, Vec<i64>)> = Vec::new();
    for_each(file()?, "ways", progress, |element| match element {
        Element::Way(way) if way.tags().any(|(key, value)| key == "highway" || (key == "route" && value == "ferry")) => {
            source.tags.push(way.tags().map(|(key, value)| (key.to_owned(), value.to_owned())).collect());
            ways.push((way.id(), way.refs().collect()));
        }
        Element::Relation(relation) if relation.tags().any(|(key, value)| key == "type" && value.starts_with("restriction")) => {
            let members =
                relation.members().map(|member| (member.role().unwrap_or_default().to_owned(), member.member_id, member.member_type));
            source.relations.push((relation.tags().map(|(key, value)| (key.to_owned(), value.to_owned())).collect(), members.collect()));
        }
        _ => {}
    })
    .map_err(MirrorError::Pbf)?;
    let mut wanted: Vec<i64> = ways.iter().flat_map(|way| &way.1).copied().collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut keep = |id: i64, at: [i32; 2], tags: &mut dyn Iterator<Item = (&str, &str)>| {
        if wanted.binary_search(&id).is_ok() {
            source.nodes.push(Node { id, at, tags: tags.map(|(key, value)| (key.to_owned(), value.to_owned())).collect() });
        }
    };
    for_each(file()?, "nodes", progress, |element| match element {
        Element::DenseNode(node) => keep(node.id(), [node.decimicro_lon(), node.decimicro_lat()], &mut node.tags()),
        Element::Node(node) => keep(node.id(), [node.decimicro_lon(), node.decimicro_lat()], &mut node.tags()),
        Element::Way(_) | Element::Relation(_) => {}
    })
    .map_err(MirrorError::Pbf)?;
    let frame = frame(&source.nodes).ok_or(MirrorError::Empty)?;
    cut(&mut source, &ways, frame);
    Ok((source, frame))
}

#[expect(clippy::cast_possible_truncation, reason = "a small part of a coordinate's range")]
fn frame(nodes: &[Node]) -> Option<Frame> {
    let mut frame = Frame { low: [0; 2], high: [0; 2] };
    for axis in [0, 1] {
        let (low, high) = (nodes.iter().map(|node| node.at[axis]).min()?, nodes.iter().map(|node| node.at[axis]).max()?);
        let trim = ((f64::from(high) - f64::from(low)) * TRIM) as i32;
        (frame.low[axis], frame.high[axis]) = (low + trim, high - trim);
        if frame.low[axis] >= frame.high[axis] {
            return None;
        }
    }
    Some(frame)
}

/// Cuts ways at the frame: a piece for each run inside it, ending in new nodes on the seams.
fn cut(source: &mut Source, ways: &[(i64, Vec<i64>)], frame: Frame) {
    let numbers: HashMap<i64, u32> = (0_u32..).zip(&source.nodes).map(|(number, node)| (node.id, number)).collect();
    let inside = |at: [i32; 2]| (0..2).all(|axis| (frame.low[axis]..=frame.high[axis]).contains(&at[axis]));
    for (tags, (id, refs)) in ways.iter().enumerate() {
        let mut piece: Vec<u32> = Vec::new();
        let mut last: Option<u32> = None;
        let mut done = Vec::new();
        for reference in refs {
            let Some(here) = numbers.get(reference).copied() else {
                done.push(std::mem::take(&mut piece));
                last = None;
                continue;
            };
            let at = source.nodes[here as usize].at;
            if let Some(before) = last {
                let from = source.nodes[before as usize].at;
                if inside(from) != inside(at) {
                    let seam = seam_point(from, at, frame);
                    source.nodes.push(Node { id: 0, at: seam, tags: Tags::new() });
                    piece.push(u32::try_from(source.nodes.len() - 1).unwrap_or(u32::MAX));
                }
            }
            if inside(at) {
                piece.push(here);
            } else if !piece.is_empty() {
                done.push(std::mem::take(&mut piece));
            }
            last = Some(here);
        }
        done.push(piece);
        source.pieces.extend(done.into_iter().filter(|piece| piece.len() > 1).map(|piece| (*id, tags, piece)));
    }
}

/// Where the line between a place inside and one outside crosses the frame.
#[expect(clippy::cast_possible_truncation, reason = "between two coordinates")]
fn seam_point(a: [i32; 2], b: [i32; 2], frame: Frame) -> [i32; 2] {
    let is_inside = |at: [i32; 2]| (0..2).all(|axis| (frame.low[axis]..=frame.high[axis]).contains(&at[axis]));
    let (inner, outer) = if is_inside(a) { (a, b) } else { (b, a) };
    // The nearest seam on the way out.
    let (mut share, mut seam) = (1.0_f64, None);
    for axis in [0, 1] {
        let bound = if outer[axis] > frame.high[axis] { frame.high[axis] } else { frame.low[axis] };
        if (frame.low[axis]..=frame.high[axis]).contains(&outer[axis]) {
            continue;
        }
        let along = (f64::from(bound) - f64::from(inner[axis])) / (f64::from(outer[axis]) - f64::from(inner[axis]));
        if along <= share {
            (share, seam) = (along, Some((axis, bound)));
        }
    }
    let at = [0, 1].map(|axis| (f64::from(inner[axis]) + (f64::from(outer[axis]) - f64::from(inner[axis])) * share).round() as i32);
    let mut at = [0, 1].map(|axis| at[axis].clamp(frame.low[axis], frame.high[axis]));
    if let Some((axis, bound)) = seam {
        at[axis] = bound;
    }
    at
}

struct Metro<'s> {
    source: &'s Source,
    frame: Frame,
    columns: u32,
    rows: u32,
}

impl Metro<'_> {
    fn write(&self, out: impl Write) -> io::Result<Mirrored> {
        let mut writer = Writer::new(out)?;
        let mut counts = Mirrored::default();
        let tiles = || (0..self.rows).flat_map(|row| (0..self.columns).map(move |column| [column, row]));
        let used = self.used();
        for tile in tiles() {
            for (number, node) in (0_u32..).zip(&self.source.nodes).filter(|(number, _)| used[*number as usize]) {
                let owner = self.owner(tile, node.at);
                if owner != tile {
                    counts.seam_nodes += 1;
                    continue;
                }
                let [lon, lat] = self.place(tile, node.at);
                writer.node(self.node_id(tile, number), lon, lat, borrowed(&node.tags))?;
                counts.nodes += 1;
            }
        }
        for tile in tiles() {
            for (number, (_, tags, piece)) in (0_u32..).zip(&self.source.pieces) {
                let refs: Vec<i64> =
                    piece.iter().map(|node| self.node_id(self.owner(tile, self.source.nodes[*node as usize].at), *node)).collect();
                writer.way(self.id(tile, number, self.source.pieces.len()), &refs, borrowed(&self.source.tags[*tags]))?;
                counts.ways += 1;
            }
        }
        let members = self.members();
        for tile in tiles() {
            for (number, (tags, members)) in (0_u32..).zip(&members) {
                let mirrored = (tile[0] + tile[1]) % 2 == 1;
                let swapped = tags.iter().map(|(key, value)| (key.as_str(), if mirrored { swap_sides(value) } else { value.as_str() }));
                let of = |(role, kind, number): &(&'_ str, u64, u32)| {
                    let id = if *kind == 0 {
                        self.node_id(self.owner(tile, self.source.nodes[*number as usize].at), *number)
                    } else {
                        self.id(tile, *number, self.source.pieces.len())
                    };
                    Member {
                        role: if *role == "from" {
                            "from"
                        } else if *role == "to" {
                            "to"
                        } else {
                            "via"
                        },
                        id,
                        kind: *kind,
                    }
                };
                let list: Vec<Member<'_>> = members.iter().map(of).collect();
                writer.relation(self.id(tile, number, self.source.relations.len()), &list, swapped)?;
                counts.relations += 1;
            }
        }
        writer.finish()?;
        Ok(counts)
    }

    fn used(&self) -> Vec<bool> {
        let mut used = vec![false; self.source.nodes.len()];
        self.source.pieces.iter().flat_map(|piece| &piece.2).for_each(|node| used[*node as usize] = true);
        used
    }

    /// Where a place of the extract lies in a tile.
    #[expect(clippy::cast_possible_truncation, reason = "`mirror` has checked that the metro fits")]
    fn place(&self, tile: [u32; 2], at: [i32; 2]) -> [i32; 2] {
        [0, 1].map(|axis| {
            let (low, high) = (i64::from(self.frame.low[axis]), i64::from(self.frame.high[axis]));
            let within = if tile[axis].is_multiple_of(2) { i64::from(at[axis]) - low } else { high - i64::from(at[axis]) };
            (low + (high - low) * i64::from(tile[axis]) + within) as i32
        })
    }

    /// The lowest tile that has the node of this place.
    fn owner(&self, tile: [u32; 2], at: [i32; 2]) -> [u32; 2] {
        [0, 1].map(|axis| {
            let before = if tile[axis].is_multiple_of(2) { self.frame.low[axis] } else { self.frame.high[axis] };
            if at[axis] == before { tile[axis].saturating_sub(1) } else { tile[axis] }
        })
    }

    fn node_id(&self, tile: [u32; 2], number: u32) -> i64 {
        self.id(tile, number, self.source.nodes.len())
    }

    #[expect(clippy::cast_possible_wrap, reason = "a count of things in memory")]
    fn id(&self, [column, row]: [u32; 2], number: u32, stride: usize) -> i64 {
        i64::from(row * self.columns + column) * stride as i64 + i64::from(number) + 1
    }

    /// Restrictions whose members are all inside: tags, and (role, kind, number) of each member.
    fn members(&self) -> Vec<(&Tags, Numbered<'_>)> {
        let used = self.used();
        let nodes: HashMap<i64, u32> = (0_u32..)
            .zip(&self.source.nodes)
            .filter(|(number, _)| used[*number as usize])
            .map(|(number, node)| (node.id, number))
            .collect();
        let mut pieces: HashMap<i64, Vec<u32>> = HashMap::new();
        for (number, piece) in (0_u32..).zip(&self.source.pieces) {
            pieces.entry(piece.0).or_default().push(number);
        }
        let found = self.source.relations.iter().filter_map(|(tags, members)| {
            let via =
                members.iter().find(|member| member.0 == "via" && member.2 == RelMemberType::Node).and_then(|member| nodes.get(&member.1));
            let touches = |piece: &u32| via.is_none_or(|via| self.source.pieces[*piece as usize].2.contains(via));
            let of = |(role, id, kind): &'_ (String, i64, RelMemberType)| {
                match kind {
                    RelMemberType::Node => nodes.get(id).map(|number| (0, *number)),
                    RelMemberType::Way => pieces.get(id)?.iter().find(|piece| touches(piece)).map(|number| (1, *number)),
                    RelMemberType::Relation => None,
                }
                .filter(|_| matches!(role.as_str(), "from" | "via" | "to"))
            };
            let list: Option<Vec<_>> =
                members.iter().map(|member| of(member).map(|(kind, number)| (member.0.as_str(), kind, number))).collect();
            Some((tags, list?))
        });
        found.collect()
    }
}

fn borrowed(tags: &Tags) -> impl Iterator<Item = (&str, &str)> {
    tags.iter().map(|(key, value)| (key.as_str(), value.as_str()))
}

/// A left turn is a right turn in the mirror.
fn swap_sides(value: &str) -> &str {
    match value {
        "no_left_turn" => "no_right_turn",
        "no_right_turn" => "no_left_turn",
        "only_left_turn" => "only_right_turn",
        "only_right_turn" => "only_left_turn",
        other => other,
    }
}
