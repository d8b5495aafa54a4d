//! What can be wrong in the timelines, with the law or the rule that finds it.

use super::Bug;

const LAWS: [&str; 2] = ["rosterline-timeline", "laws"];

/// A bug that a test of `crates/timeline/tests/laws.rs` finds.
const fn law(
    what: &'static str,
    file: &'static str,
    right: &'static str,
    wrong: &'static str,
    test: &'static str,
) -> Bug {
    Bug { what, file, right, wrong, test: [LAWS[0], LAWS[1], test], tutorial: &[] }
}

const fn rule(mut bug: Bug, binary: &'static str) -> Bug {
    bug.test[1] = binary;
    bug
}

pub(super) const BUGS: &[Bug] = &[
    law(
        "events stand in the order in which they came",
        "crates/timeline/src/interaction/mod.rs",
        "self.entries.insert(at, if late { new.with_late() } else { new });",
        "let _ = at; self.entries.push(if late { new.with_late() } else { new });",
        "no_order_and_no_repetition_changes_a_byte",
    ),
    rule(
        law(
            "at equal times whoever came first stands first",
            "crates/timeline/src/interaction/mod.rs",
            "            who(a).cmp(&who(b))",
            "            let _ = who;\n            Ordering::Less",
            "every_order_of_every_three_events",
        ),
        "order",
    )
    .of(&[66]),
    rule(
        law(
            "of two versions the last one wins",
            "crates/timeline/src/interaction/mod.rs",
            "let wins = stands_before(told, self.reason(known, words));",
            "let wins = true;",
            "every_order_of_seven_events",
        ),
        "order",
    ),
    law(
        "a known event counts again",
        "crates/timeline/src/interaction/mod.rs",
        "Ok(place) => self.meet(place, new, event, watermark, words, limits),",
        "Ok(_) if !full && event.reason.is_some() => { let at = self.entries.len(); self.insert(at, new, watermark); Taken::New }\n            Ok(place) => self.meet(place, new, event, watermark, words, limits),",
        "merging_is_commutative_associative_and_idempotent",
    )
    .of(&[67]),
    law(
        "other writings of a time are forgotten",
        "crates/timeline/src/interaction/mod.rs",
        "let mut met = known.with_all_of(new);",
        "let mut met = known;",
        "no_order_and_no_repetition_changes_a_byte",
    ),
    law(
        "whoever comes out of order is taken for the last of the seat",
        "crates/timeline/src/interaction/mod.rs",
        "let is_last = !self.entries[at..].iter().any(same);",
        "let is_last = self.entries[at..].iter().any(same) || at == self.entries.len();",
        "the_engine_agrees_with_the_model",
    ),
    law(
        "a repair that is told before its gap is lost",
        "crates/timeline/src/gaps.rs",
        "let repaired = self.early.remove(&gap.id);",
        "let repaired = self.early.remove(&gap.id) && false;",
        "no_order_and_no_repetition_changes_a_byte",
    ),
    law(
        "an open gap does not keep from being complete",
        "crates/timeline/src/fold.rs",
        "complete: settled && !gaps.is_open(set.id(), span),",
        "complete: settled,",
        "the_engine_agrees_with_the_model",
    )
    .of(&[40]),
    law(
        "the last event of a frame is swallowed",
        "crates/core/src/wire/queue.rs",
        "What::Presence => self.take_presence().map(Decoded::Presence),",
        "What::Presence if self.presences.len() > 1 => self.take_presence().map(Decoded::Presence),\n            What::Presence => { self.presences.pop_front(); None }",
        "no_batching_changes_a_byte",
    ),
    law(
        "a lost version does not count in the revision",
        "crates/timeline/src/fold.rs",
        ".sum::<u64>() + set.conflicts(words).count() as u64",
        ".sum::<u64>()",
        "the_deltas_give_every_state",
    ),
    rule(
        law(
            "what is told first of a communication stands",
            "crates/timeline/src/leg.rs",
            "let loser = if told < known {",
            "let loser = if told < known && false {",
            "of_two_statements_the_smaller_stands",
        ),
        "legs",
    ),
    rule(
        law(
            "two communications of a participant are one",
            "crates/timeline/src/interaction/mod.rs",
            "                && seat.session() == session\n",
            "",
            "who_has_two_communications_at_once_is_there_twice",
        ),
        "legs",
    ),
    law(
        "what is said of a communication does not count in the revision",
        "crates/timeline/src/fold.rs",
        "    told + events",
        "    told.min(0) + events",
        "the_deltas_give_every_state",
    ),
    rule(
        law(
            "a queue counts as a person",
            "crates/timeline/src/leg.rs",
            "!PEOPLE.contains(&&**purpose)",
            "purpose.is_empty()",
            "figures_are_of_people",
        ),
        "legs",
    ),
    law(
        "a delta puts what is new at the end",
        "crates/timeline/src/delta.rs",
        "    list.sort_by(T::order);",
        "",
        "the_deltas_give_every_state",
    ),
    law(
        "an anomaly outlives the missing event",
        "crates/timeline/src/interaction/mod.rs",
        "let late = new.moment() <= watermark;",
        "let late = new.moment() <= watermark || at < self.entries.len();",
        "anomalies_vanish_when_the_missing_events_arrive",
    ),
    law(
        "every event moves the watermark",
        "crates/timeline/src/slots.rs",
        "        slot.heard = now;",
        "        slot.heard = now;\n        slot.watermark = slot.set.newest();",
        "no_order_between_two_moments_changes_a_byte",
    ),
    law(
        "late events are not named",
        "crates/timeline/src/interaction/mod.rs",
        "if late { new.with_late() } else { new }",
        "if late { new } else { new }",
        "no_order_between_two_moments_changes_a_byte",
    )
    .of(&[70]),
    law(
        "all interactions are merged under the first one",
        "crates/timeline/src/store.rs",
        "if let Some(at) = self.slots.find(interaction) {\n            return Some(at);",
        "if let Some(at) = self.slots.taken().next() {\n            return Some(at);",
        "a_timeline_is_the_same_as_if_its_interaction_were_alone",
    )
    .of(&[64]),
    law(
        "who joins at a moment is not there at it",
        "crates/timeline/src/query.rs",
        "from <= at",
        "from < at",
        "as_of_any_moment_the_past_decides",
    ),
    law(
        "leaves are counted before joins",
        "crates/timeline/src/figures.rs",
        "    Comes(u32),\n    Goes(u32),",
        "    Goes(u32),\n    Comes(u32),",
        "the_engine_agrees_with_the_model",
    ),
    rule(
        law(
            "an event of 2099 moves the newest time",
            "crates/timeline/src/limits.rs",
            "            Seen::Early\n",
            "            Seen::InRange\n",
            "one_event_of_1970_or_2099_moves_nothing",
        ),
        "time",
    ),
    rule(
        law(
            "an event of 1970 moves the first time",
            "crates/timeline/src/limits.rs",
            "            Seen::Old\n",
            "            Seen::InRange\n",
            "one_event_of_1970_or_2099_moves_nothing",
        ),
        "time",
    ),
    rule(
        law(
            "a timeline is final though somebody came back",
            "crates/timeline/src/slots.rs",
            "if replace(&mut slot.closed, false) {",
            "if false {",
            "something_newer_that_opens_nothing_begins_a_new_window_too",
        ),
        "time",
    ),
    rule(
        law(
            "what leaves memory is not handed out",
            "crates/timeline/src/store.rs",
            "        self.news.evicted(timeline);\n",
            "        drop(timeline);\n",
            "after_its_retention_it_is_handed_out_and_the_rest_is_too_late",
        ),
        "time",
    )
    .of(&[60]),
    rule(
        law(
            "what is too late is not counted",
            "crates/timeline/src/store.rs",
            "        let Some(at) = self.slot_for(&event.interaction) else {\n            self.too_late += 1;",
            "        let Some(at) = self.slot_for(&event.interaction) else {",
            "after_its_retention_it_is_handed_out_and_the_rest_is_too_late",
        ),
        "time",
    ),
    law(
        "whoever answered in the end is shown as one who did not",
        "crates/timeline/src/offers.rs",
        "!answered(told) && seen.insert(told.seat())",
        "{ let _ = &answered; seen.insert(told.seat()) }",
        "the_engine_agrees_with_the_model",
    ),
    law(
        "of two words about one offer the one that came first stands",
        "crates/timeline/src/offers.rs",
        "self.told.insert(at, told);",
        "let _ = at; self.told.push(told);",
        "no_order_and_no_repetition_changes_a_byte",
    ),
];
