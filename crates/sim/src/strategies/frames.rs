//! What arrives on the wire, and what a client has to make of it.

use proptest::prelude::*;
use rosterline_core::Presence;

use super::truth::{fact, presence};
use crate::server::{Frame, pack};
use crate::{Fact, FrameFault};

/// A frame, and what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Framed {
    /// The message as it arrives.
    pub frame: Frame,
    /// The events that a client must find in it, in their order.
    pub events: Vec<Presence>,
    /// What a client must refuse and count: so many events, or the frame as a whole.
    pub rejected: u64,
}

/// A frame with up to six events, as text or binary, plain or compressed, with or without fields that nobody knows.
pub fn frame() -> impl Strategy<Value = Framed> {
    let widened = prop::bool::weighted(0.3).prop_map(|wide| wide.then_some(FrameFault::ExtraFields));
    (prop::collection::vec(presence(), 0..6), dress(), widened)
        .prop_map(|(events, dress, widened)| packed(events, dress.into_iter().chain(widened).collect()))
}

/// A frame that is damaged: one of its events is none, or it cannot be opened at all.
pub fn damaged_frame() -> impl Strategy<Value = Framed> {
    let bad =
        prop::sample::select(&[FrameFault::BadEvent, FrameFault::BadTimestamp, FrameFault::BadField][..]);
    let events = || prop::collection::vec(presence(), 1..6);
    let event = (events(), dress(), bad)
        .prop_map(|(events, dress, bad)| packed(events, dress.into_iter().chain([bad]).collect()));
    let text = (events(), prop::sample::select(&[FrameFault::Truncated, FrameFault::NoJson][..]))
        .prop_map(|(events, fault)| hopeless(events, fault));
    let compressed =
        (events(), any::<bool>(), any::<prop::sample::Index>()).prop_map(|(events, zlib, cut)| {
            let dress = if zlib { FrameFault::Zlib } else { FrameFault::Gzip };
            let mut framed = packed(events, vec![dress]);
            if let Frame::Binary(bytes) = &mut framed.frame {
                // The first two bytes say how it is compressed.
                bytes.truncate(2 + cut.index(bytes.len() - 2));
            }
            Framed { events: Vec::new(), rejected: 1, ..framed }
        });
    prop_oneof![event, text, compressed]
}

fn dress() -> impl Strategy<Value = Option<FrameFault>> {
    prop_oneof![
        3 => Just(None),
        1 => Just(Some(FrameFault::Binary)),
        1 => Just(Some(FrameFault::Gzip)),
        1 => Just(Some(FrameFault::Zlib)),
    ]
}

fn packed(events: Vec<Presence>, faults: Vec<FrameFault>) -> Framed {
    let parcel = parcels(&events, &faults).pop().expect("the true frame comes last");
    Framed { frame: parcel.frame, events, rejected: parcel.bad_events }
}

/// The frame that the fault sends ahead.
fn hopeless(events: Vec<Presence>, fault: FrameFault) -> Framed {
    let parcel = parcels(&events, &[fault]).swap_remove(0);
    Framed { frame: parcel.frame, events: Vec::new(), rejected: 1 }
}

fn parcels(events: &[Presence], faults: &[FrameFault]) -> Vec<crate::server::Parcel> {
    let facts: Vec<Fact> = events.iter().map(fact).collect();
    let batch: Vec<_> = (0..).zip(&facts).collect();
    pack(&batch, faults)
}
