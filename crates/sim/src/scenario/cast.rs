//! Writes a script: who is there, and what time it is.

use std::time::Duration;

use rosterline_core::{Id, Rng};

use super::{JOINED, LEFT, Script, Step};

/// A script in the making. It knows who is present, so that nobody can be forgotten in it.
pub(super) struct Cast<'r> {
    rng: &'r mut Rng,
    now: Duration,
    present: Vec<Id>,
    script: Script,
}

impl<'r> Cast<'r> {
    pub(super) fn new(rng: &'r mut Rng, channel: &str) -> Self {
        let script = Script { interaction: uuid(rng), channel: channel.into(), steps: Vec::new() };
        Self { rng, now: Duration::ZERO, present: Vec::new(), script }
    }

    /// Somebody who was not there yet.
    pub(super) fn someone(&mut self) -> Id {
        uuid(self.rng)
    }

    /// True in `percent` of 100 draws.
    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.rng.chance(percent)
    }

    /// Lets between `least` and `most` milliseconds pass.
    pub(super) fn wait(&mut self, least: u64, most: u64) {
        self.now += Duration::from_millis(least + self.rng.up_to(most - least));
    }

    pub(super) fn joins(&mut self, who: &Id, reason: Option<&str>) {
        self.present.push(who.clone());
        self.step(JOINED, who, reason);
    }

    pub(super) fn leaves(&mut self, who: &Id, reason: &str) {
        self.present.retain(|present| present != who);
        self.step(LEFT, who, Some(reason));
    }

    /// Something that changes nobody's presence.
    pub(super) fn notes(&mut self, kind: &str, who: &Id) {
        self.step(kind, who, None);
    }

    /// `who` hangs up; the others follow within moments, for the other side is gone.
    pub(super) fn ends_with(mut self, who: &Id) -> Script {
        self.leaves(who, "client");
        for left in core::mem::take(&mut self.present) {
            self.wait(20, 250);
            self.step(LEFT, &left, Some("peer"));
        }
        self.script
    }

    fn step(&mut self, kind: &str, who: &Id, reason: Option<&str>) {
        self.script.steps.push(Step {
            offset: self.now,
            kind: kind.into(),
            participant: who.clone(),
            reason: reason.map(Into::into),
        });
    }
}

/// A UUID of version 4, variant 1.
fn uuid(rng: &mut Rng) -> Id {
    let bits = u128::from(rng.next_u64()) << 64 | u128::from(rng.next_u64());
    let bits = bits & !(0xF000 << 64 | 0xC << 60) | 0x4000 << 64 | 0x8 << 60;
    Id::from(bits.to_be_bytes())
}
