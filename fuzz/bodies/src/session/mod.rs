//! A whole life of a session, out of bytes: its settings, what its server, its network, its clock and its application do;
//! and a plain second idea of what may come of it.
//!
//! The first eight bytes are the settings. Every byte after them is something that happens, with its arguments behind
//! it: `world.rs` lists them. So `igocs` is a session that goes live.

mod desk;
mod frames;
mod model;
mod peer;
mod server;
mod settings;
mod world;

use crate::source::Source;
use world::World;

/// More things than this do not happen in one life: what can go wrong goes wrong before.
const MOST: usize = 256;

/// How far an input has brought its session, so that a test can see that the comparisons are not idle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reached {
    /// How often a subscription was confirmed.
    pub confirmed: u64,
    /// Events that the application took.
    pub delivered: u64,
    /// Events that were dropped.
    pub dropped: u64,
    /// Events that had been there before.
    pub duplicate: u64,
    /// Events and frames that could not be understood.
    pub rejected: u64,
    /// Gaps that the application was told of.
    pub gaps: u64,
    /// Gaps that were repaired.
    pub repaired: u64,
    /// Connections that were dialled.
    pub dials: u64,
    /// Whether it ended before it was closed.
    pub gave_up: bool,
}

/// Lives the life that `data` tells of.
///
/// # Panics
/// If the session does, or if it does anything else than the model expects.
pub fn session(data: &[u8]) -> Reached {
    let mut source = Source::new(data);
    let mut world = World::new(settings::read(&mut source));
    for _ in 0..MOST {
        if world.step(&mut source).is_none() {
            break;
        }
    }
    world.end()
}
