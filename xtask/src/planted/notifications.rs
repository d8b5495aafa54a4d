//! How joins and leaves can be derived wrongly from what the `notifications` dialect says.

use super::Bug;

const ANALYTICS: &str = "crates/core/src/dialect/notifications/analytics.rs";
const BOOK: &str = "crates/core/src/dialect/notifications/book.rs";
const DETAIL: &str = "crates/core/src/dialect/notifications/detail.rs";
const FRAME: &str = "crates/core/src/dialect/notifications/frame.rs";
const REST: &str = "crates/core/src/dialect/notifications/rest.rs";
const SEAT: &str = "crates/core/src/dialect/notifications/seat.rs";
const SNAPSHOT: &str = "crates/core/src/dialect/notifications/snapshot.rs";
const SPELLING: &str = "crates/core/src/dialect/notifications/spelling.rs";

pub(super) const BUGS: &[Bug] = &[
    in_dialect(
        "who is in after-call work is taken to be there still",
        SNAPSHOT,
        "            left: self.left(state, at.time(\"disconnectedTime\", ended)?),",
        "            left: self.left(state, at.time(\"disconnectedTime\", ended)?).filter(|_| state != State::Connected),",
        "dialect::notifications::tests::captured::who_is_in_after_call_work_has_left_although_the_state_is_connected",
    ),
    in_dialect(
        "who rang and did not answer has left",
        SEAT,
        "        if !self.was_connected {\n            let mark",
        "        if false {\n            let mark",
        "dialect::notifications::tests::captured::who_rang_and_never_connected_has_neither_joined_nor_left",
    ),
    in_dialect(
        "who was connected after all has never left",
        SEAT,
        "self.ended = mark.map(|mark| Box::new((mark, said.reason.clone()))).or(self.ended.take());",
        "let _ = mark;",
        "dialect::notifications::tests::rules::who_is_said_to_have_been_connected_after_the_end_has_left_then",
    ),
    in_dialect(
        "a second communication that rings has joined with the first",
        SNAPSHOT,
        "self.connected.filter(|_| !self.has_connected_communication())",
        "self.connected",
        "dialect::notifications::tests::snapshots::two_communications_of_one_participant_are_two_sessions",
    ),
    in_dialect(
        "the ringing is taken for the join",
        DETAIL,
        "(Party::User, false) => (time.map(Timestamp::from), None, None),",
        "(Party::User, false) => (None, Some(now), None),",
        "dialect::notifications::tests::details::a_user_joined_when_the_talk_began_and_not_when_it_rang",
    ),
    in_dialect(
        "what was held does not count as presence",
        DETAIL,
        "at.before(talked + held)",
        "at.before(talked)",
        "dialect::notifications::tests::details::a_user_joined_when_the_talk_began_and_not_when_it_rang",
    ),
    in_dialect(
        "a late snapshot corrects a time that was told",
        SEAT,
        "account.is_snapshot() && told.by == Teller::Detail && mark.by != Teller::Nobody",
        "account.is_snapshot() && mark.by != Teller::Nobody",
        "dialect::notifications::tests::rules::a_snapshot_that_is_late_takes_nothing_back",
    ),
    in_dialect(
        "detail events contradict snapshots",
        SEAT,
        "let is_better = account.is_snapshot() && told.by == Teller::Detail",
        "let is_better = told.by != Teller::Nobody",
        "dialect::notifications::tests::rules::a_detail_event_never_contradicts_a_snapshot",
    ),
    in_dialect(
        "a second is too much for two sources to tell one fact",
        SEAT,
        "const SAME: u64 = 2000;",
        "const SAME: u64 = 500;",
        "dialect::notifications::tests::random::any_subset_in_any_order_tells_the_same_facts_each_once",
    ),
    in_dialect(
        "the news of a snapshot come in the order of its participants",
        BOOK,
        "        news.sort_by_key(|presence| (presence.at, presence.kind));\n",
        "",
        "dialect::notifications::tests::rules::the_news_of_a_report_come_in_the_order_of_their_times",
    ),
    in_dialect(
        "what a media topic told is told again by the whole",
        BOOK,
        "if !self.seats.contains_key(&key) && self.seats.get(&stand_in).is_some_and(is_meant) {",
        "if !self.seats.contains_key(&key) && self.seats.get(&stand_in).is_some_and(|_| false) {",
        "dialect::notifications::tests::snapshots::a_session_that_a_media_topic_told_is_known_to_the_other_sources",
    ),
    in_dialect(
        "a join that was dropped does not keep its conversation open",
        SEAT,
        "        !is_over || self.is_lost\n",
        "        !is_over\n",
        "dialect::notifications::tests::memory::what_never_reached_the_application_is_news_again",
    ),
    in_dialect(
        "open conversations are forgotten before those that are over",
        BOOK,
        "let standing = Standing { is_open: conversation.open > 0, heard: self.heard };",
        "let standing = Standing { is_open: conversation.open == 0, heard: self.heard };",
        "dialect::notifications::tests::memory::of_too_many_conversations_those_that_are_over_go_first",
    ),
    in_dialect(
        "what the service says is understood by its words",
        FRAME,
        "let is = |word: &str| topic == word || kind == word;",
        "let is = |word: &str| topic == word || kind == word || message.contains(word);",
        "dialect::notifications::tests::frames::the_service_is_understood_by_topic_type_and_reason",
    ),
    in_dialect(
        "the wrap-up is a part of the talk",
        ANALYTICS,
        "is_wrapup: kind == \"wrapup\",",
        "is_wrapup: false,",
        "dialect::notifications::tests::analytics::a_session_is_joined_with_its_first_talk_and_left_before_its_wrap_up",
    ),
    in_dialect(
        "a query asks for what began in its interval",
        REST,
        "let (start, end, latest) = (reach(from), to,",
        "let (start, end, latest) = (from, to,",
        "dialect::notifications::tests::requests::an_interval_reaches_back_to_the_start_of_the_day_before",
    ),
    in_dialect(
        "the spelling of the REST API is a reason of its own",
        SPELLING,
        "(Some([ours, ..]), _) | (None, Some([_, ours]))",
        "(Some([ours, ..]), _) | (None, Some([ours, _]))",
        "dialect::notifications::tests::spellings::every_reason_is_told_in_the_spelling_of_snapshots",
    ),
];

/// A bug that a test of the dialect finds.
const fn in_dialect(
    what: &'static str,
    file: &'static str,
    right: &'static str,
    wrong: &'static str,
    test: &'static str,
) -> Bug {
    Bug::session(what, file, right, wrong, test).found_in("rosterline-core", "lib")
}
