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
    for threads in [1, 2, 1, 2] {
        let t = Instant::now();
        let m = topo.customize(&cost, threads).unwrap();
        println!("customize x{threads} {:?} {} MB entries {} per node {:.2}", t.elapsed(), m.bytes() / 1000000, m.weight.len(), m.weight.len() as f64 / n as f64);
    }
    let m = topo.customize(&cost, 2).unwrap();
    let index = query::Index { tree: topo.tree(), metric: m.view() };
    let t = Instant::now(); index.check().unwrap(); println!("check {:?}", t.elapsed());
    let mut len = vec![1u32; m.via.len()];
    for e in 0..m.via.len() { if m.via[e] & metric::SHORTCUT != 0 { let lo = (m.via[e] & !metric::SHORTCUT) as usize; let hi = lo.wrapping_add_signed(m.beside[e] as isize); len[e] = len[lo] + len[hi]; } }
    for l in [4, 8, 12, 16, 24, 32, 64] {
        let (mut c, mut sum, mut hi2) = (0, 0, 0);
        for e in 0..m.via.len() { if len[e] >= l { let lo = (m.via[e] & !metric::SHORTCUT) as usize; let hi = lo.wrapping_add_signed(m.beside[e] as isize); if len[lo] < l && len[hi] < l { c += 1; sum += len[e]; } else { hi2 += 1; } } }
        println!("L {l}: holders {c} arcs {sum} above {hi2}");
    }
    let mut q = query::Query::new();
    let mut seed = 12345u64;
    let mut rnd = || { seed ^= seed << 13; seed ^= seed >> 7; seed ^= seed << 17; seed };
    let mut search = router::search::Search::new(&city);
    let bands = [(0.0, 5.0), (10.0, 20.0), (35.0, 50.0), (80.0, 130.0)];
    for (lo, hi) in bands {
        let (mut td, mut tu, mut ta) = (vec![], vec![], vec![]);
        let mut worse = 0; let (mut tw, mut tuw, mut tuc) = (vec![], vec![], vec![]); let (mut visited, mut relaxed, mut arcs_n) = (0, 0, 0);
        let mut arcs = vec![];
        let count = 1000;
        let mut pairs = vec![];
        while pairs.len() < count {
            let (s, t) = ((rnd() % n as u64) as u32, (rnd() % n as u64) as u32);
            let d = router::geo::haversine_m(city.point(s), city.point(t)) / 1609.344;
            if s != t && d >= lo && d < hi { pairs.push((s, t)); }
        }
        for (i, &(s, t)) in pairs.iter().enumerate() {
            let now = Instant::now();
            let best = q.run(index, &[query::Door { node: s, cost: 0 }], &[query::Door { node: t, cost: 0 }], INF).unwrap();
            td.push(now.elapsed());
            let now2 = Instant::now();
            q.run(index, &[query::Door { node: s, cost: 0 }], &[query::Door { node: t, cost: 0 }], INF).unwrap();
            tw.push(now2.elapsed());
            let t2 = now2.elapsed();
            arcs.clear();
            if i % 2 == 1 { q.unpack(index, &mut arcs).unwrap(); arcs.clear(); }
            let now3 = Instant::now();
            q.unpack(index, &mut arcs).unwrap();
            if i % 2 == 1 { tuw.push(now3.elapsed()); } else { tuc.push(now3.elapsed()); }
            arcs.clear(); let _ = t2;
            q.unpack(index, &mut arcs).unwrap();
            tu.push(now.elapsed());
            let v = q.visited(); visited += v.0; relaxed += v.1; arcs_n += arcs.len();
            let best = best.unwrap();
            let sum: u32 = arcs.iter().map(|a| city.cost(*a)).sum();
            assert_eq!(sum, best.cost);
            let mut at = s;
            for &a in &arcs { assert!(city.arcs(at).contains(&a)); at = city.head(a); }
            assert_eq!(at, t);
            if i % 10 == 0 {
                let now = Instant::now();
                let p = search.run(&city, &[router::search::Door { node: s, weight: 0 }], &[router::search::Door { node: t, weight: 0 }], city.point(t), None).unwrap();
                ta.push(now.elapsed());
                let c: u64 = p.arcs.iter().map(|a| u64::from(city.cost(*a))).sum(); assert!(c >= u64::from(best.cost)); worse += u32::from(c > u64::from(best.cost));
            }
        }
        let pc = |v: &mut Vec<std::time::Duration>| { v.sort(); let us = |d: std::time::Duration| d.as_secs_f64() * 1e6; format!("p50 {:.1} p99 {:.1} us", us(v[v.len() / 2]), us(v[v.len() * 99 / 100])) };
        println!("{lo}-{hi}: distance {} | warm {} | unpack cold {} warm {} | +unpack {} | A* {} | passed {} relaxed {} arcs {} A* worse {worse}", pc(&mut td), pc(&mut tw), pc(&mut tuc), pc(&mut tuw), pc(&mut tu), pc(&mut ta), visited / count, relaxed / count, arcs_n / count);
    }
}
