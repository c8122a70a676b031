//! Which street a crash belongs to.

use std::collections::HashMap;

use crate::geo::{METRES_PER_UNIT, Point, Projection};
use crate::parts::StreetPart;
use crate::profile::CrashModel;

/// Streets less than this much farther than the nearest are as near: half a lane of a dual carriageway's drawing.
const TIE_M: f64 = 0.5;

/// Streets by the cells their boxes touch.
pub(super) struct Index {
    cells: HashMap<(i32, i32), Vec<u32>>,
    /// Streets at each junction.
    incident: Vec<Vec<u32>>,
    cell_units: [i32; 2],
}

/// Who shares a crash: streets and their shares, which sum to 1.
pub(super) struct Shares {
    pub at_junction: bool,
    pub of: Vec<(u32, f64)>,
}

impl Index {
    #[expect(clippy::cast_possible_truncation, reason = "a few hundred metres")]
    pub(super) fn of(nodes: &[Point], streets: &[StreetPart], reach_m: f64) -> Self {
        let lat = nodes.first().map_or(0, |node| node.lat_e7);
        let high = (reach_m / METRES_PER_UNIT).max(1000.0);
        // A city spans a degree or two: half as wide again covers its poleward rim.
        let wide = high * 1.5 / Projection::at(lat).lon_scale.max(0.05);
        let mut index = Self { cells: HashMap::new(), incident: vec![Vec::new(); nodes.len()], cell_units: [wide as i32, high as i32] };
        for (number, street) in (0_u32..).zip(streets) {
            for end in [street.tail, street.head] {
                let there = &mut index.incident[end as usize];
                if there.last() != Some(&number) {
                    there.push(number);
                }
            }
            for pair in street.line.windows(2) {
                let (a, b) = (index.cell(pair[0]), index.cell(pair[1]));
                for x in a.0.min(b.0)..=a.0.max(b.0) {
                    for y in a.1.min(b.1)..=a.1.max(b.1) {
                        let cell = index.cells.entry((x, y)).or_default();
                        if cell.last() != Some(&number) {
                            cell.push(number);
                        }
                    }
                }
            }
        }
        index
    }

    fn cell(&self, point: Point) -> (i32, i32) {
        (point.lon_e7.div_euclid(self.cell_units[0]), point.lat_e7.div_euclid(self.cell_units[1]))
    }

    /// Shares of a crash; `None` when it is too far from every street.
    pub(super) fn assign(&self, at: Point, nodes: &[Point], streets: &[StreetPart], model: &CrashModel) -> Option<Shares> {
        let flat = Projection::at(at.lat_e7);
        let (x, y) = self.cell(at);
        let cells = (x - 1..=x + 1).flat_map(|x| (y - 1..=y + 1).map(move |y| (x, y)));
        let mut near: Vec<u32> = cells.filter_map(|cell| self.cells.get(&cell)).flatten().copied().collect();
        near.sort_unstable();
        near.dedup();
        let near: Vec<(u32, f64)> = near
            .into_iter()
            .map(|street| (street, distance_m(flat, at, &streets[street as usize].line)))
            .filter(|near| near.1 <= model.match_m)
            .collect();
        let nearest = near.iter().map(|near| near.1).min_by(f64::total_cmp)?;
        let ends = near.iter().flat_map(|(street, _)| [streets[*street as usize].tail, streets[*street as usize].head]);
        let to_node = |node: u32| flat.distance(at, nodes[node as usize]) * METRES_PER_UNIT;
        let junction = ends
            .map(|node| (node, to_node(node)))
            .filter(|(node, _)| self.incident[*node as usize].len() > 1)
            .min_by(|a, b| a.1.total_cmp(&b.1));
        let (at_junction, sharers) = match junction {
            Some((node, distance)) if distance <= model.junction_m => (true, self.incident[node as usize].clone()),
            _ => (false, near.iter().filter(|near| near.1 <= nearest + TIE_M).map(|near| near.0).collect()),
        };
        #[expect(clippy::cast_precision_loss, reason = "a handful")]
        let share = 1.0 / sharers.len() as f64;
        Some(Shares { at_junction, of: sharers.into_iter().map(|street| (street, share)).collect() })
    }
}

fn distance_m(flat: Projection, at: Point, line: &[Point]) -> f64 {
    let to_segment = |pair: &[Point]| {
        let ((ax, ay), (bx, by)) = (flat.vector(at, pair[0]), flat.vector(at, pair[1]));
        let (dx, dy) = (bx - ax, by - ay);
        let square = dx * dx + dy * dy;
        let along = if square > 0.0 { (-(ax * dx + ay * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
        (ax + along * dx).hypot(ay + along * dy)
    };
    line.windows(2).map(to_segment).fold(f64::INFINITY, f64::min) * METRES_PER_UNIT
}
