//! What is told without being asked, and when.

mod common;

use common::{With, changes, gap, joined, left, of, overflow, room};
use rosterline_core::{Event, GapId, Id, Repair};
use rosterline_timeline::{Applied, Limits, Timelines};

#[test]
fn complete_then_amended_then_complete_again() {
    let mut timelines = of(&[joined("12:00:00", "alice")]);
    assert_eq!(changes(&mut timelines), [""; 0]);
    timelines.apply(&left("12:01:00", "alice"));
    assert_eq!(changes(&mut timelines), ["c1 completed"]);
    timelines.apply(&left("12:01:00", "alice"));
    assert_eq!(changes(&mut timelines), [""; 0], "a duplicate is no news");
    timelines.apply(&joined("12:02:00", "bob"));
    assert_eq!(changes(&mut timelines), ["c1 amended"]);
    timelines.apply(&left("12:03:00", "bob"));
    assert_eq!(changes(&mut timelines), ["c1 completed"]);
    timelines.apply(&left("12:03:00", "bob").because("peer"));
    assert_eq!(changes(&mut timelines), ["c1 amended"], "a conflict changes it, though it stays complete");
    timelines.apply(&left("12:03:00.000", "bob"));
    assert_eq!(changes(&mut timelines), ["c1 amended"], "so do more digits");
}

#[test]
fn a_gap_amends_and_its_repair_completes() {
    let mut timelines = of(&[joined("12:00:00", "alice"), left("12:01:00", "alice")]);
    timelines.apply(&joined("12:00:00", "bob").of("c2"));
    assert_eq!(changes(&mut timelines), ["c1 completed"]);
    timelines.gap(&gap(1, "12:00:30", "12:00:40"));
    assert!(timelines.is_open(&Id::new("c1")));
    assert_eq!(changes(&mut timelines), ["c1 amended"]);
    timelines.gap(&gap(1, "12:00:30", "12:00:40"));
    timelines.gap(&gap(2, "12:01:00", "12:02:00"));
    timelines.gap(&overflow(3, "12:00:30", "12:00:40", &["c2"]));
    assert_eq!(changes(&mut timelines), [""; 0], "told twice, after its end, or of another");
    timelines.apply(&left("12:00:00.5", "bob").of("c2"));
    timelines.repaired(GapId(1));
    timelines.repaired(GapId(1));
    timelines.repaired(GapId(3));
    assert_eq!(changes(&mut timelines), ["c1 completed", "c2 completed"]);
    assert_eq!(timelines.open(), 0);
}

#[test]
fn one_of_a_kind_waits() {
    let mut timelines = of(&[joined("12:00:00", "alice"), left("12:01:00", "alice")]);
    for second in 10..20 {
        timelines.apply(&joined(&format!("12:00:{second}"), "alice"));
        timelines.apply(&joined(&format!("12:03:{second}"), "bob"));
        timelines.apply(&left(&format!("12:03:{second}"), "bob"));
    }
    assert_eq!(changes(&mut timelines), ["c1 completed", "c1 amended"]);
}

#[test]
fn a_gap_after_the_last_event_amends_only_where_somebody_is_still_there() {
    let mut timelines = of(&[joined("12:00:00", "alice"), left("12:01:00", "alice")]);
    timelines.gap(&gap(1, "12:05:00", "12:06:00"));
    assert_eq!(changes(&mut timelines), ["c1 completed"]);
    timelines.apply(&joined("12:00:30", "bob"));
    assert_eq!(changes(&mut timelines), ["c1 amended"]);
    timelines.gap(&gap(2, "12:07:00", "12:08:00"));
    assert_eq!(changes(&mut timelines), ["c1 amended"]);
}

#[test]
fn in_which_other_way_a_known_event_was_received_is_no_news() {
    let mut timelines = of(&[joined("12:00:00", "alice"), left("12:01:00", "alice")]);
    let strange = left("2099-01-01T00:00:00Z", "alice").received("12:00:00");
    timelines.apply(&strange);
    assert_eq!(changes(&mut timelines), ["c1 completed", "c1 amended"]);
    timelines.apply(&strange);
    assert_eq!(changes(&mut timelines), [""; 0], "it is in quarantine as before");
    timelines.apply(&left("12:01:00", "alice").received("11:00:00"));
    assert_eq!(changes(&mut timelines), [""; 0], "it takes effect as before");
    timelines.apply(&strange.received("2150-01-01T00:00:00Z"));
    assert_eq!(changes(&mut timelines), ["c1 amended"], "it is named for being old, too");
}

#[test]
fn whatever_a_session_says_can_be_told() {
    let mut timelines = Timelines::new(Limits::default());
    let events = [joined("12:00:00", "alice"), left("12:01:00", "alice")].map(Event::Presence);
    assert_eq!(events.each_ref().map(|event| timelines.tell(event)), [Some(Applied::New); 2]);
    assert_eq!(timelines.tell(&events[0]), Some(Applied::Duplicate));
    let gap = gap(1, "12:00:30", "12:00:40");
    assert_eq!(timelines.tell(&Event::Gap(gap.clone())), None);
    assert!(!room(&timelines).complete);
    assert_eq!(timelines.tell(&Event::Repaired(Repair { gap, recovered: 0 })), None);
    assert!(room(&timelines).complete);
}
