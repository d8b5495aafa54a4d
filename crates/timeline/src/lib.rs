//! Participant timelines as a pure fold over a set of interaction events.
#![no_std]
#![doc(test(attr(deny(warnings))))]

extern crate alloc;

mod change;
mod eviction;
mod fold;
mod gaps;
mod interaction;
mod intern;
mod limits;
mod packed;
mod seat;
mod slots;
mod snapshot;
mod store;
#[cfg(feature = "serde")]
mod text;

pub use change::{Applied, Change, What};
pub use limits::Limits;
pub use snapshot::{Anomaly, AnomalyKind, Entry, GapMark, Interval, Timeline};
pub use store::Timelines;
