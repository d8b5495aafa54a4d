//! Section 6 from near: what waits is counted to the byte, and what was taken makes room again.

use rosterline_core::{Closed, Config, ConnId, Detail, Event, GapCause, Input, Policy, Presence};

use crate::rig::{Rig, config, frame, joined, seconds};

const CONN: ConnId = ConnId(1);
/// As long as a name of the wire may be, but for two bytes.
const LONG: usize = 8190;
/// What an event of such a participant takes.
const WEIGHT: usize = size_of::<Event>() + "call".len() + LONG;

/// So many events, each of another participant with a long name.
fn long(count: u32) -> Vec<String> {
    (0..count).map(|n| frame([joined(&format!("{n:0LONG$}"), n)])).collect()
}

/// A buffer that holds so many of those.
fn room_for(count: usize) -> Config {
    let mut config = config();
    config.buffer.capacity = 1000;
    config.buffer.bytes = count * WEIGHT;
    config
}

/// The bytes that one event takes beside the item itself.
fn owned(event: &str) -> u64 {
    let mut all = config();
    all.deliver_unknown = true;
    let mut rig = Rig::live(all);
    rig.text_unread(CONN, &frame([event]));
    let stats = rig.session.stats();
    assert_eq!((stats.buffered, stats.rejected), (1, 0), "{event}");
    stats.buffered_bytes - size_of::<Event>() as u64
}

#[test]
fn words_of_up_to_24_bytes_take_nothing_beside_their_event() {
    let ids = "call".len() as u64 + "p".len() as u64;
    for (channel, reason, words) in [(24, 24, 0), (25, 24, 25), (24, 25, 25), (26, 27, 53)] {
        let (channel, reason) = ("c".repeat(channel), "r".repeat(reason));
        let words_of = format!(r#""{channel}","reason":"{reason}""#);
        assert_eq!(owned(&joined("p", 1).replace(r#""voice""#, &words_of)), ids + words, "{words_of}");
    }
    for (kind, word) in [(24, 0), (25, 25)] {
        let unknown = joined("p", 1).replace("ParticipantJoined", &"k".repeat(kind));
        assert_eq!(owned(&unknown), unknown.len() as u64 + word, "{unknown}");
    }
}

#[test]
fn each_event_that_is_taken_gives_its_memory_back() {
    let mut rig = Rig::live(room_for(8));
    for text in long(3) {
        rig.text_unread(CONN, &text);
    }
    for left in [2, 1, 0] {
        assert!(matches!(rig.session.poll_event(), Some(Event::Presence(_))));
        let stats = rig.session.stats();
        assert_eq!((stats.buffered, stats.buffered_bytes), (left, left * WEIGHT as u64));
    }
}

#[test]
fn what_was_paused_for_its_size_goes_on_at_half_of_it() {
    let mut rig = Rig::live(room_for(8));
    for text in long(8) {
        assert!(rig.session.wants_read());
        rig.text_unread(CONN, &text);
    }
    assert!(!rig.session.wants_read());
    while !rig.session.wants_read() {
        assert!(rig.session.poll_event().is_some());
    }
    assert_eq!(rig.session.stats().buffered, 4);
}

#[test]
fn a_flood_of_huge_events_before_the_answers_is_read_up_to_twice_the_memory() {
    let mut rig = Rig::live(room_for(8));
    let mut flood = long(100).into_iter();
    flood.by_ref().take(8).for_each(|text| rig.text_unread(CONN, &text));
    rig.session.handle(Input::Closed { conn: CONN, how: Closed::Frame { code: None, reason: "" } }, rig.now);
    rig.pass_unread(seconds(1));
    let conn = rig.take_open().expect("it dials");
    rig.session.handle(Input::Opened { conn }, rig.now);
    rig.drain_actions();
    while rig.session.wants_read() {
        rig.text_unread(conn, &flood.next().expect("it reads without end"));
    }
    assert_eq!(rig.session.stats().buffered, 16);
}

#[test]
fn an_application_that_is_fast_again_is_trusted_step_by_step() {
    let mut adaptive = config();
    (adaptive.buffer.capacity, adaptive.buffer.adaptive) = (80, true);
    let mut rig = Rig::live(adaptive);
    rig.input(Input::Consumed { took: seconds(2) });
    rig.input(Input::Consumed { took: seconds(0) });
    rig.text_unread(CONN, &frame((0..49).map(|n| joined(&format!("p{n}"), n))));
    assert!(rig.session.wants_read());
    rig.text_unread(CONN, &frame([joined("q", 50)]));
    assert!(!rig.session.wants_read(), "half of 80, and an eighth");
}

/// What the server says besides, as the session passes it on.
fn notice(words: &str) -> String {
    format!(r#"{{"status":"news","message":"{words}"}}"#)
}

fn noticed(rig: &Rig) -> Vec<String> {
    let words = |detail: &&Detail| {
        if let Detail::Notice { message, .. } = detail { Some(message.to_string()) } else { None }
    };
    rig.details().iter().filter_map(words).collect()
}

#[test]
fn notes_that_were_taken_do_not_crowd_those_that_come() {
    let mut tiny = config();
    (tiny.buffer.capacity, tiny.buffer.policy) = (1, Policy::DropOldest);
    let mut rig = Rig::live(tiny);
    // In each round the notes move before the gap, where two rejections become one.
    for n in 0..1100 {
        let event = |k: u32| frame([joined(&format!("p{n}-{k}"), k)]);
        for text in [&event(0), &notice("before"), "junk", &event(1), "junk", &event(2), &event(3)] {
            rig.text_unread(CONN, text);
            if text == "junk" {
                rig.text_unread(CONN, r#"{"events":[]}"#);
            }
        }
        rig.drain();
        rig.told.clear();
    }
    assert_eq!((rig.session.stats().dropped, rig.session.stats().rejected), (3300, 2200));
    let words = ["one", "two", "three", "four", "five"];
    words.iter().for_each(|words| rig.text_unread(CONN, &notice(words)));
    rig.drain();
    assert_eq!(noticed(&rig), words, "each waits for itself");
}

#[test]
fn what_a_repair_brought_and_nobody_took_is_dropped_with_a_word() {
    let mut rig = Rig::live(config());
    rig.text(CONN, &frame([joined("a", 1)]));
    rig.cut(CONN);
    rig.pass(seconds(1));
    rig.go_live();
    let Some(Event::Presence(a)) = rig.told.iter().find(|event| matches!(event, Event::Presence(_))) else {
        panic!("{:?}", rig.told)
    };
    let missed = ["b", "c"].map(|name| Presence { participant: name.into(), ..a.clone() });
    rig.session.recovered(rig.gaps()[0].id, missed.to_vec(), rig.now).expect("the gap is open");
    rig.session.close(rig.now);
    rig.pass_unread(seconds(5));
    assert_eq!(rig.session.stats().dropped, 2);
    rig.drain();
    let lost = rig.gaps()[1];
    assert_eq!((lost.cause, lost.dropped), (GapCause::Shutdown, 2));
    assert!(rig.told.iter().any(|event| matches!(event, Event::Repaired(_))), "the word of it is kept");
}

#[test]
fn whatever_policy_there_is_a_frame_with_events_is_no_notice() {
    let mut rig = Rig::live(config());
    rig.text(CONN, &frame([joined("a", 1)]));
    assert_eq!(rig.session.stats().notices, 0);
    rig.text(CONN, r#"{"metadata":{}}"#);
    assert_eq!(rig.session.stats().notices, 1);
}
