//! Strongly connected components (Tarjan 1972), without recursion.

const UNSEEN: u32 = u32::MAX;

/// The component of each node of a graph in CSR form: `head[first[v] .. first[v + 1]]` are the nodes to which v leads.
pub(crate) fn strong(first: &[u32], head: &[u32]) -> Vec<u32> {
    let nodes = first.len().saturating_sub(1);
    let (mut order, mut low, mut component) = (vec![UNSEEN; nodes], vec![0_u32; nodes], vec![UNSEEN; nodes]);
    let (mut clock, mut components) = (0, 0);
    let mut open: Vec<usize> = Vec::new();
    // (node, next arc to look at)
    let mut path: Vec<(usize, u32)> = Vec::new();
    for root in 0..nodes {
        if order[root] != UNSEEN {
            continue;
        }
        path.push((root, first[root]));
        while let Some((node, arc)) = path.pop() {
            if order[node] == UNSEEN {
                (order[node], low[node]) = (clock, clock);
                clock += 1;
                open.push(node);
            }
            if arc < first[node + 1] {
                path.push((node, arc + 1));
                let next = head[arc as usize] as usize;
                if order[next] == UNSEEN {
                    path.push((next, first[next]));
                } else if component[next] == UNSEEN {
                    low[node] = low[node].min(order[next]);
                }
                continue;
            }
            if let Some((parent, _)) = path.last() {
                low[*parent] = low[*parent].min(low[node]);
            }
            if low[node] == order[node] {
                while let Some(member) = open.pop() {
                    component[member] = components;
                    if member == node {
                        break;
                    }
                }
                components += 1;
            }
        }
    }
    component
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_way_traps_are_not_connected() {
        // 0 → 1 → 2 → 0 is a circle; 2 → 3 cannot be left, 4 → 0 cannot be reached; 5 ↔ 6 lies apart.
        let c = strong(&[0, 1, 2, 4, 4, 5, 6, 7], &[1, 2, 0, 3, 0, 6, 5]);
        assert!(c[0] == c[1] && c[1] == c[2] && c[5] == c[6]);
        assert_eq!(c.iter().collect::<std::collections::BTreeSet<_>>().len(), 4);
    }
}
