//! A street line made fit for a tile: clipped to it, thinned to what can be seen, on whole units.

use super::mercator::{BUFFER, EXTENT, Pixel};

/// A vertex of a tile, in whole units.
pub(super) type Vertex = (i32, i32);

/// The parts of `line` within the tile and its buffer, each of two vertices or more, none of them within `tolerance` of the line through its neighbours.
pub(super) fn shape(line: &[Pixel], tolerance: f64, parts: &mut Vec<Vec<Vertex>>) {
    let mut part: Vec<Pixel> = Vec::new();
    for ends in line.windows(2) {
        match clip(ends[0], ends[1]) {
            Some((from, to)) => {
                if part.last() != Some(&from) {
                    finish(&mut part, tolerance, parts);
                    part.push(from);
                }
                part.push(to);
            }
            None => finish(&mut part, tolerance, parts),
        }
    }
    finish(&mut part, tolerance, parts);
}

fn finish(part: &mut Vec<Pixel>, tolerance: f64, parts: &mut Vec<Vec<Vertex>>) {
    let mut vertices: Vec<Vertex> = Vec::new();
    if part.len() > 1 {
        vertices.push(whole(part[0]));
        simplify(part, tolerance, &mut vertices);
        vertices.dedup();
    }
    if vertices.len() > 1 {
        parts.push(vertices);
    }
    part.clear();
}

/// Douglas and Peucker's rule, with a stack of its own: pushes all kept pixels after the first.
fn simplify(line: &[Pixel], tolerance: f64, kept: &mut Vec<Vertex>) {
    let mut from = 0;
    let mut ends = vec![line.len() - 1];
    while let Some(&to) = ends.last() {
        let far = (from + 1..to).map(|at| (square_distance(line[at], line[from], line[to]), at)).max_by(|a, b| a.0.total_cmp(&b.0));
        match far {
            Some((square, at)) if square > tolerance * tolerance => ends.push(at),
            _ => {
                kept.push(whole(line[to]));
                from = to;
                ends.pop();
            }
        }
    }
}

/// From a point to a line segment.
fn square_distance(point: Pixel, a: Pixel, b: Pixel) -> f64 {
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let (px, py) = (point.x - a.x, point.y - a.y);
    let square = dx * dx + dy * dy;
    let along = if square > 0.0 { ((px * dx + py * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
    let (ex, ey) = (px - along * dx, py - along * dy);
    ex * ex + ey * ey
}

/// Liang and Barsky's rule: the part of a-b inside the buffered tile.
fn clip(a: Pixel, b: Pixel) -> Option<(Pixel, Pixel)> {
    let (low, high) = (f64::from(-BUFFER), f64::from(EXTENT + BUFFER));
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    for (step, room) in [(-dx, a.x - low), (dx, high - a.x), (-dy, a.y - low), (dy, high - a.y)] {
        if step == 0.0 && room < 0.0 {
            return None;
        }
        if step < 0.0 {
            enter = enter.max(room / step);
        } else if step > 0.0 {
            leave = leave.min(room / step);
        }
    }
    let at = |t: f64| Pixel { x: a.x + t * dx, y: a.y + t * dy };
    // An end that is inside stays as it is, to the last bit: the next piece must begin there.
    (enter <= leave).then(|| (if enter > 0.0 { at(enter) } else { a }, if leave < 1.0 { at(leave) } else { b }))
}

#[expect(clippy::cast_possible_truncation, reason = "clipped to the tile and its buffer")]
fn whole(pixel: Pixel) -> Vertex {
    (pixel.x.round() as i32, pixel.y.round() as i32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shaped(line: &[(f64, f64)], tolerance: f64) -> Vec<Vec<Vertex>> {
        let line: Vec<Pixel> = line.iter().map(|&(x, y)| Pixel { x, y }).collect();
        let mut parts = Vec::new();
        shape(&line, tolerance, &mut parts);
        parts
    }

    #[test]
    fn a_line_that_leaves_and_returns_is_two_parts() {
        let line = [(10.0, 10.0), (10.0, -500.0), (50.0, -500.0), (50.0, 20.0)];
        assert_eq!(shaped(&line, 0.5), [vec![(10, 10), (10, -64)], vec![(50, -64), (50, 20)]]);
    }

    #[test]
    fn what_cannot_be_seen_is_left_out() {
        assert_eq!(shaped(&[(0.0, 0.0), (50.0, 0.4), (100.0, 0.0), (100.0, 90.0)], 1.0), [vec![(0, 0), (100, 0), (100, 90)]]);
        assert_eq!(shaped(&[(0.0, 0.0), (0.2, 0.2)], 0.5), Vec::<Vec<Vertex>>::new());
        assert_eq!(shaped(&[(-900.0, 0.0), (-900.0, 90.0)], 0.5), Vec::<Vec<Vertex>>::new());
        // A loop comes back to where it began.
        assert_eq!(shaped(&[(0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 0.0)], 0.5), [vec![(0, 0), (9, 0), (9, 9), (0, 0)]]);
    }

    proptest! {
        /// Every vertex lies in the tile and near the line; every inner point of the line lies near the shape.
        #[test]
        fn shapes_stay_near_their_lines(line in proptest::collection::vec((-6000.0..9000.0_f64, -6000.0..9000.0_f64), 2..12), tolerance in 0.5..40.0_f64) {
            let pixels: Vec<Pixel> = line.iter().map(|&(x, y)| Pixel { x, y }).collect();
            let parts = shaped(&line, tolerance);
            let near = |point: Pixel, line: &[Pixel], reach: f64| line.windows(2).any(|ends| square_distance(point, ends[0], ends[1]) <= reach * reach);
            for part in &parts {
                for &(x, y) in part {
                    prop_assert!((-BUFFER..=EXTENT + BUFFER).contains(&x) && (-BUFFER..=EXTENT + BUFFER).contains(&y));
                    let drawn = Pixel { x: x.into(), y: y.into() };
                    prop_assert!(near(drawn, &pixels, 1.0));
                }
            }
            let shapes: Vec<Vec<Pixel>> = parts.iter().map(|part| part.iter().map(|&(x, y)| Pixel { x: x.into(), y: y.into() }).collect()).collect();
            for ends in pixels.windows(2) {
                let middle = Pixel { x: f64::midpoint(ends[0].x, ends[1].x), y: f64::midpoint(ends[0].y, ends[1].y) };
                let inside = [middle.x, middle.y].iter().all(|c| (0.0..f64::from(EXTENT)).contains(c));
                prop_assert!(!inside || shapes.iter().any(|shape| near(middle, shape, tolerance + 1.5)) || shapes.is_empty());
            }
        }
    }
}
