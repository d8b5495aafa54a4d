//! The session at its door, in virtual time: one module for each section of docs/stream.md.
#![allow(clippy::wildcard_enum_match_arm, reason = "a test picks out what it is about")]

mod backfill;
mod backpressure;
mod buffered;
mod clock;
mod close;
mod connect;
mod events;
mod gaps;
mod heartbeat;
mod keeper;
mod pause;
mod random;
mod reconnect;
mod resume;
mod rig;
mod token;
