//! The text form, to the letter, and questions to a snapshot.

mod common;

use common::{ROOM, With, gap, joined, left, of, overflow, room, time};
use rosterline_core::{Gap, GapId, Id, Instant};
use rosterline_timeline::{Mismatch, Timeline};

#[test]
fn everything_in_one() {
    let mut timelines = of(&[
        joined("2024-05-01T14:00:00.120+02:00", "alice"),
        joined("12:00:05", "alice"),
        left("12:01:00", "alice").because("transfer"),
        left("12:01:00", "alice"),
        left("12:01:30", "alice"),
    ]);
    timelines.advance(Instant(300_000_000_000));
    for event in [
        left("12:01:10", "bob").on("chat").because("put through to sales"),
        joined("12:02:00", "dave"),
        joined("2099-01-01T00:00:00Z", "carol").received("12:00:00"),
        joined("1970-01-01T00:00:00Z", "carol").received("12:00:00"),
    ] {
        timelines.apply(&event);
    }
    timelines.gap(&gap(1, "12:00:30", "12:00:40.5"));
    timelines.gap(&overflow(2, "12:00:50", "12:00:51", &[ROOM]));
    timelines.repaired(GapId(2));
    let last = timelines.final_snapshot(&Id::new(ROOM)).expect("it is held");
    assert_eq!(
        last.to_string(),
        "\
interaction c1 revision 12 incomplete
  entry 1970-01-01T00:00:00Z joined carol voice
  entry 2024-05-01T12:00:00.120Z joined alice voice
  entry 2024-05-01T12:00:05Z joined alice voice
  entry 2024-05-01T12:01:00Z left alice voice because transfer
  entry 2024-05-01T12:01:10Z left bob chat because put\\u{20}through\\u{20}to\\u{20}sales
  entry 2024-05-01T12:01:30Z left alice voice
  entry 2024-05-01T12:02:00Z joined dave voice
  entry 2099-01-01T00:00:00Z joined carol voice
  present bob chat ? to 2024-05-01T12:01:10Z uncertain
  present alice voice 2024-05-01T12:00:00.120Z to 2024-05-01T12:01:00Z uncertain
  present dave voice 2024-05-01T12:02:00Z to -
  anomaly late joined quarantined at 1970-01-01T00:00:00Z carol voice
  anomaly joined-twice at 2024-05-01T12:00:05Z alice voice
  anomaly conflict left other-without-reason at 2024-05-01T12:01:00Z alice voice
  anomaly left-without-join at 2024-05-01T12:01:10Z bob chat
  anomaly late left at 2024-05-01T12:01:10Z bob chat
  anomaly left-twice at 2024-05-01T12:01:30Z alice voice
  anomaly still-open at 2024-05-01T12:02:00Z dave voice
  anomaly future-time joined at 2099-01-01T00:00:00Z carol voice
  gap 1 reconnect 2024-05-01T12:00:30Z to 2024-05-01T12:00:40.5Z dropped 0 open
  gap 2 overflow 2024-05-01T12:00:50Z to 2024-05-01T12:00:51Z dropped 1 repaired
  figures participants 3 most-at-once 1 first-answer - talk 0ns transfers 1
  updated 2024-05-01T12:02:00Z"
    );
}

#[test]
fn no_name_can_look_like_a_line_of_its_own() {
    for name in
        ["a\n  entry", "\u{1b}[2J", "\u{202e}evil", "\u{2028}", "a b", "", "\"\"", "-", "\0", "\u{85}"]
    {
        let events =
            [joined("12:00:00", name).on(name).because(name).of(name), left("12:01:00", name).of(name)];
        let timelines = of(&events);
        let text = timelines.get(&Id::new(name)).expect("it is held").to_string();
        assert_eq!(text.lines().count(), 8, "{text}");
        assert!(
            text.chars().all(|c| c == '\n' || !c.is_control() && !"\u{202e}\u{2028}".contains(c)),
            "{text}"
        );
        let words = |line: &str| line.split(' ').count();
        assert_eq!(text.lines().map(words).collect::<Vec<_>>(), [5, 9, 7, 8, 8, 8, 13, 4], "{text}");
    }
}

