//! What junctions and turns cost.
//!
//! Arriving at a junction costs stress by what is crossed there and what helps ([`Help`]), the order of which is that of BNA's and Mekuria's crossing tables. At junctions touching a busy
//! street (`turns.busy` in the profile) only turning to the near side costs as little as that: straight over and to the far side cost the rest as a *turn*, and so
//! does leaving a busy street across its oncoming traffic. The far side is the left where traffic keeps right.
//!
//! | turn | stress | waiting |
//! |---|---|---|
//! | from a lesser street, near side or along | `turns.near_pct` of the crossing, on the approach | none |
//! | … straight over the busier street | the rest up to 100 % | `signal_s` or `cross_s` |
//! | … to the far side | the rest up to `far_pct` | same |
//! | from a busy street across its oncoming traffic | `leave_m` of its class; less with signals or from a track | `signal_s` or `leave_s` |
//! | U-turn | `u_turn_m` | `u_turn_s` |

use std::collections::HashMap;

use crate::parts::TurnKind;
use crate::profile::Profile;
use crate::street::Highway;

/// What helps across.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Help {
    None,
    /// A marked crossing, or those on the crossed street must yield.
    Marked,
    Island,
    Roundabout,
    AllWayStop,
    Signals,
}

/// A street that is crossed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Crossing {
    pub highway: Highway,
    pub help: Help,
    /// As busy as one's own street, not busier.
    pub equal: bool,
}

impl Crossing {
    /// Its whole stress in decimetres of calm riding.
    #[must_use]
    pub fn stress_dm(&self, profile: &Profile) -> u32 {
        let Some(row) = profile.crossing.get(self.highway) else { return 0 };
        let metres = match self.help {
            Help::None => row.none,
            Help::Marked => row.marked,
            Help::Island => row.island,
            Help::Roundabout => row.roundabout,
            Help::AllWayStop => row.all_way_stop,
            Help::Signals => row.signals,
        };
        let share = if self.equal { u32::from(profile.approach.equal_pct) } else { 100 };
        u32::from(metres) * share / 10
    }
}

/// A turn that costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Turn {
    Over(Crossing),
    ToFarSide(Crossing),
    Leave { highway: Highway, signals: bool, track: bool },
    UTurn,
}

/// Seconds of waiting as decimetres of riding at the reference speed.
const DM_PER_S: u32 = 50;
const DM_PER_M: u32 = 10;

impl Turn {
    fn kind(&self, profile: &Profile) -> TurnKind {
        let turns = &profile.turns;
        let (name, delay_s, stress_dm) = match self {
            Self::Over(crossing) => ("over", wait(crossing, profile), share(crossing, profile, 100)),
            Self::ToFarSide(crossing) => ("far side", wait(crossing, profile), share(crossing, profile, turns.far_pct)),
            Self::Leave { highway, signals, track } => {
                let metres = turns.leave_m.get(*highway).map_or(0, |metres| u32::from(*metres));
                let pct = if *track {
                    turns.leave_from_track_pct
                } else if *signals {
                    turns.leave_with_signals_pct
                } else {
                    100
                };
                let wait_s = if *signals { turns.signal_s } else { turns.leave_s };
                ("across oncoming", wait_s, metres * DM_PER_M * u32::from(pct) / 100)
            }
            Self::UTurn => ("u_turn", turns.u_turn_s, u32::from(turns.u_turn_m) * DM_PER_M),
        };
        let place = match self {
            Self::Over(crossing) | Self::ToFarSide(crossing) => {
                format!(" {}{}", crossing.highway.name(), if crossing.help == Help::Signals { ", signals" } else { "" })
            }
            Self::Leave { highway, signals, .. } => format!(" {}{}", highway.name(), if *signals { ", signals" } else { "" }),
            Self::UTurn => String::new(),
        };
        let dm = |dm: u32| u16::try_from(dm).unwrap_or(u16::MAX);
        TurnKind { name: format!("{name}{place}"), delay_dm: dm(u32::from(delay_s) * DM_PER_S), stress_dm: dm(stress_dm) }
    }
}

fn wait(crossing: &Crossing, profile: &Profile) -> u16 {
    if crossing.help == Help::Signals { profile.turns.signal_s } else { profile.turns.cross_s }
}

/// A crossing's stress up to `pct`, without what the approach has already.
fn share(crossing: &Crossing, profile: &Profile, pct: u16) -> u32 {
    crossing.stress_dm(profile) * u32::from(pct.saturating_sub(profile.turns.near_pct)) / 100
}

/// The kinds of turns of a city, each once; the first is the free turn.
#[derive(Debug)]
pub struct TurnKinds<'p> {
    profile: &'p Profile,
    list: Vec<TurnKind>,
    ids: HashMap<Turn, u8>,
}

impl<'p> TurnKinds<'p> {
    #[must_use]
    pub fn new(profile: &'p Profile) -> Self {
        Self { profile, list: vec![TurnKind { name: "free".to_owned(), delay_dm: 0, stress_dm: 0 }], ids: HashMap::new() }
    }

    /// The kind of a turn; `None` when it costs nothing, or there is no room for another kind (there are fewer than 255 by construction: classes × helps).
    pub fn id(&mut self, turn: Turn) -> Option<u8> {
        if let Some(id) = self.ids.get(&turn) {
            return Some(*id).filter(|id| *id > 0);
        }
        let kind = turn.kind(self.profile);
        let id =
            if kind.delay_dm == 0 && kind.stress_dm == 0 { 0 } else { u8::try_from(self.list.len()).ok().filter(|id| *id < u8::MAX)? };
        if id > 0 {
            self.list.push(kind);
        }
        self.ids.insert(turn, id);
        Some(id).filter(|id| *id > 0)
    }

    #[must_use]
    pub fn into_list(self) -> Vec<TurnKind> {
        self.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_helps_and_the_far_side_costs_most() {
        let profile = Profile::default();
        let mut kinds = TurnKinds::new(&profile);
        let crossing = |help| Crossing { highway: Highway::Primary, help, equal: false };
        let whole = [Help::None, Help::Marked, Help::Island, Help::Signals].map(|help| crossing(help).stress_dm(&profile));
        assert_eq!(whole, [1400, 950, 750, 350]);
        assert_eq!(Crossing { equal: true, ..crossing(Help::None) }.stress_dm(&profile), 700);
        let over = kinds.id(Turn::Over(crossing(Help::None))).unwrap();
        let far = kinds.id(Turn::ToFarSide(crossing(Help::None))).unwrap();
        assert_eq!(kinds.id(Turn::Over(crossing(Help::None))), Some(over));
        assert_eq!(kinds.id(Turn::Leave { highway: Highway::Service, signals: false, track: true }), Some(3), "it waits, at least");
        let list = kinds.into_list();
        // 70 % and 110 % of 140 m; 6 s at 5 m/s.
        assert_eq!(
            (list[usize::from(over)].stress_dm, list[usize::from(far)].stress_dm, list[usize::from(far)].delay_dm),
            (980, 1540, 300)
        );
        assert_eq!((list[0].name.as_str(), list[0].delay_dm), ("free", 0));
    }
}
