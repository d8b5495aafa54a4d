//! From the order of the events to stays: who was there from when to when, and what does not fit.

use alloc::vec;
use alloc::vec::Vec;

use rosterline_core::PresenceKind;

use crate::AnomalyKind;
use crate::interaction::Interaction;
use crate::packed::Packed;

/// One stay: a join, a leave, or both. At least one of them is there.
pub(crate) struct Stay {
    pub(crate) any: Packed,
    pub(crate) from: Option<Packed>,
    pub(crate) to: Option<Packed>,
}

/// Where a participant is on a channel, while the events are gone through.
#[derive(Clone, Copy)]
enum At {
    Unknown,
    Here { stay: usize },
    Gone,
}

/// Joins and leaves alternate on each seat; where they do not, the event is named and the rest goes on. The stays are in
/// the order of their first event.
pub(crate) fn stays(set: &Interaction) -> (Vec<Stay>, Vec<(AnomalyKind, Packed)>) {
    let mut seats = vec![At::Unknown; set.seat_count()];
    let (mut stays, mut odd) = (Vec::with_capacity(set.entries().len() / 2), Vec::new());
    for &event in set.entries() {
        let seat = &mut seats[event.seat() as usize];
        match (event.kind(), *seat) {
            (PresenceKind::Joined, At::Unknown | At::Gone) => {
                *seat = At::Here { stay: stays.len() };
                stays.push(Stay { any: event, from: Some(event), to: None });
            }
            (PresenceKind::Joined, At::Here { .. }) => odd.push((AnomalyKind::JoinedTwice, event)),
            (PresenceKind::Left, At::Here { stay }) => {
                *seat = At::Gone;
                stays[stay].to = Some(event);
            }
            (PresenceKind::Left, At::Unknown) => {
                *seat = At::Gone;
                stays.push(Stay { any: event, from: None, to: Some(event) });
                odd.push((AnomalyKind::LeftWithoutJoin, event));
            }
            (PresenceKind::Left, At::Gone) => odd.push((AnomalyKind::LeftTwice, event)),
        }
    }
    (stays, odd)
}