#[test]
fn an_apostrophe_is_a_letter_like_any_other() {
    let text = room(&of(&[joined("12:00:00", "o'neill")])).to_string();
    assert!(text.contains(" joined o'neill voice\n"), "{text}");
}

/// A few words are shared by all interactions, the others belong to their own: nobody can see which.
#[test]
fn every_channel_and_reason_keeps_its_name_however_many_there_are() {
    let mut timelines = of(&[]);
    let names: Vec<String> = (0..2000).map(|n| format!("medium {n}")).collect();
    for (second, name) in names.iter().enumerate() {
        let clock = format!("12:{:02}:{:02}", second / 60, second % 60);
        timelines.apply(&joined(&clock, "alice").on(name).because(name));
    }
    let timeline = room(&timelines);
    for (entry, name) in timeline.entries.iter().zip(&names) {
        assert_eq!((&*entry.channel, entry.reason.as_deref()), (&**name, Some(&**name)));
    }
    assert_eq!((timeline.entries.len(), timeline.presence.len()), (names.len(), names.len()));
}

#[test]
fn different_names_are_different_text() {
    let names = ["", "\"\"", "\\\"\\\"", "a b", "a\\u{20}b", "\n", "\\n", "a", "A"];
    let mut texts: Vec<String> =
        names.iter().map(|name| room(&of(&[joined("12:00:00", name)])).to_string()).collect();
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), names.len());
}

#[test]
fn who_was_there_and_can_one_know() {
    let mut timelines = of(&[
        joined("12:00:00", "alice"),
        left("12:01:00", "alice"),
        left("12:02:00", "bob"),
        joined("12:03:00", "carol"),
    ]);
    timelines.gap(&gap(1, "12:00:30", "12:00:40"));
    timelines.gap(&Gap { dropped: 1, ..gap(2, "12:04:00", "12:04:00") });
    let timeline = room(&timelines);
    let there =
        |clock| timeline.present_at(time(clock)).map(|stay| stay.participant.to_string()).collect::<Vec<_>>();
    assert_eq!(there("11:00:00"), ["bob"], "nobody knows since when");
    assert_eq!(there("12:00:00"), ["bob", "alice"]);
    assert_eq!(there("12:01:00"), ["bob"]);
    assert_eq!(there("12:02:00"), [""; 0]);
    assert_eq!(there("13:00:00"), ["carol"]);
    assert_eq!(timeline.present().map(|stay| stay.participant.to_string()).collect::<Vec<_>>(), ["carol"]);
    let uncertain =
        ["12:00:30", "12:00:35", "12:00:40", "12:04:00"].map(|clock| timeline.is_uncertain_at(time(clock)));
    assert_eq!(uncertain, [false, true, false, true]);
    timelines.repaired(GapId(1));
    assert!(!room(&timelines).is_uncertain_at(time("12:00:35")));
}

#[test]
fn a_delta_fits_only_where_it_belongs() {
    let mut timelines = of(&[joined("12:00:00", "alice")]);
    let first = room(&timelines);
    timelines.apply(&left("12:01:00", "alice"));
    let delta = room(&timelines).since(&first);
    let mut nothing = Timeline::empty(Id::new(ROOM));
    assert_eq!(nothing.patch(&delta), Err(Mismatch::Revision(1)));
    assert_eq!(nothing, Timeline::empty(Id::new(ROOM)));
    assert_eq!(Timeline::empty(Id::new("c2")).patch(&delta), Err(Mismatch::Interaction));
    assert_eq!(
        [Mismatch::Revision(1), Mismatch::Interaction].map(|mismatch| mismatch.to_string()),
        [
            "the delta starts from revision 1, which is not the one at hand",
            "the delta is of another interaction"
        ]
    );
    let mut follower = first;
    assert_eq!((follower.patch(&delta), follower), (Ok(()), room(&timelines)));
}
