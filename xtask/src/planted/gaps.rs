//! What can be wrong with telling what may have been missed.

use super::Bug;

const FINDINGS: &str = "crates/core/src/session/findings.rs";
const RECOVERY: &str = "crates/core/src/session/recovery.rs";

pub(super) const BUGS: &[Bug] = &[
    Bug::session(
        "the newest time is never written down",
        RECOVERY,
        "            self.newest = Some(Newest::new(at, now));\n",
        "            let _ = (at, now);\n",
        "gaps::a_reconnect_is_one_gap_from_the_newest_event_to_the_new_confirmation",
    )
    .of(&[56]),
    Bug::session(
        "the last event that came is taken for the newest",
        RECOVERY,
        "self.newest.is_none_or(|newest| newest.at < at)",
        "self.newest.is_none_or(|newest| newest.at < at || true)",
        "gaps::a_reconnect_is_one_gap_from_the_newest_event_to_the_new_confirmation",
    ),
    Bug::session(
        "a gap ends before the subscription is confirmed",
        "crates/core/src/session/attempt.rs",
        "        self.send_subscription(l, conn, Edge::Accepted);",
        "        self.receiving(l);\n        self.send_subscription(l, conn, Edge::Accepted);",
        "gaps::it_lasts_until_the_confirmation_however_long_the_answers_take",
    ),
    Bug::session(
        "a gap stands behind the first event of the new connection",
        "crates/core/src/session/receive.rs",
        "        while let Some(next) = self.decoder.next() {\n            self.receiving(l);",
        "        while let Some(next) = self.decoder.next() {",
        "gaps::it_stands_before_the_first_event_of_the_new_connection",
    ),
    Bug::session(
        "a failed attempt begins the gap anew",
        RECOVERY,
        "if core::mem::take(&mut self.receiving) {",
        "if core::mem::take(&mut self.receiving) || self.lost.take().is_none() {",
        "gaps::attempts_that_fail_in_between_do_not_make_more_of_it",
    ),
    Bug::session(
        "an event of 2099 is the newest",
        RECOVERY,
        " && at <= latest() {",
        " && (at <= latest() || true) {",
        "gaps::an_event_from_the_year_2099_moves_nothing",
    ),
    Bug::session(
        "a repair waits in the buffer, and is dropped as anything else is",
        "crates/core/src/session/receive.rs",
        "self.buffer.bring(Event::Presence(event));",
        "let at = event.at;\n                self.deliver(Event::Presence(event), at);",
        "gaps::a_repair_that_does_not_fit_waits_beside_the_buffer_and_ends_no_session",
    )
    .of(&[40]),
    Bug::session(
        "what was dropped counts as known when a repair brings it",
        "crates/core/src/session/receive.rs",
        "duplicates.forget(lost);",
        "let _ = (&duplicates, lost);",
        "gaps::a_repair_brings_what_was_dropped_and_no_policy_drops_it_again",
    ),
    Bug::session(
        "what a repair brings is the newest that the server told",
        "crates/core/src/session/receive.rs",
        "            if self.duplicates.is_new(&event) {\n",
        "            self.saw(0, event.at);\n            if self.duplicates.is_new(&event) {\n",
        "gaps::what_a_repair_brings_does_not_move_where_the_next_gap_begins",
    ),
    Bug::session(
        "a gap is repaired after the last item",
        "crates/core/src/session/mod.rs",
        "        if self.is_over() {\n            return Err(Misuse::new(\"session\"",
        "        if false {\n            return Err(Misuse::new(\"session\"",
        "gaps::after_the_last_item_no_gap_can_be_repaired",
    ),
    Bug::session(
        "an event that is as far ahead as it may be is not the newest",
        RECOVERY,
        " && at <= latest() {",
        " && at < latest() {",
        "gaps::an_event_that_is_five_minutes_ahead_is_the_newest_and_one_beyond_is_not",
    ),
    Bug::session(
        "a gap concerns all interactions whatever was asked for",
        "crates/core/src/session/attempt.rs",
        "subscription.only().map(|id| [id.clone()].into()),",
        "subscription.only().map(|id| [id.clone()].into()).filter(|_: &alloc::collections::BTreeSet<crate::Id>| false),",
        "gaps::with_a_filter_it_concerns_only_what_was_asked_for",
    ),
    Bug::session(
        "a gap can be repaired twice",
        RECOVERY,
        "let gap = self.open.remove(&id)?;",
        "let gap = self.open.get(&id)?.clone();",
        "gaps::a_repair_brings_what_is_new_and_closes_the_gap",
    ),
    Bug::session(
        "any number of open gaps is kept for a repair",
        RECOVERY,
        "            self.open.pop_first();\n",
        "",
        "gaps::of_more_than_1024_open_gaps_the_oldest_stays_open",
    ),
    Bug::session(
        "gaps that become one while too much waits are repaired one by one",
        "crates/core/src/session/buffer.rs",
        "                return joined.clone();\n",
        "                let _ = joined;\n                gap.id = self.ids.next();\n                return gap;\n",
        "backfill::gaps_that_become_one_while_nobody_reads_are_repaired_as_one",
    ),
    Bug::session(
        "a gap that nothing closes is not told",
        "crates/core/src/session/end.rs",
        "                let (to, scope) = (self.hole_end(share), self.gap_scope(share));\n                self.buffer.gap(GapCause::Ended, from, to, scope);",
        "                let _ = (from, GapCause::Ended);",
        "gaps::when_the_session_gives_up_it_ends_there_and_stays_open",
    ),
    Bug::session(
        "the REST API brings what was told before",
        FINDINGS,
        " && !self.duplicates.knows(&presence);",
        ";",
        "backfill::what_was_told_with_another_reason_or_before_the_subscription_is_no_news",
    ),
    Bug::session(
        "the REST API brings what was told before if its reason differs",
        "crates/core/src/session/duplicates.rs",
        "self.find(fact, |known| known.fact == fact).is_some()",
        "self.find(fact, |known| known == self.fingerprint(event)).is_some()",
        "backfill::what_was_told_with_another_reason_or_before_the_subscription_is_no_news",
    ),
    Bug::session(
        "the REST API brings what happened outside of the gap",
        FINDINGS,
        "let is_missed = is_within && ",
        "let is_missed = (is_within || true) && ",
        "backfill::what_was_told_with_another_reason_or_before_the_subscription_is_no_news",
    ),
    Bug::session(
        "the REST API brings what was not subscribed to",
        FINDINGS,
        "subscription.includes(&presence) && ",
        "",
        "backfill::only_what_was_asked_for_is_brought",
    ),
    Bug::session(
        "a gap up to tomorrow is repaired tomorrow",
        "crates/core/src/session/repair.rs",
        "settled: self.now + settle,",
        "settled: self.now + settle + self.wall().until(gap.to.unix_millis()),",
        "backfill::an_event_of_tomorrow_does_not_put_it_off_to_tomorrow",
    ),
    Bug::session(
        "a conversation that nobody has counts as repaired",
        "crates/core/src/session/repair.rs",
        "            job.query = true;\n",
        "",
        "backfill::what_is_not_there_by_its_id_is_looked_for_once_it_has_settled",
    ),
    Bug::session(
        "a page of some guest network repairs a gap",
        "crates/core/src/session/repair.rs",
        "Json::read_bytes(body).filter(|json| json.is_object())",
        "Json::read_bytes(body).or(Some(Json::NULL))",
        "repair::a_page_of_some_guest_network_is_no_answer",
    )
    .found_in("rosterline-core", "channels"),
    Bug::session(
        "a move that is announced too early is forgotten",
        "crates/core/src/session/notices.rs",
        "link.is_closing = true",
        "link.is_closing = false",
        "moves::what_is_announced_before_there_is_anything_to_move_is_not_forgotten",
    )
    .found_in("rosterline-core", "channels"),
    Bug::session(
        "an old connection is said goodbye to before it has told everything",
        "crates/core/src/session/moving.rs",
        "        self.lanes[elder].retired = Some(Retired { awaited, from, until });",
        "        self.lanes[elder].retired = Some(Retired { awaited, from, until });\n        self.end_lane(elder);",
        "parting::what_a_service_that_is_behind_still_has_to_say_is_told_before_goodbye",
    )
    .found_in("rosterline-core", "channels"),
    Bug::session(
        "the answer to an older ping counts as that to the last one",
        "crates/core/src/session/moving.rs",
        "        if retired.awaited == 0 {",
        "        if true {",
        "parting::only_the_answer_to_the_last_ping_is_followed_by_goodbye",
    )
    .found_in("rosterline-core", "channels"),
    Bug::session(
        "what an old connection still had to say is lost without a word",
        "crates/core/src/session/moving.rs",
        "let in_order = retired.awaited == 0 || closed && self.is_closing();",
        "let in_order = retired.awaited == 0 || closed;",
        "parting::a_service_that_closes_by_itself_has_said_everything_if_it_has_answered",
    )
    .found_in("rosterline-core", "channels"),
];
