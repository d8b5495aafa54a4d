//! Proptest strategies for events, wire frames, faults and whole histories: for property tests of whatever handles the
//! events of a session. Needs the feature `proptest`.
//!
//! | strategy | gives |
//! |---|---|
//! | [`presence`] | any join or leave |
//! | [`interaction`], [`truth`] | what happens in one interaction, or in several at once |
//! | [`frame`], [`damaged_frame`] | messages on the wire, with what a client has to make of them |
//! | [`fault_plan`], and [`when`], [`end`], [`frame_fault`], [`dialogue_fault`], [`http_fault`] | what goes wrong at a server |
//! | [`delivery`] | a history and what an application is told of it: late, twice, not at all, with the gaps that say so |
//! | [`run`] | the same through a real session: [`Run::play`] plays it in virtual time, against a server with faults |
//!
//! The central property holds for all of them: timelines that are made of what survives, with the gaps that admit the rest,
//! are true as far as they are called complete; and once the gaps are filled they are the truth, byte for byte.
//!
//! ```
//! use proptest::prelude::*;
//! use rosterline_sim::strategies;
//!
//! proptest! {
//!     // Put `#[test]` here.
//!     fn what_is_lost_is_admitted(delivery in strategies::delivery()) {
//!         delivery.check(&delivery.timelines())?;
//!     }
//!
//!     fn what_a_session_loses_is_admitted(run in strategies::run()) {
//!         let delivery = run.play();
//!         delivery.check(&delivery.timelines())?;
//!     }
//! }
//! # what_is_lost_is_admitted();
//! # what_a_session_loses_is_admitted();
//! ```
//!
//! A failing case shrinks to the few events and the one fault that matter. Everything is decided by proptest's seed.
//! docs/property-testing.md shows how to test a handler of your own with it.

mod check;
mod delivery;
mod fate;
mod faults;
mod frames;
mod play;
mod run;
mod truth;

pub use delivery::{Delivery, admits, delivery};
pub use faults::{dialogue_fault, end, fault_plan, frame_fault, http_fault, when};
pub use frames::{Framed, damaged_frame, frame};
pub use run::{Run, run};
pub use truth::{interaction, presence, truth};
