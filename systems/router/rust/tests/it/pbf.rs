//! The smallest encoder of OSM PBF that the tests need: one header block, one block of nodes and ways, uncompressed.

/// A drawn map: `node id -> (x, y, tags)`, `way -> (node ids, tags)`; tags as `"key=value key=value"`.
#[derive(Debug, Default, Clone)]
pub(crate) struct Map {
    nodes: Vec<(i64, i32, i32, String)>,
    ways: Vec<(Vec<i64>, String)>,
    restrictions: Vec<([i64; 3], String)>,
}

impl Map {
    pub(crate) fn node(mut self, id: i64, x: i32, y: i32, tags: &str) -> Self {
        self.nodes.push((id, x, y, tags.to_owned()));
        self
    }

    pub(crate) fn way(mut self, refs: &[i64], tags: &str) -> Self {
        self.ways.push((refs.to_vec(), tags.to_owned()));
        self
    }

    /// A relation `type=restriction` from a way (numbered from 1, in order) over a node to a way.
    pub(crate) fn restriction(mut self, from_via_to: [i64; 3], tags: &str) -> Self {
        self.restrictions.push((from_via_to, format!("type=restriction {tags}")));
        self
    }

    /// The map as a file. Places are those of [`crate::fixtures::place`].
    pub(crate) fn pbf(&self) -> Vec<u8> {
        let mut header = Vec::new();
        for feature in ["OsmSchema-V0.6", "DenseNodes"] {
            bytes_field(&mut header, 4, feature.as_bytes());
        }
        let mut file = blob("OSMHeader", &header);
        file.extend(blob("OSMData", &self.primitive_block()));
        file
    }

    fn primitive_block(&self) -> Vec<u8> {
        let mut strings = vec![String::new()];
        let mut id = |text: &str| {
            strings.iter().position(|known| known == text).unwrap_or_else(|| {
                strings.push(text.to_owned());
                strings.len() - 1
            }) as u64
        };
        let mut pairs = |tags: &str| -> Vec<(u64, u64)> {
            let split = tags.split_whitespace().map(|pair| pair.split_once('=').expect("key=value"));
            split.map(|(key, value)| (id(key), id(value))).collect()
        };
        let mut groups = Vec::new();
        bytes_field(&mut groups, 2, &dense(&self.nodes, &mut pairs));
        for (index, (refs, tags)) in self.ways.iter().enumerate() {
            let mut way = Vec::new();
            varint(&mut way, 1 << 3);
            varint(&mut way, index as u64 + 1);
            let tags = pairs(tags);
            bytes_field(&mut way, 2, &packed(tags.iter().map(|tag| tag.0)));
            bytes_field(&mut way, 3, &packed(tags.iter().map(|tag| tag.1)));
            bytes_field(&mut way, 8, &packed(deltas(refs.iter().copied())));
            bytes_field(&mut groups, 3, &way);
        }
        for (index, (members, tags)) in self.restrictions.iter().enumerate() {
            let mut relation = Vec::new();
            varint(&mut relation, 1 << 3);
            varint(&mut relation, index as u64 + 1);
            let roles: Vec<u64> = pairs("from=via to=via").into_iter().flat_map(|(key, value)| [key, value]).collect();
            let tags = pairs(tags);
            bytes_field(&mut relation, 2, &packed(tags.iter().map(|tag| tag.0)));
            bytes_field(&mut relation, 3, &packed(tags.iter().map(|tag| tag.1)));
            bytes_field(&mut relation, 8, &packed([roles[0], roles[1], roles[2]].into_iter()));
            bytes_field(&mut relation, 9, &packed(deltas(members.iter().copied())));
            bytes_field(&mut relation, 10, &packed([1, 0, 1].into_iter()));
            bytes_field(&mut groups, 4, &relation);
        }
        let mut table = Vec::new();
        strings.iter().for_each(|text| bytes_field(&mut table, 1, text.as_bytes()));
        let mut block = Vec::new();
        bytes_field(&mut block, 1, &table);
        bytes_field(&mut block, 2, &groups);
        block
    }
}

fn dense(nodes: &[(i64, i32, i32, String)], pairs: &mut impl FnMut(&str) -> Vec<(u64, u64)>) -> Vec<u8> {
    let points: Vec<_> = nodes.iter().map(|node| crate::fixtures::place(node.1, node.2)).collect();
    let mut tags = Vec::new();
    for node in nodes {
        for (key, value) in pairs(&node.3) {
            tags.extend([key, value]);
        }
        tags.push(0);
    }
    let mut dense = Vec::new();
    bytes_field(&mut dense, 1, &packed(deltas(nodes.iter().map(|node| node.0))));
    bytes_field(&mut dense, 8, &packed(deltas(points.iter().map(|point| point.lat_e7.into()))));
    bytes_field(&mut dense, 9, &packed(deltas(points.iter().map(|point| point.lon_e7.into()))));
    bytes_field(&mut dense, 10, &packed(tags.into_iter()));
    dense
}

fn blob(kind: &str, content: &[u8]) -> Vec<u8> {
    let mut blob = Vec::new();
    bytes_field(&mut blob, 1, content);
    let mut header = Vec::new();
    bytes_field(&mut header, 1, kind.as_bytes());
    varint(&mut header, 3 << 3);
    varint(&mut header, blob.len() as u64);
    let mut file = u32::try_from(header.len()).unwrap().to_be_bytes().to_vec();
    file.extend(header);
    file.extend(blob);
    file
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7F) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
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
