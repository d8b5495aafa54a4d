//! What can be wrong with what waits for the application, with its policies, and with the end.

use super::Bug;

const BUFFER: &str = "crates/core/src/session/buffer.rs";
const END: &str = "crates/core/src/session/end.rs";
const RECEIVE: &str = "crates/core/src/session/receive.rs";
const SESSION: &str = "crates/core/src/session/mod.rs";

pub(super) const BUGS: &[Bug] = &[
    Bug::session(
        "drop-oldest drops the newest",
        BUFFER,
        "Policy::DropOldest => self.drop_oldest(event, lost),",
        "Policy::DropOldest if self.is_full() => self.drop_newest(&event, at, lost),\n            Policy::DropOldest => self.append(event),",
        "backpressure::drop_oldest_drops_the_oldest_and_says_so_before_the_rest",
    )
    .of(&[38]),
    Bug::session(
        "the size of what waits is no matter",
        BUFFER,
        "self.events >= self.capacity || self.bytes >= self.most_bytes",
        "self.events >= self.capacity",
        "backpressure::huge_events_fill_the_buffer_by_their_size",
    )
    .of(&[39]),
    Bug::session(
        "what is dropped leaves no gap",
        BUFFER,
        "                self.lose(&oldest, GapCause::Overflow);\n",
        "",
        "backpressure::drop_oldest_drops_the_oldest_and_says_so_before_the_rest",
    )
    .of(&[40]),
    Bug::session(
        "what arrives goes before what was due",
        SESSION,
        "        self.advance(now);\n        match input {",
        "        match input {\n            Input::Timeout => self.advance(now),\n            _ => self.now = self.now.max(now),\n        }\n        match input {",
        "heartbeat::what_was_due_goes_before_what_arrives",
    )
    .of(&[41]),
    Bug::session(
        "nobody counts what was delivered",
        SESSION,
        "            self.stats.delivered += 1;\n",
        "",
        "random::the_invariants_hold_over_every_history",
    )
    .of(&[42]),
    Bug::session(
        "the clock goes back with the slower of two callers",
        "crates/core/src/session/clockwork.rs",
        "        self.now = self.now.max(now);\n        self.sync_pause();",
        "        self.now = now;\n        self.sync_pause();",
        "reconnect::time_that_goes_back_stands_still",
    )
    .of(&[42]),
    Bug::session(
        "lag moves no high-water mark, though it is asked to",
        RECEIVE,
        "if self.config.buffer.adaptive {",
        "if self.config.buffer.adaptive && false {",
        "backpressure::the_high_water_mark_follows_the_application_if_asked_to",
    )
    .of(&[43]),
    Bug::session(
        "what counts as slow cannot be set",
        "crates/core/src/session/watch.rs",
        "lag: config.lag,",
        "lag: config::Buffer::default().lag,",
        "backpressure::what_counts_as_slow_and_as_much_can_be_set",
    )
    .of(&[43]),
    Bug::session(
        "giving up drops what is buffered",
        END,
        "return self.end(Cause::Exhausted { attempts, was_live, last: Box::new(cause) });",
        "self.stats.dropped += self.buffer.abandon();\n            return self.end(Cause::Exhausted { attempts, was_live, last: Box::new(cause) });",
        "reconnect::who_gives_up_keeps_what_is_buffered",
    )
    .of(&[53]),
    Bug::session(
        "what is left at the end is not counted",
        END,
        "self.stats.dropped += self.buffer.abandon();",
        "self.buffer.abandon();",
        "close::an_application_that_does_not_take_the_rest_has_five_seconds_and_what_is_left_is_counted",
    )
    .of(&[62]),
    Bug::session(
        "the share of drops that is told cannot be set",
        "crates/core/src/session/watch.rs",
        "percent: u64::from(config.drop_warning),",
        "percent: u64::from(config::Buffer::default().drop_warning),",
        "backpressure::what_counts_as_slow_and_as_much_can_be_set",
    ),
    Bug::session(
        "who has paused for too long never pauses again",
        BUFFER,
        "            self.gave_up = false;\n        }\n        // What a burst took",
        "        }\n        // What a burst took",
        "pause::a_pause_ends_after_sixty_seconds_and_the_oldest_are_dropped_until_there_is_room",
    ),
    Bug::session(
        "reading goes on only when the buffer is empty",
        BUFFER,
        "if self.events <= self.high_water / 2 && self.bytes",
        "if self.events == 0 && self.bytes",
        "backpressure::pause_stops_reading_and_loses_nothing",
    ),
    Bug::session(
        "a flood before the server's answers has no bound",
        BUFFER,
        "self.events < 2 * self.capacity && self.bytes / 2 < self.most_bytes",
        "self.events < usize::MAX && self.bytes / 2 < self.most_bytes",
        "pause::a_flood_before_the_answers_is_read_up_to_a_bound",
    ),
    Bug::session(
        "a gap ends with the last event that fell into it",
        "crates/core/src/session/item.rs",
        "    gap.to = gap.to.max(at);",
        "    gap.to = at;",
        "backpressure::what_is_lost_out_of_order_is_in_the_gap_too",
    ),
    Bug::session(
        "a gap names no interactions",
        "crates/core/src/session/item.rs",
        "        gap.scope.add(&presence.interaction);",
        "        gap.scope = Scope::All;",
        "backpressure::drop_oldest_drops_the_oldest_and_says_so_before_the_rest",
    ),
    Bug::session(
        "rejections that are told together lose their number",
        "crates/core/src/session/item.rs",
        "last.count += if same { new.count } else { 0 };",
        "last.count += 0;",
        "events::rejections_for_the_same_reason_are_told_together_while_nobody_reads",
    ),
    Bug::session(
        "rejections in other fields are told as one",
        "crates/core/src/rejected.rs",
        "(Self::Event { field, .. }, Self::Event { field: other, .. }) => field == other,",
        "(Self::Event { .. }, Self::Event { .. }) => true,",
        "events::rejections_in_other_fields_are_told_apart_and_positions_are_not",
    ),
];
