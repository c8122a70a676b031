//! tmp
use router::cch::*;
use router::city::{City, map::map_file};
use std::time::Instant;
fn main() {
    let path = std::env::args().nth(1).unwrap();
    let map = map_file(path.as_ref()).unwrap();
    let city = City::parse(&map).unwrap();
    let n = city.node_count();
    let mut first = vec![0u32];
    let mut head = vec![];
    for v in 0..n as u32 { head.extend(city.arcs(v).map(|a| city.head(a))); first.push(head.len() as u32); }
    let scale = city.projection().lon_scale;
    let place: Vec<[i32;2]> = (0..n as u32).map(|v| { let p = city.point(v); [(f64::from(p.lon_e7)*scale) as i32, p.lat_e7] }).collect();
    let g = Graph::new(&first, &head).unwrap();
    let t = Instant::now();
    let order = order::nested_dissection(&g, &place, 2);
    println!("order {:?}", t.elapsed());
    let mut rank = vec![0u32; n];
    for (i, v) in order.iter().enumerate() { rank[*v as usize] = i as u32; }
    // quality
    let mut up: Vec<Vec<u32>> = vec![vec![]; n];
    for (_, a, b) in g.arcs() { let (a, b) = (rank[a as usize], rank[b as usize]); if a != b { up[a.min(b) as usize].push(a.max(b)); } }
    let (mut arcs, mut tri) = (0u64, 0u64);
    let mut parent = vec![u32::MAX; n];
    for v in 0..n {
        up[v].sort_unstable(); up[v].dedup();
        arcs += up[v].len() as u64; tri += (up[v].len() * up[v].len().saturating_sub(1) / 2) as u64;
        if let Some(&p) = up[v].first() { parent[v] = p; let l = up[v][1..].to_vec(); up[p as usize].extend(l); }
    }
    let (mut depth, mut sum) = (vec![0u64; n], vec![0u64; n]);
    for v in (0..n).rev() { if parent[v] != u32::MAX { let p = parent[v] as usize; depth[v] = depth[p] + 1; sum[v] = sum[p]; } sum[v] += up[v].len() as u64; }
    println!("n {n} cch arcs {arcs} triangles {tri} depth max {} avg {:.1} arcs in search space avg {:.0}", depth.iter().max().unwrap(), depth.iter().sum::<u64>() as f64 / n as f64, sum.iter().sum::<u64>() as f64 / n as f64);
}
