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
    let t = Instant::now();
    let topo = topology::Topology::new(&g, &order).unwrap();
    println!("topology {:?} {} MB arcs {}", t.elapsed(), topo.bytes()/1000000, topo.arc_count());
    let h: Vec<usize> = (0..n).map(|v| { let mut c = 0; let mut x = v; let t = topo.tree(); loop { c += topo.up_count(x); let p = t.parent[x]; if p == NONE { break } x = p as usize; } c }).collect();
    let triangles: usize = (0..n).map(|v| topo.up_count(v) * topo.up_count(v).saturating_sub(1) / 2).sum();
    println!("triangles {triangles} search space arcs {:.0} depth avg {:.1} max {}", h.iter().sum::<usize>() as f64 / n as f64, topo.tree().depth.iter().map(|d| f64::from(*d)).sum::<f64>() / n as f64, topo.tree().depth.iter().max().unwrap());
    let cost: Vec<u32> = (0..head.len() as u32).map(|a| city.cost(a)).collect();
    for threads in [1,2,1,2] {
        let t = Instant::now();
        let m = topo.customize(&cost, threads).unwrap();
        println!("customize x{threads} {:?} {} MB entries {} per node {:.2}", t.elapsed(), m.bytes() / 1000000, m.weight.len(), m.weight.len() as f64 / n as f64);
        let two: usize = m.nodes.iter().map(|x| usize::from(x.up - x.up_only)).sum();
        println!("two way {two} shortcuts {} beside>127 {}", m.via.iter().filter(|v| **v & metric::SHORTCUT != 0).count(), m.beside.iter().filter(|v| v.abs() > 127).count());
    }
}
