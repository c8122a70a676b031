//! Mapbox Vector Tile 2.1, as bytes.
//!
//! The format is a few protobuf messages, so this writes them itself: tile { 3: layer }, layer { 15: version, 1: name, 2: feature, 3: key, 4: value,
//! 5: extent }, feature { 1: id, 2: tags, 3: type, 4: geometry }, value { 1: string, 5: uint, 7: bool }. Tags are pairs of indices into a layer's keys and values,
//! each of which stands there once. Geometry is commands and zigzag steps from the last vertex.

use std::collections::HashMap;

use super::mercator::EXTENT;
use super::shape::Vertex;

const POINT: u64 = 1;
const LINE: u64 = 2;
const MOVE_TO: u64 = 1;
const LINE_TO: u64 = 2;
/// Protobuf wire types.
const VARINT: u64 = 0;
const BYTES: u64 = 2;

/// What a feature says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Value<'a> {
    Text(&'a str),
    Number(u32),
    Bool(bool),
}

/// A layer in the making.
#[derive(Debug)]
pub struct Layer<'a> {
    name: &'static str,
    keys: &'static [&'static str],
    features: Vec<u8>,
    values: Vec<u8>,
    value_ids: HashMap<Value<'a>, u32>,
    count: u32,
    feature: Vec<u8>,
    geometry: Vec<u8>,
}

impl<'a> Layer<'a> {
    /// `keys` are the names of the properties, in the order in which features give them.
    #[must_use]
    pub fn new(name: &'static str, keys: &'static [&'static str]) -> Self {
        Self {
            name,
            keys,
            features: Vec::new(),
            values: Vec::new(),
            value_ids: HashMap::new(),
            count: 0,
            feature: Vec::new(),
            geometry: Vec::new(),
        }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Bytes so far, near enough.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.features.len() + self.values.len()
    }

    /// Adds lines, each of two vertices or more; a property that is `None` is left out.
    pub fn lines(&mut self, id: u32, parts: &[Vec<Vertex>], properties: &[Option<Value<'a>>]) {
        let mut at = (0, 0);
        self.geometry.clear();
        for part in parts {
            command(&mut self.geometry, MOVE_TO, 1);
            steps(&mut self.geometry, &part[..1], &mut at);
            command(&mut self.geometry, LINE_TO, part.len() - 1);
            steps(&mut self.geometry, &part[1..], &mut at);
        }
        self.push(id, LINE, properties);
    }

    pub fn point(&mut self, id: u32, vertex: Vertex, properties: &[Option<Value<'a>>]) {
        self.geometry.clear();
        command(&mut self.geometry, MOVE_TO, 1);
        steps(&mut self.geometry, &[vertex], &mut (0, 0));
        self.push(id, POINT, properties);
    }

    fn push(&mut self, id: u32, kind: u64, properties: &[Option<Value<'a>>]) {
        let mut tags = Vec::with_capacity(properties.len() * 3);
        for (key, value) in properties.iter().enumerate().filter_map(|(key, value)| Some((key, (*value)?))) {
            varint(&mut tags, key as u64);
            varint(&mut tags, u64::from(self.value_id(value)));
        }
        self.feature.clear();
        number(&mut self.feature, 1, u64::from(id));
        bytes(&mut self.feature, 2, &tags);
        number(&mut self.feature, 3, kind);
        bytes(&mut self.feature, 4, &self.geometry);
        bytes(&mut self.features, 2, &self.feature);
        self.count += 1;
    }

    fn value_id(&mut self, value: Value<'a>) -> u32 {
        let next = u32::try_from(self.value_ids.len()).unwrap_or(u32::MAX);
        *self.value_ids.entry(value).or_insert_with(|| {
            let mut message = Vec::new();
            match value {
                Value::Text(text) => bytes(&mut message, 1, text.as_bytes()),
                Value::Number(value) => number(&mut message, 5, u64::from(value)),
                Value::Bool(value) => number(&mut message, 7, u64::from(value)),
            }
            bytes(&mut self.values, 4, &message);
            next
        })
    }

    /// Appends the layer to a tile, unless it is empty.
    pub fn finish(self, tile: &mut Vec<u8>) {
        if self.is_empty() {
            return;
        }
        let mut layer = Vec::with_capacity(self.bytes() + 128);
        number(&mut layer, 15, 2);
        bytes(&mut layer, 1, self.name.as_bytes());
        layer.extend_from_slice(&self.features);
        for key in self.keys {
            bytes(&mut layer, 3, key.as_bytes());
        }
        layer.extend_from_slice(&self.values);
        number(&mut layer, 5, u64::from(EXTENT.unsigned_abs()));
        bytes(tile, 3, &layer);
    }
}

fn command(out: &mut Vec<u8>, id: u64, count: usize) {
    varint(out, (count as u64) << 3 | id);
}

fn steps(out: &mut Vec<u8>, vertices: &[Vertex], at: &mut Vertex) {
    for vertex in vertices {
        varint(out, zigzag(vertex.0 - at.0));
        varint(out, zigzag(vertex.1 - at.1));
        *at = *vertex;
    }
}

fn zigzag(value: i32) -> u64 {
    u64::from(value.unsigned_abs()) * 2 - u64::from(value < 0)
}

fn number(out: &mut Vec<u8>, field: u64, value: u64) {
    varint(out, field << 3 | VARINT);
    varint(out, value);
}

fn bytes(out: &mut Vec<u8>, field: u64, value: &[u8]) {
    varint(out, field << 3 | BYTES);
    varint(out, value.len() as u64);
    out.extend_from_slice(value);
}

#[expect(clippy::cast_possible_truncation, reason = "the low seven bits")]
fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specification_s_example_lines() {
        // MVT 2.1, 4.3.5.3: (2,2) (2,10) (10,10) and (1,1) (3,5).
        let mut layer = Layer::new("x", &[]);
        layer.lines(7, &[vec![(2, 2), (2, 10), (10, 10)], vec![(1, 1), (3, 5)]], &[]);
        assert_eq!(layer.geometry, [9, 4, 4, 18, 0, 16, 16, 0, 9, 17, 17, 10, 4, 8]);
        assert_eq!([0, -1, 1, -2, i32::MIN].map(zigzag), [0, 1, 2, 3, 4_294_967_295]);
    }

    #[test]
    fn a_whole_tile_to_the_byte() {
        let mut layer = Layer::new("s", &["name", "lts"]);
        layer.point(300, (25, 17), &[Some(Value::Text("A")), Some(Value::Number(2))]);
        layer.point(1, (0, 0), &[None, Some(Value::Number(2))]);
        let mut tile = Vec::new();
        layer.finish(&mut tile);
        let feature_a = [18, 16, 8, 172, 2, 18, 4, 0, 0, 1, 1, 24, 1, 34, 3, 9, 50, 34];
        let feature_b = [18, 13, 8, 1, 18, 2, 1, 1, 24, 1, 34, 3, 9, 0, 0];
        let keys = [26, 4, b'n', b'a', b'm', b'e', 26, 3, b'l', b't', b's'];
        let values = [34, 3, 10, 1, b'A', 34, 2, 40, 2];
        let mut expected = vec![120, 2, 10, 1, b's'];
        for part in [&feature_a[..], &feature_b, &keys, &values, &[40, 128, 32]] {
            expected.extend_from_slice(part);
        }
        assert_eq!(tile[..2], [26, u8::try_from(expected.len()).unwrap()]);
        assert_eq!(tile[2..], expected);
        let mut nothing = Vec::new();
        Layer::new("s", &[]).finish(&mut nothing);
        assert!(nothing.is_empty());
    }
}
