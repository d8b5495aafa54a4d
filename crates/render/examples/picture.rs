//! Draws a call as SVG, to stdout. It is the picture in the README: `cargo xtask picture` writes it there.
#![allow(clippy::print_stdout, reason = "an example")]

use rosterline_core::{Gap, GapCause, GapId, Id, Instant, Presence, PresenceKind, Scope, Timestamp};
use rosterline_timeline::{Limits, Timeline, Timelines};

const CALL: &str = "call 4711";

/// A call that is handed from one agent to the next. While the second one spoke the connection was lost: nobody knows
/// what happened then, but the agent came in once more afterwards, so a leave was missed.
pub(crate) fn call() -> Timeline {
    use PresenceKind::{Joined, Left};
    let mut timelines = Timelines::new(Limits::default());
    for (clock, kind, participant, reason) in [
        ("12:00:00.120", Joined, "customer", None),
        ("12:00:01.480", Joined, "menu", None),
        ("12:00:38.900", Left, "menu", Some("transfer")),
        ("12:00:52.310", Joined, "anna", None),
        ("12:03:24.050", Left, "anna", Some("transfer")),
        ("12:03:12.700", Joined, "ben", None),
        ("12:04:58.200", Joined, "ben", None),
        ("12:06:21.440", Left, "ben", None),
        ("12:06:22.010", Left, "customer", Some("peer")),
        ("12:01:50.000", Joined, "supervisor", None),
        ("12:02:44.600", Left, "supervisor", None),
    ] {
        timelines.apply(&event(clock, kind, participant, reason));
    }
    timelines.gap(&gap(1, GapCause::Overflow, "12:01:18.000", "12:01:36.500"));
    timelines.repaired(GapId(1));
    timelines.gap(&gap(2, GapCause::Reconnect, "12:04:09.900", "12:04:49.300"));
    timelines.get(&Id::new(CALL)).expect("it has events")
}

fn event(clock: &str, kind: PresenceKind, participant: &str, reason: Option<&str>) -> Presence {
    let at = time(clock);
    Presence {
        at,
        kind,
        interaction: Id::new(CALL),
        participant: Id::new(participant),
        channel: "voice".into(),
        reason: reason.map(Into::into),
        leg: None,
        arrived: Instant::ZERO,
        received: at.unix_millis(),
    }
}

fn gap(id: u64, cause: GapCause, from: &str, to: &str) -> Gap {
    Gap { id: GapId(id), cause, from: time(from), to: time(to), dropped: 0, scope: Scope::All }
}

fn time(clock: &str) -> Timestamp {
    Timestamp::parse(&format!("2026-05-04T{clock}Z")).expect("RFC 3339")
}

#[allow(dead_code, reason = "the test of the picture in the README takes the call only")]
fn main() {
    print!("{}", rosterline_render::svg(&call(), None));
}
