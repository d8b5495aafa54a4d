//! Participant timelines as a pure fold over a set of interaction events.
#![no_std]
#![doc(test(attr(deny(warnings))))]

extern crate alloc;

mod change;
mod delta;
mod eviction;
mod figures;
mod fold;
mod gaps;
mod interaction;
mod intern;
#[cfg(feature = "serde")]
mod json;
mod leg;
mod limits;
mod news;
mod offers;
mod packed;
mod query;
mod seat;
mod slot;
mod slots;
mod snapshot;
mod stays;
mod store;
mod tell;
mod text;
mod words;

pub use change::{Applied, Change, Stage, What};
pub use delta::{Delta, Mismatch, Parts};
pub use figures::Figures;
pub use leg::Communication;
pub use limits::Limits;
pub use snapshot::{Anomaly, AnomalyKind, Entry, GapMark, Interval, Timeline, Unanswered};
pub use store::Timelines;
