//! The session of the `notifications` dialect at its door (docs/notifications.md, sections 5 to 8).
#![allow(clippy::wildcard_enum_match_arm, reason = "a test picks out what it is about")]

mod asked;
mod fates;
mod live;
mod moves;
mod notices;
mod parting;
mod repair;
mod rig;
