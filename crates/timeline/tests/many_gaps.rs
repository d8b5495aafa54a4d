//! With more gaps than are held, the oldest that is repaired goes, or else two open ones become one. Nothing turns complete by
//! that, and nothing turns incomplete that neither of them concerned.

mod common;

use std::collections::BTreeSet;

use common::{ROOM, With, check, gap, joined, left, overflow, room, time};
use rosterline_core::{Gap, GapId, Id};
use rosterline_timeline::{Limits, Timelines};

/// Room for two gaps; and from 12:01 to 12:02 alice was in each of three interactions.
fn narrow() -> Timelines {
    let mut limits = Limits::default();
    limits.gaps = 2;
    let mut timelines = Timelines::new(limits);
    for interaction in [ROOM, "c2", "c3"] {
        timelines.apply(&joined("12:01:00", "alice").of(interaction));
        timelines.apply(&left("12:02:00", "alice").of(interaction));
    }
    timelines
}

/// A lost connection whose subscription names interactions: nobody knows whether anything is missing.
fn filtered(id: u64, interactions: &[&str]) -> Gap {
    Gap { dropped: 0, ..overflow(id, "12:01:10", "12:01:20", interactions) }
}

/// The interactions that are complete.
fn complete(timelines: &Timelines) -> Vec<String> {
    check(timelines);
    let complete = timelines.iter().filter(|timeline| timeline.complete);
    complete.map(|timeline| timeline.interaction_id.to_string()).collect()
}

#[test]
fn a_repaired_gap_that_goes_is_not_listed_any_more_and_the_revision_tells() {
    let mut timelines = narrow();
    timelines.gap(&gap(1, "12:01:10", "12:01:20"));
    timelines.repaired(GapId(1));
    timelines.gap(&overflow(2, "12:01:10", "12:01:20", &["c2"]));
    let before = room(&timelines);
    timelines.gap(&overflow(3, "12:01:30", "12:01:40", &["c2"]));
    let after = room(&timelines);
    assert_eq!((before.gaps.len(), after.gaps.len()), (1, 0), "{after}");
    assert!(after.revision > before.revision, "{before}\n{after}");
    assert_eq!(complete(&timelines), [ROOM, "c3"]);
}

#[test]
fn two_that_become_one_last_from_the_first_start_to_the_last_end_and_add_up_what_was_dropped() {
    let mut timelines = narrow();
    timelines.gap(&Gap { dropped: 2, ..overflow(1, "12:04:00", "12:05:00", &[ROOM]) });
    timelines.gap(&Gap { dropped: 3, ..overflow(2, "12:01:30", "12:01:40", &[ROOM]) });
    timelines.gap(&overflow(3, "12:01:30", "12:01:40", &["c2"]));
    let gaps: Vec<_> =
        room(&timelines).gaps.into_iter().map(|gap| (gap.id, gap.from, gap.to, gap.dropped)).collect();
    assert_eq!(gaps, [(GapId(1), time("12:01:30"), time("12:05:00"), 5)]);
    assert_eq!(complete(&timelines), ["c3"]);
}

#[test]
fn what_neither_of_them_names_is_not_concerned() {
    for [first, second] in [[[ROOM], [ROOM]], [[ROOM], ["c2"]]] {
        let mut timelines = narrow();
        timelines.gap(&filtered(1, &first));
        timelines.gap(&filtered(2, &second));
        timelines.gap(&filtered(3, &["c4"]));
        for id in 1..=3 {
            timelines.repaired(GapId(id));
        }
        let named = BTreeSet::from([first[0], second[0]]);
        let others: Vec<&str> = [ROOM, "c2", "c3"].into_iter().filter(|id| !named.contains(id)).collect();
        assert_eq!(complete(&timelines), others, "what was made of two cannot be repaired");
    }
}

/// A repair that overtakes its gap waits for it; of more than can wait, those of the oldest gaps are given up.
#[test]
fn a_repair_that_was_given_up_leaves_its_gap_open() {
    let mut timelines = narrow();
    for id in 1..=3 {
        timelines.repaired(GapId(id));
    }
    timelines.gap(&gap(2, "12:01:10", "12:01:20"));
    timelines.gap(&gap(3, "12:01:10", "12:01:20"));
    assert_eq!(complete(&timelines), [ROOM, "c2", "c3"]);
    timelines.gap(&gap(1, "12:01:10", "12:01:20"));
    assert!(timelines.is_open(&Id::new(ROOM)) && complete(&timelines).is_empty());
}
