//! A session and a server: what happens at the server, what goes wrong, and how the application takes its events.

use std::fmt;

use proptest::prelude::*;
use rosterline_core::{Policy, Presence};

use super::delivery::{Delivery, Line};
use super::faults::fault_plan;
use super::play::World;
use super::truth::{Move, Origin, Script, any_move, goes_on};
use crate::{FaultPlan, FrameFault};

/// Everything that decides how a session goes. The same one goes the same way, always.
#[derive(Clone, PartialEq)]
pub struct Run {
    /// What happens, by the frames in which the server tells it: each at the time of its last event. The story starts when
    /// the session is live for the first time, so the times that count are those of [`Delivery::truth`].
    pub told: Vec<Vec<Presence>>,
    /// What goes wrong until the story is over. After that nothing does.
    pub plan: FaultPlan,
    /// What draws the rules of the plan that strike by chance.
    pub seed: u64,
    /// What happens when the session's buffer is full.
    pub policy: Policy,
    /// How many events it holds.
    pub capacity: usize,
    /// After how many frames the application takes what waits for it. At the end it takes everything.
    pub takes_every: usize,
}

/// A run with any plan of faults, mostly with an application that keeps up.
///
/// It shrinks to few events and to the rules that matter: one list of moves, one of rules, and everything else towards a
/// large buffer and a quick application.
///
/// One thing cannot be admitted by any client, and is left out: an event that the server held back while it told newer
/// ones, and never told because the connection ended. A gap begins at the newest event that was seen
/// (docs/stream.md, section 7). So where connections can end, no frame is delayed or reordered.
pub fn run() -> impl Strategy<Value = Run> {
    let script = (prop::collection::vec((any_move(), prop::bool::weighted(0.3)), 1..24), goes_on());
    let policies = prop::sample::select(&[Policy::Pause, Policy::DropOldest, Policy::DropNewest][..]);
    let buffer = prop_oneof![3 => Just((Policy::Pause, 1024)), 2 => (policies, 2..8usize)];
    let takes_every = prop_oneof![2 => Just(1), 1 => 1..8usize];
    (script, fault_plan(), any::<u8>(), buffer, takes_every).prop_map(
        |((moves, goes_on), mut plan, seed, (policy, capacity), takes_every)| {
            if can_lose(&plan) {
                plan.frames.retain(|rule| !holds_back(rule.fault));
            }
            let told = frames(moves, goes_on);
            Run { told, plan, seed: seed.into(), policy, capacity, takes_every }
        },
    )
}

impl Run {
    /// Plays it in virtual time: a real session on its driver, against the model of the server, until ten minutes after the
    /// story is over or until the session has ended. The truth is what happened from its first moment of being live to
    /// its end.
    ///
    /// # Panics
    /// If the session spins, or cannot be made: both are bugs of ours.
    #[must_use]
    pub fn play(&self) -> Delivery {
        World::new(self).play(self)
    }
}

/// Puts each event that is to come with the next one into its frame, and all events of the same moment into one.
fn frames(moves: Vec<(Move, bool)>, goes_on: [bool; 3]) -> Vec<Vec<Presence>> {
    let (moves, more): (Vec<_>, Vec<bool>) = moves.into_iter().unzip();
    let (mut frames, mut frame) = (Vec::new(), Vec::new());
    let events = Script { moves, goes_on }.events_with_origins();
    let next: Vec<_> = events.iter().skip(1).map(|(_, event)| Some(event.at)).chain([None]).collect();
    for ((origin, event), next) in events.into_iter().zip(next) {
        let more = match origin {
            Origin::Move(number) => more[number] || next == Some(event.at),
            Origin::End(_) => false,
        };
        frame.push(event);
        if !more {
            frames.push(std::mem::take(&mut frame));
        }
    }
    frames.extend((!frame.is_empty()).then_some(frame));
    frames
}

/// Whether a connection that is told events can end by this plan.
fn can_lose(plan: &FaultPlan) -> bool {
    plan.close_expired || !plan.endings.is_empty() || !plan.dialogues.is_empty()
}

fn holds_back(fault: FrameFault) -> bool {
    match fault {
        FrameFault::Reorder | FrameFault::Delay(_) => true,
        FrameFault::Duplicate
        | FrameFault::NoJson
        | FrameFault::Truncated
        | FrameFault::BadEvent
        | FrameFault::BadTimestamp
        | FrameFault::BadField
        | FrameFault::ExtraFields
        | FrameFault::Binary
        | FrameFault::Gzip
        | FrameFault::Zlib => false,
    }
}

/// A line for each frame, then what goes wrong.
impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "what the server tells:")?;
        for frame in &self.told {
            let events: Vec<String> = frame.iter().map(|event| Line(event).to_string()).collect();
            writeln!(f, "  {}", events.join("; "))?;
        }
        writeln!(
            f,
            "a buffer of {} with {:?}, emptied every {} frames",
            self.capacity, self.policy, self.takes_every
        )?;
        write!(f, "with seed {} {:?}", self.seed, self.plan)
    }
}
