//! Writing OSM PBF: dense nodes, ways and relations in zlib blocks, for extracts that are made and not downloaded.

use std::collections::HashMap;
use std::io::{self, Write};

use flate2::Compression;
use flate2::write::ZlibEncoder;

/// Things of one kind in a block: what readers expect at most.
const BLOCK_ITEMS: usize = 8000;

/// A member of a relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member<'a> {
    pub role: &'a str,
    pub id: i64,
    /// 0 node, 1 way.
    pub kind: u64,
}

/// Writes blocks as they fill. Nodes first, then ways, then relations, each in ascending order of id.
pub(super) struct Writer<W> {
    out: W,
    strings: Strings,
    group: Group,
    items: usize,
}

enum Group {
    Empty,
    Nodes {
        ids: Vec<i64>,
        lats: Vec<i64>,
        lons: Vec<i64>,
        tags: Vec<u64>,
    },
    /// Field number of a primitive group, and its messages.
    Messages(u64, Vec<u8>),
}

#[derive(Default)]
struct Strings {
    list: Vec<u8>,
    ids: HashMap<String, u64>,
}

impl Strings {
    fn id(&mut self, text: &str) -> u64 {
        if let Some(id) = self.ids.get(text) {
            return *id;
        }
        // Number 0 ends a node's tags and is no string.
        let id = self.ids.len() as u64 + 1;
        bytes_field(&mut self.list, 1, text.as_bytes());
        self.ids.insert(text.to_owned(), id);
        id
    }
}

impl<W: Write> Writer<W> {
    pub(super) fn new(mut out: W) -> io::Result<Self> {
        let mut header = Vec::new();
        for feature in ["OsmSchema-V0.6", "DenseNodes"] {
            bytes_field(&mut header, 4, feature.as_bytes());
        }
        bytes_field(&mut header, 5, b"Sort.Type_then_ID");
        bytes_field(&mut header, 16, b"ferry router-build tile");
        blob(&mut out, "OSMHeader", &header)?;
        Ok(Self { out, strings: Strings::default(), group: Group::Empty, items: 0 })
    }

    /// Coordinates in 1e-7 degree.
    pub(super) fn node<'t>(&mut self, id: i64, lon: i32, lat: i32, node_tags: impl Iterator<Item = (&'t str, &'t str)>) -> io::Result<()> {
        if !matches!(self.group, Group::Nodes { .. }) || self.items >= BLOCK_ITEMS {
            self.flush()?;
            self.group = Group::Nodes { ids: Vec::new(), lats: Vec::new(), lons: Vec::new(), tags: Vec::new() };
        }
        if let Group::Nodes { ids, lats, lons, tags } = &mut self.group {
            ids.push(id);
            lats.push(lat.into());
            lons.push(lon.into());
            for (key, value) in node_tags {
                tags.extend([self.strings.id(key), self.strings.id(value)]);
            }
            tags.push(0);
        }
        self.items += 1;
        Ok(())
    }

    pub(super) fn way<'t>(&mut self, id: i64, refs: &[i64], tags: impl Iterator<Item = (&'t str, &'t str)>) -> io::Result<()> {
        let mut rest = Vec::new();
        bytes_field(&mut rest, 8, &packed(deltas(refs.iter().copied())));
        self.message(3, id, tags, &rest)
    }

    pub(super) fn relation<'t>(
        &mut self,
        id: i64,
        members: &[Member<'_>],
        tags: impl Iterator<Item = (&'t str, &'t str)>,
    ) -> io::Result<()> {
        self.begin(4)?;
        let roles: Vec<u64> = members.iter().map(|member| self.strings.id(member.role)).collect();
        let mut rest = Vec::new();
        bytes_field(&mut rest, 8, &packed(roles.into_iter()));
        bytes_field(&mut rest, 9, &packed(deltas(members.iter().map(|member| member.id))));
        bytes_field(&mut rest, 10, &packed(members.iter().map(|member| member.kind)));
        self.message(4, id, tags, &rest)
    }

    fn begin(&mut self, field: u64) -> io::Result<()> {
        if !matches!(self.group, Group::Messages(known, _) if known == field) || self.items >= BLOCK_ITEMS {
            self.flush()?;
            self.group = Group::Messages(field, Vec::new());
        }
        Ok(())
    }

    fn message<'t>(&mut self, field: u64, id: i64, tags: impl Iterator<Item = (&'t str, &'t str)>, rest: &[u8]) -> io::Result<()> {
        self.begin(field)?;
        let (keys, values): (Vec<u64>, Vec<u64>) = tags.map(|(key, value)| (self.strings.id(key), self.strings.id(value))).unzip();
        let mut message = Vec::new();
        varint(&mut message, 1 << 3);
        varint(&mut message, id.cast_unsigned());
        bytes_field(&mut message, 2, &packed(keys.into_iter()));
        bytes_field(&mut message, 3, &packed(values.into_iter()));
        message.extend(rest);
        if let Group::Messages(_, messages) = &mut self.group {
            bytes_field(messages, field, &message);
        }
        self.items += 1;
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        let group = match std::mem::replace(&mut self.group, Group::Empty) {
            Group::Empty => return Ok(()),
            Group::Messages(_, messages) => messages,
            Group::Nodes { ids, lats, lons, tags } => {
                let mut dense = Vec::new();
                bytes_field(&mut dense, 1, &packed(deltas(ids.into_iter())));
                bytes_field(&mut dense, 8, &packed(deltas(lats.into_iter())));
                bytes_field(&mut dense, 9, &packed(deltas(lons.into_iter())));
                bytes_field(&mut dense, 10, &packed(tags.into_iter()));
                let mut group = Vec::new();
                bytes_field(&mut group, 2, &dense);
                group
            }
        };
        let strings = std::mem::take(&mut self.strings);
        let mut table = Vec::new();
        bytes_field(&mut table, 1, b"");
        table.extend(strings.list);
        let mut block = Vec::new();
        bytes_field(&mut block, 1, &table);
        bytes_field(&mut block, 2, &group);
        self.items = 0;
        blob(&mut self.out, "OSMData", &block)
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.flush()?;
        self.out.flush()
    }
}

fn blob(out: &mut impl Write, kind: &str, content: &[u8]) -> io::Result<()> {
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::new(6));
    zlib.write_all(content)?;
    let mut body = Vec::new();
    varint(&mut body, 2 << 3);
    varint(&mut body, content.len() as u64);
    bytes_field(&mut body, 3, &zlib.finish()?);
    let mut header = Vec::new();
    bytes_field(&mut header, 1, kind.as_bytes());
    varint(&mut header, 3 << 3);
    varint(&mut header, body.len() as u64);
    let length = u32::try_from(header.len()).map_err(io::Error::other)?;
    out.write_all(&length.to_be_bytes())?;
    out.write_all(&header)?;
    out.write_all(&body)
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7F).to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

fn bytes_field(out: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    varint(out, field << 3 | 2);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn packed(values: impl Iterator<Item = u64>) -> Vec<u8> {
    let mut out = Vec::new();
    values.for_each(|value| varint(&mut out, value));
    out
}

/// Differences, zigzag.
fn deltas(values: impl Iterator<Item = i64>) -> impl Iterator<Item = u64> {
    let mut last = 0;
    values.map(move |value| {
        let delta = value - last;
        last = value;
        (delta << 1 ^ delta >> 63).cast_unsigned()
    })
}
