//! The session of the `notifications` dialect at its door (docs/notifications.md, sections 5 to 8).

mod live;
mod moves;
mod repair;
mod rig;
