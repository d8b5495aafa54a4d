//! What can be wrong with the time of day, which is set and sleeps through.

use super::Bug;

const PORT: &str = "crates/driver/src/port.rs";
const CLOCKWORK: &str = "crates/core/src/session/clockwork.rs";

pub(super) const BUGS: &[Bug] = &[
    Bug::session(
        "a time of day that moves is never heard of",
        PORT,
        "        if has_moved && self",
        "        if false && has_moved && self",
        "a_time_of_day_that_is_set_is_told_with_the_next_wake_up",
    )
    .found_in("rosterline-driver", "timer"),
    Bug::session(
        "who is held up between the clocks takes that for a step",
        PORT,
        "self.runtime.now().since(now) < Anchor::TOLERANCE",
        "self.runtime.now() >= now",
        "who_is_held_up_between_the_two_clocks_learns_nothing",
    )
    .found_in("rosterline-driver", "timer"),
    Bug::session(
        "a clock that was stopped for a test looks like a time of day that is set",
        "crates/net/src/adapter.rs",
        "(now + shown).saturating_sub(passed)",
        "now",
        "the_time_of_day_leaps_with_tokios_clock",
    )
    .found_in("rosterline-tokio", "paused"),
    Bug::session(
        "a command goes by the time of day before the sleep",
        PORT,
        "        self.look_at_wall(self.runtime.now());\n        self.with(work)",
        "        self.with(work)",
        "a_command_after_a_sleep_finds_the_time_of_day_right",
    )
    .found_in("rosterline-driver", "timer"),
    Bug::session(
        "a gap ends by our clock, though the server's is ahead",
        "crates/core/src/session/attempt.rs",
        "        servers.map_or(ours, |at_least| at_least.max(ours))",
        "        servers.map_or(ours, |_| ours)",
        "clock::a_clock_that_is_behind_shortens_no_gap",
    ),
    Bug::session(
        "who may have slept waits for the next beat",
        CLOCKWORK,
        "        if sleep <= self.config",
        "        if true || sleep <= self.config",
        "clock::who_slept_unknowingly_asks_at_once_and_the_gap_covers_the_sleep",
    ),
    Bug::session(
        "a clock that is set back leaves where a gap begins",
        "crates/core/src/session/recovery.rs",
        "        self.first = self.first.map(|first| first.before(back));\n",
        "        let _ = back;\n",
        "clock::with_no_event_seen_a_gap_begins_at_the_first_confirmation_by_the_earlier_of_both_clocks",
    ),
    Bug::session(
        "a gap ends as if a sleep had not been",
        "crates/core/src/session/recovery.rs",
        "now.since(newest.seen) + Duration::from_millis(newest.slept_ms)",
        "now.since(newest.seen)",
        "clock::a_sleep_and_a_clock_that_is_set_back_after_it_shorten_no_gap",
    ),
    Bug::session(
        "a clock that is set right again has slept",
        "crates/core/src/session/recovery.rs",
        "newest.moved_ms.max(0).unsigned_abs()",
        "by_ms.max(0).unsigned_abs()",
        "clock::a_clock_that_is_wrong_for_a_while_lengthens_no_gap",
    ),
    Bug::session(
        "what was due during a sleep is told by the time before it",
        "crates/core/src/session/mod.rs",
        "        let sleep = if let Input::Wall { wall } = input { self.on_wall(wall, now) } else { Duration::ZERO };\n        self.advance(now);",
        "        self.advance(now);\n        let sleep = if let Input::Wall { wall } = input { self.on_wall(wall, now) } else { Duration::ZERO };",
        "clock::what_was_due_during_a_sleep_is_late_by_the_new_time_of_day",
    ),
    Bug::session(
        "a step of the clock is told after the last item",
        CLOCKWORK,
        " && !self.is_over() {",
        " {",
        "clock::after_the_last_item_nothing_is_told_of_it",
    ),
];
