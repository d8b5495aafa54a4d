//! What can be wrong with what arrives: frames, and the events in them.

use super::Bug;

const FRAME: &str = "crates/core/src/wire/frame.rs";
const RECEIVE: &str = "crates/core/src/session/receive.rs";

pub(super) const BUGS: &[Bug] = &[
    Bug::session(
        "a text message has no bound",
        "crates/core/src/wire/mod.rs",
        "            Body::Text(text) if text.len() > limits.frame => Err(Reason::TooLarge),\n",
        "",
        "events::a_frame_above_its_limit_is_a_rejection",
    )
    .of(&[23]),
    Bug::session(
        "a binary frame has no bound",
        "crates/core/src/wire/mod.rs",
        "            Body::Binary(bytes) if bytes.len() > limits.frame => Err(Reason::TooLarge),\n",
        "",
        "events::a_frame_above_its_limit_is_a_rejection",
    )
    .of(&[23]),
    Bug::session(
        "a binary frame is taken for plain JSON",
        FRAME,
        "if gzip::is_gzip(bytes) {",
        "if gzip::is_gzip(bytes) && false {",
        "events::a_frame_may_be_compressed",
    )
    .of(&[31]),
    Bug::session(
        "what a compressed frame may grow to has no bound",
        FRAME,
        "let most = limits.inflated.min(limits.ratio.saturating_mul(bytes.len()));",
        "let most = limits.inflated;",
        "events::a_frame_may_be_compressed",
    ),
    Bug::session(
        "a frame that cannot be opened is not counted",
        RECEIVE,
        "        self.reject_frame(reason);\n        let Some(link)",
        "        let _ = reason;\n        let Some(link)",
        "events::a_frame_that_cannot_be_opened_is_one_rejection_and_the_stream_lives_on",
    )
    .of(&[32]),
    Bug::session(
        "a bad event takes along those behind it",
        RECEIVE,
        "                    self.reject(reason, place);\n",
        "                    self.reject(reason, place);\n                    break;\n",
        "events::a_bad_event_costs_its_neighbours_nothing_and_its_place_is_named",
    )
    .of(&[32]),
    Bug::session(
        "events of other types are not counted",
        RECEIVE,
        "                    self.stats.filtered += u64::from(count);\n",
        "",
        "events::other_types_are_counted_or_delivered_raw_when_asked_for",
    )
    .of(&[33]),
    Bug::session(
        "what the server says besides is kept from the application",
        RECEIVE,
        "self.report(Detail::Notice { status, message });",
        "let _ = (status, message);",
        "connect::what_the_server_says_besides_is_passed_on",
    )
    .of(&[33]),
    Bug::session(
        "terminals get text as it came",
        "crates/render/src/escape.rs",
        "match is_dangerous(c) {",
        "match is_dangerous(c) && false {",
        "escape::tests::what_could_steer_a_terminal_is_shown_as_its_number",
    )
    .found_in("rosterline-render", "lib")
    .of(&[35]),
    Bug::session(
        "an event is delivered once for each event in its frame",
        RECEIVE,
        "if is_new => self.deliver(Event::Presence(presence), at),",
        "if is_new => {\n                for _ in 1..self.stats.received {\n                    self.deliver(Event::Presence(presence.clone()), at);\n                }\n                self.deliver(Event::Presence(presence), at);\n            }",
        "events::a_frame_of_many_events_is_not_delivered_many_times",
    )
    .of(&[36]),
    Bug::session(
        "types that nobody asked for are delivered",
        "crates/core/src/wire/queue.rs",
        "if !self.deliver_unknown {",
        "if !self.deliver_unknown && false {",
        "events::other_types_are_counted_or_delivered_raw_when_asked_for",
    )
    .of(&[37]),
    Bug::session(
        "a bad timestamp is the year 1",
        "crates/core/src/wire/careful.rs",
        "        .ok_or((Reason::BadTimestamp, Field::Timestamp))?;",
        "        .unwrap_or(Timestamp::from_unix(-62_135_596_800, 0));",
        "events::a_bad_event_costs_its_neighbours_nothing_and_its_place_is_named",
    )
    .of(&[65]),
    Bug::session(
        "a timestamp has no offset but Z",
        "crates/core/src/timestamp/written.rs",
        "[sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {",
        "[sign @ (b'+' | b'-'), h1, h2, b'?', m1, m2] => {",
        "events::an_event_is_delivered_once_with_everything_it_said",
    )
    .of(&[65]),
    Bug::session(
        "what was there before is there again",
        RECEIVE,
        "(presence.at, self.duplicates.is_new(presence));",
        "(presence.at, self.duplicates.is_new(presence) || true);",
        "events::the_same_event_takes_effect_once_even_across_a_reconnect",
    )
    .of(&[67]),
    Bug::session(
        "the reason of an event is dropped",
        "crates/core/src/wire/usual.rs",
        "reason: found.reason.flatten(),",
        "reason: None,",
        "events::an_event_is_delivered_once_with_everything_it_said",
    )
    .of(&[70]),
    Bug::session(
        "the duplicate filter forgets the newest",
        "crates/core/src/session/duplicates.rs",
        "        bucket.copy_within(..BUCKET - 1, 1);\n",
        "",
        "events::the_duplicate_filter_forgets_the_oldest_first",
    ),
    Bug::session(
        "the duplicate filter grows with all that it forgot",
        "crates/core/src/session/duplicates.rs",
        "if place < self.ring.len() {",
        "if place < self.ring.len() && false {",
        "a_usual_frame_costs_no_allocation_in_steady_state",
    )
    .found_in("rosterline-core", "memory"),
    Bug::session(
        "one good frame does not start the count of bad ones again",
        RECEIVE,
        "        self.lanes[l].link.iter_mut().for_each(|link| link.bad_frames = 0);\n",
        "",
        "events::the_fiftieth_bad_frame_in_a_row_ends_the_connection",
    ),
    Bug::session(
        "bytes are not counted",
        RECEIVE,
        "        self.stats.bytes += size as u64;\n",
        "        let _ = size;\n",
        "events::every_frame_and_every_byte_of_a_message_is_counted",
    ),
    Bug::session(
        "frames of old connections are counted as frames",
        RECEIVE,
        "            self.stats.stale += 1;\n            return;\n        };\n        self.stats.frames += 1;",
        "            self.stats.stale += 1;\n            self.stats.frames += 1;\n            return;\n        };\n        self.stats.frames += 1;",
        "events::every_frame_and_every_byte_of_a_message_is_counted",
    ),
    Bug::session(
        "an answer that comes twice is not counted",
        RECEIVE,
        "(Meaning::Again, _) | (Meaning::Yes, Awaited::Nothing) => self.stats.notices += 1,",
        "(Meaning::Again, _) | (Meaning::Yes, Awaited::Nothing) => {}",
        "connect::an_answer_that_comes_twice_changes_nothing",
    ),
    Bug::session(
        "what a peer did wrong is told with our secrets in it",
        "crates/core/src/session/end.rs",
        "Cause::Protocol { code, detail: self.scrub(detail) }",
        "Cause::Protocol { code, detail: detail.into() }",
        "reconnect::what_ended_a_connection_is_told_without_our_secrets",
    ),
    Bug::session(
        "the reason of a close frame is told with our secrets in it",
        "crates/core/src/session/end.rs",
        "Cause::Closed { code: code.unwrap_or(NO_CODE), reason: self.scrub(reason) }",
        "Cause::Closed { code: code.unwrap_or(NO_CODE), reason: reason.into() }",
        "reconnect::what_ended_a_connection_is_told_without_our_secrets",
    ),
];
