//! What is to happen at a time: reports, frames, and the ends that `--exit-after` asks for.

use std::time::Duration;

use rosterline_core::Instant;

use crate::settings::values::ExitAfter;

/// How often the metrics are reported (docs/stream.md, section 9).
const REPORT: Duration = Duration::from_secs(10);
/// What is due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) report: bool,
    pub(crate) frame: bool,
    /// One of the conditions of `--exit-after` holds.
    pub(crate) end: bool,
}

/// Keeps the times.
#[derive(Debug)]
pub(crate) struct Alarms {
    report_at: Instant,
    frame: Duration,
    frame_at: Instant,
    end_at: Option<Instant>,
    most_events: Option<u64>,
    idle: Option<Duration>,
    /// Since when nothing has come on a live connection.
    quiet_since: Option<Instant>,
    ending: bool,
}

impl Alarms {
    /// The earliest of several conditions of the same kind counts. `frame`: how often the output draws.
    pub(crate) fn new(conditions: &[ExitAfter], frame: Duration, now: Instant) -> Self {
        let mut alarms = Self {
            report_at: now + REPORT,
            frame,
            frame_at: now,
            end_at: None,
            most_events: None,
            idle: None,
            quiet_since: None,
            ending: false,
        };
        for condition in conditions {
            match *condition {
                ExitAfter::Time(time) => earliest(&mut alarms.end_at, now + time),
                ExitAfter::Events(count) => earliest(&mut alarms.most_events, count),
                ExitAfter::Idle(time) => earliest(&mut alarms.idle, time),
            }
        }
        alarms
    }

    /// Something came; `live` is whether the session is live.
    pub(crate) fn heard(&mut self, live: bool, now: Instant) {
        self.quiet_since = live.then_some(now);
    }

    /// What is due, and when to ask again at the latest.
    pub(crate) fn check(&mut self, events: u64, now: Instant) -> (Due, Instant) {
        let mut due = Due::default();
        if now >= self.report_at {
            (due.report, self.report_at) = (true, now + REPORT);
        }
        if now >= self.frame_at {
            (due.frame, self.frame_at) = (true, now + self.frame);
        }
        let idle_at = self.idle.zip(self.quiet_since).map(|(idle, since)| since + idle);
        if !self.ending {
            let over = [self.end_at, idle_at].into_iter().flatten().any(|at| now >= at);
            due.end = over || self.most_events.is_some_and(|most| events >= most);
            self.ending = due.end;
        }
        let ends = [self.end_at, idle_at].into_iter().flatten().filter(|_| !self.ending);
        let next = ends.chain([self.report_at, self.frame_at]).min().unwrap_or(now);
        (due, next)
    }
}

fn earliest<T: Ord>(known: &mut Option<T>, new: T) {
    *known = Some(match known.take() {
        Some(known) => known.min(new),
        None => new,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Duration = Duration::from_millis(100);

    const fn at(millis: u64) -> Instant {
        Instant(millis * 1_000_000)
    }

    #[test]
    fn the_earliest_end_counts_and_only_once() {
        let secs = |secs| ExitAfter::Time(Duration::from_secs(secs));
        let mut alarms = Alarms::new(&[secs(30), secs(2), ExitAfter::Events(5)], FRAME, at(0));
        assert!(!alarms.check(4, at(1999)).0.end);
        assert!(alarms.check(4, at(2000)).0.end);
        assert!(!alarms.check(9, at(3000)).0.end);
    }

    #[test]
    fn quiet_counts_on_a_live_connection_only() {
        let mut alarms = Alarms::new(&[ExitAfter::Idle(Duration::from_millis(500))], FRAME, at(0));
        assert!(!alarms.check(0, at(9000)).0.end, "not live yet");
        alarms.heard(true, at(9000));
        alarms.heard(true, at(9400));
        assert!(!alarms.check(1, at(9899)).0.end);
        alarms.heard(false, at(9899));
        assert!(!alarms.check(1, at(20_000)).0.end, "waiting to reconnect");
        alarms.heard(true, at(20_000));
        assert!(alarms.check(1, at(20_500)).0.end);
    }

    #[test]
    fn reports_and_frames_come_in_their_time() {
        let mut alarms = Alarms::new(&[], FRAME, at(0));
        let (due, next) = alarms.check(0, at(0));
        assert_eq!((due.frame, due.report, next), (true, false, at(100)));
        assert!(!alarms.check(0, at(99)).0.frame);
        assert!(alarms.check(0, at(10_000)).0.report);
        assert!(!alarms.check(0, at(10_001)).0.report);
    }
}
