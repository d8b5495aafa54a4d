//! The buffer's size and policy.

use rosterline_core::Policy;

use super::{Reason, Recommendation};
use crate::load::Load;
use crate::plan::Goal;
use crate::settings::Settings;
use crate::sweep::{IDLE, MARGIN, NEEDS, Sweep, most_waiting};
use crate::trial::Measured;
use crate::words::{bytes, thousands, three, time};

impl Sweep {
    pub(super) fn choose_buffer(&self, load: &Load, found: &mut Recommendation) {
        let plan = &self.plan;
        let chosen = match plan.goal {
            Goal::Complete => self.complete(found),
            Goal::Fresh => self.fresh(found),
        };
        let Some((policy, buffer, expected)) = chosen else { return };
        found.settings = Settings { policy, buffer, ..found.settings.clone() };
        found.reasons.push(Reason {
            what: "policy",
            value: policy.name().to_owned(),
            why: self.about_policy(policy),
        });
        self.warn(load, &expected, found);
        found.expected = expected;
    }

    /// The measurements of one policy, the smallest buffer first.
    fn of(&self, policy: Policy) -> impl DoubleEndedIterator<Item = (usize, &Measured)> {
        self.buffers.iter().filter(move |it| it.0 == policy).map(|(_, buffer, measured)| (*buffer, measured))
    }

    /// The policy that loses least by its nature, of those that were tried.
    fn kindest(&self) -> Option<Policy> {
        Policy::ALL.into_iter().find(|policy| self.plan.policies.contains(policy))
    }

    fn complete(&self, found: &mut Recommendation) -> Option<(Policy, usize, Measured)> {
        let policy = self.kindest()?;
        let waiting = most_waiting(&self.needs);
        let never_full = |it: &(usize, &Measured)| it.1.lost == 0 && it.1.paused.is_zero();
        let has_room = |it: &(usize, &Measured)| it.0 as u64 >= waiting * MARGIN;
        let least =
            || self.of(policy).min_by_key(|(buffer, measured)| (measured.lost, measured.paused, *buffer));
        let (buffer, measured) = self.of(policy).filter(never_full).find(has_room).or_else(least)?;
        let headroom = format!("{} times the load", three(self.plan.headroom));
        let waited = format!(
            "at {headroom} {} events waited at most, in {NEEDS} draws of when the application stands still",
            thousands(waiting)
        );
        let mut why = match (measured.lost, measured.paused.is_zero()) {
            (0, true) if has_room(&(buffer, measured)) => {
                format!(
                    "the smallest of those that were tried with room for {MARGIN} times what is needed: {waited}"
                )
            }
            (0, true) => {
                format!("never full, though it has not room for {MARGIN} times what is needed: {waited}")
            }
            (0, false) => format!(
                "the one in which reading stops least of those that were tried, for {}, {} at a time; {waited}",
                time(measured.paused),
                time(measured.longest_pause)
            ),
            _ => format!("it loses least of those that were tried, {}; {waited}", measured.lost_share()),
        };
        // The largest that is too small.
        if let Some((smaller, worse)) = self.of(policy).rfind(|it| it.0 < buffer && !never_full(it)) {
            why += &format!("; {}", self.about_smaller(smaller, worse));
        }
        why += &self.about_now();
        let expected = self.worst(measured);
        why += &format!("; what waits takes {} at most", bytes(expected.peak_bytes));
        found.reasons.push(Reason { what: "buffer", value: buffer.to_string(), why });
        Some((policy, buffer, expected))
    }

    /// What the current settings do.
    fn about_now(&self) -> String {
        let (now, measured) = (&self.plan.current, &self.current[1]);
        let does = match (measured.lost, measured.paused.is_zero()) {
            (0, true) => "was never full in the first of them".to_owned(),
            (0, false) => format!("stops reading for {}", time(measured.paused)),
            _ => format!("loses {}", measured.lost_share()),
        };
        format!("; what is set now ({}, {}) {does}", thousands(now.buffer as u64), now.policy.name())
    }

    /// What has to be expected, with the worst of all draws of when the application stands still.
    fn worst(&self, measured: &Measured) -> Measured {
        let mut worst = measured.clone();
        for draw in &self.needs {
            worst.peak_events = worst.peak_events.max(draw.peak_events);
            worst.peak_bytes = worst.peak_bytes.max(draw.peak_bytes);
            worst.age = worst.age.worse(draw.age);
            worst.wait = worst.wait.worse(draw.wait);
        }
        worst
    }

    /// What the next smaller size does, under the kindest policy, and without it.
    fn about_smaller(&self, buffer: usize, measured: &Measured) -> String {
        let size = thousands(buffer as u64);
        if measured.lost > 0 {
            return format!("{size} lost {}", measured.lost_share());
        }
        let dropping = self.of(Policy::DropNewest).find(|it| it.0 == buffer);
        let dropped =
            dropping.map(|(_, measured)| format!(", or lost {} when it drops", measured.lost_share()));
        format!("{size} stopped reading for {}{}", time(measured.paused), dropped.unwrap_or_default())
    }

