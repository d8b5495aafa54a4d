//! The Rosterline session: everything that has to be decided to stream interaction events, and nothing
//! that touches a socket, a clock or a random number.
//!
//! See [`Session`] for how to drive one by hand; `rosterline-tokio` and its siblings do it for you.
#![no_std]
#![doc(test(attr(deny(warnings))))]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod cause;
pub mod config;
mod dialect;
mod door;
mod endpoint;
mod event;
mod gap;
mod id;
mod reconnect;
mod rejected;
mod rng;
mod scrub;
mod secret;
mod service;
mod session;
mod stats;
mod subscription;
mod time;
mod timestamp;
pub mod token;
mod topic;
pub mod wire;
mod word;

pub use cause::{Cause, Misuse, Network, Step};
pub use config::{Auth, Backfill, Config, Policy, Resume, Service};
pub use dialect::notifications::notification_refused;
pub use door::{
    Action, Call, Closed, ConnId, Deadline, Failure, Frame, Grant, Input, Message, NoToken, Quota, Reply,
    RequestId,
};
pub use endpoint::Endpoint;
pub use event::{Detail, Event, Leg, Move, Offer, Presence, PresenceKind, Source, State, Status, Unknown};
pub use gap::{Gap, GapCause, GapId, Repair, Scope};
pub use id::Id;
pub use rejected::{Path, Place, Reason, Rejected};
pub use rng::Rng;
pub use secret::Secret;
pub use session::{Session, Timer};
pub use stats::{Histogram, RoundTrip, Stats};
pub use subscription::Subscription;
pub use time::{Anchor, Instant, UnixMillis};
pub use timestamp::Timestamp;
pub use topic::Topic;
pub use word::Word;