    /// The largest buffer in which nothing gets older than it may; if there is none, in which 99 of 100 do not.
    fn fresh(&self, found: &mut Recommendation) -> Option<(Policy, usize, Measured)> {
        let policy = Policy::DropOldest;
        let wait = self.plan.max_wait;
        let all = self
            .of(policy)
            .rfind(|it| it.1.age.max <= wait)
            .map(|it| (it, "the largest that was tried in which every event is younger than"));
        let most = || {
            self.of(policy)
                .rfind(|it| it.1.age.p99 <= wait)
                .map(|it| (it, "the largest that was tried in which 99 of 100 events are younger than"))
        };
        let smallest = || {
            self.of(policy).next().map(|it| {
                (it, "the smallest that was tried, though more than one of 100 events is older than")
            })
        };
        let Some(((buffer, measured), which)) = all.or_else(most).or_else(smallest) else {
            found.warnings.push("drop-oldest was not tried; without it nothing stays fresh".to_owned());
            return None;
        };
        if all.is_none() {
            let stall = self.plan.consumer.stall;
            let why = match self.plan.consumer.stalls() && stall > wait {
                true => format!("the application stands still for {} at a time", time(stall)),
                false => "try smaller ones with --buffers".to_owned(),
            };
            found
                .warnings
                .push(format!("no size that was tried keeps every event younger than {}: {why}", time(wait)));
        }
        let why = format!(
            "{which} {} when it is taken, at {} times the load: {} at \
             most, p99 {}; it loses {}, and its events take {} at most",
            time(wait),
            three(self.plan.headroom),
            time(measured.age.max),
            time(measured.age.p99),
            measured.lost_share(),
            bytes(measured.peak_bytes)
        );
        found.reasons.push(Reason { what: "buffer", value: buffer.to_string(), why });
        Some((policy, buffer, measured.clone()))
    }

    fn about_policy(&self, chosen: Policy) -> String {
        let goal = match self.plan.goal {
            Goal::Complete => "asked for is that nothing is lost",
            Goal::Fresh => "asked for is that nothing is old",
        };
        // The largest size at which they differ.
        let full = |it: &&(Policy, usize, Measured)| it.2.lost > 0 || !it.2.paused.is_zero();
        let Some(size) = self.buffers.iter().filter(full).map(|it| it.1).max() else {
            return format!("{goal}; no size that was tried was ever full, so the policies did not differ");
        };
        let word = |(policy, _, measured): &(Policy, usize, Measured)| {
            let name = policy.name();
            match policy {
                Policy::Pause if measured.lost == 0 => format!(
                    "{name} loses nothing and leaves up to {} frames ({}) to the network and the server",
                    thousands(measured.outside),
                    bytes(measured.outside_bytes)
                ),
                Policy::End if measured.ended => {
                    format!("{name} ends the session after {}", time(measured.lasted))
                }
                Policy::Pause | Policy::DropOldest | Policy::DropNewest | Policy::End => {
                    format!(
                        "{name} loses {}, waits {} at most",
                        measured.lost_share(),
                        time(measured.age.max)
                    )
                }
            }
        };
        let words: Vec<String> = self.buffers.iter().filter(|it| it.1 == size).map(word).collect();
        let mut text =
            format!("{goal}; in a full buffer ({} events) {}", thousands(size as u64), words.join("; "));
        if chosen == Policy::Pause {
            text += &format!(
                "; a pause ends after {} at the latest, then the oldest are dropped",
                time(self.plan.current.pause_max)
            );
        }
        text
    }

    fn warn(&self, load: &Load, expected: &Measured, found: &mut Recommendation) {
        let rate = load.rate() * self.plan.scale;
        if self.is_overloaded() {
            let most = self.takes.iter().rev().find(|(_, measured)| !measured.is_overloaded());
            let advice = most.map_or_else(
                || "none of the times that were tried for an event is short enough".to_owned(),
                |(take, _)| format!("with {} for an event it would", time(*take)),
            );
            found.warnings.push(format!(
                "the application has nothing to do for less than {IDLE} % of the time at {} times the load, so no buffer is large enough \
                 for ever: it has to be faster; {advice}",
                three(self.plan.headroom)
            ));
        }
        match &self.knee {
            Some(knee) if knee.factor < self.plan.headroom => found.warnings.push(format!(
                "the knee is at {} events a second, {} times the load, below the headroom: there 99 of 100 events wait up to {}; a \
                 faster application moves it, no setting does",
                three(rate * knee.factor),
                three(knee.factor),
                time(expected.age.p99)
            )),
            Some(_) | None => {}
        }
        if expected.lost > 0 && self.plan.goal == Goal::Complete && !self.is_overloaded() {
            found
                .warnings
                .push("no size that was tried loses nothing; try larger ones with --buffers".to_owned());
        }
        if expected.longest_pause * 2 > self.plan.current.pause_max {
            found.warnings.push(format!(
                "reading stops for up to {}, close to the longest pause of {}: give a longer --pause-max, or a larger buffer",
                time(expected.longest_pause),
                time(self.plan.current.pause_max)
            ));
        }
    }
}

impl Sweep {
    /// Whether the application cannot keep up with the load and its headroom.
    pub(super) fn is_overloaded(&self) -> bool {
        self.needs.iter().any(Measured::is_overloaded)
    }
}

impl Measured {
    /// Whether the application had hardly anything but work: it did not keep up.
    #[must_use]
    pub fn is_overloaded(&self) -> bool {
        !self.busy.is_zero() && self.idle * 100 < self.lasted * IDLE
    }
}
