//! Section 4: event frames, at the session's door. (What a frame can hold is tested with the decoder.)

use rosterline_core::{Config, ConnId, Event, Frame, Input, PresenceKind, Reason, State};

use crate::rig::{Rig, config, frame, joined};

const CONN: ConnId = ConnId(1);

#[test]
fn an_event_is_delivered_once_with_everything_it_said() {
    let mut rig = Rig::live(config());
    rig.text(
        CONN,
        r#"{"events":[{"timestamp":"2024-05-01T14:00:00.120+02:00","type":"ParticipantLeft","participant":"Ágent \"7\"",
            "interaction":"123e4567-e89b-12d3-a456-426614174000","channel":"fax","reason":"gone","new":{"a":[1]}}]}"#,
    );
    let Some(Event::Presence(left)) = rig.told.last() else { panic!("{:?}", rig.told) };
    assert_eq!(left.kind, PresenceKind::Left);
    assert_eq!(left.at.to_string(), "2024-05-01T14:00:00.120+02:00");
    assert_eq!(left.participant.to_string(), "Ágent \"7\"");
    assert_eq!(left.interaction.to_string(), "123e4567-e89b-12d3-a456-426614174000");
    assert_eq!((&*left.channel, left.reason.as_deref()), ("fax", Some("gone")));
    assert_eq!(rig.session.stats().delivered, 1);
}

#[test]
fn a_frame_of_many_events_is_not_delivered_many_times() {
    let mut rig = Rig::live(config());
    rig.text(CONN, &frame((0..10).map(|n| joined(&format!("p{n}"), n))));
    assert_eq!(rig.participants().len(), 10);
}

#[test]
fn the_same_event_takes_effect_once_even_across_a_reconnect() {
    let mut rig = Rig::live(config());
    rig.text(CONN, &frame([joined("a", 1), joined("a", 1)]));
    rig.cut(CONN);
    rig.pass(std::time::Duration::from_secs(1));
    let conn = rig.go_live();
    rig.text(conn, &frame([joined("a", 1).replace("12:00:01Z", "14:00:01.000+02:00"), joined("b", 2)]));
    assert_eq!(rig.participants(), ["a", "b"]);
    assert_eq!(rig.session.stats().duplicate, 2);
}

#[test]
fn the_same_event_with_another_reason_is_passed_on_for_the_timeline_to_judge() {
    let mut rig = Rig::live(config());
    let with = |reason: &str| joined("a", 1).replace('}', &format!(r#","reason":"{reason}"}}"#));
    rig.text(CONN, &frame([joined("a", 1), with("x"), with("y"), with("x")]));
    assert_eq!((rig.participants().len(), rig.session.stats().duplicate), (3, 1));
}

#[test]
fn other_types_are_counted_or_delivered_raw_when_asked_for() {
    let held = r#"{"type":"ParticipantHeld","participant":7}"#;
    let mut rig = Rig::live(config());
    rig.text(CONN, &frame([held]));
    assert_eq!((rig.session.stats().filtered, rig.session.stats().received), (1, 1));

    let mut rig = Rig::live(Config { deliver_unknown: true, ..config() });
    rig.text(CONN, &frame([held]));
    let Some(Event::Unknown(unknown)) = rig.told.last() else { panic!("{:?}", rig.told) };
    assert_eq!((&*unknown.kind, &*unknown.json), ("ParticipantHeld", held));
    assert_eq!(rig.session.stats().delivered, 1);
}

#[test]
fn a_bad_event_costs_its_neighbours_nothing_and_its_place_is_named() {
    let mut rig = Rig::live(config());
    let bad = joined("bad", 1).replace("12:00:01Z", "noon");
    rig.text(CONN, &frame([joined("a", 1), bad, joined("b", 2)]));
    assert_eq!(rig.participants(), ["a", "b"]);
    let rejected =
        rig.told.iter().find_map(|event| if let Event::Rejected(r) = event { Some(r) } else { None });
    let rejected = rejected.expect("it is reported");
    assert_eq!(
        (rejected.reason, rejected.place.to_string().as_str()),
        (Reason::BadTimestamp, "events[1].timestamp")
    );
    assert_eq!(rig.session.stats().rejected, 1);
}

#[test]
fn a_frame_that_cannot_be_opened_is_one_rejection_and_the_stream_lives_on() {
    let mut rig = Rig::live(config());
    for bad in ["", "not json", r#"{"events":[{"#, r#"{"events":7}"#, "[]", "\u{feff}{}"] {
        rig.text(CONN, bad);
    }
    rig.input(Input::Frame { conn: CONN, frame: Frame::Binary(b"\x1f\x8b\x08broken") });
    rig.text(CONN, &frame([joined("a", 1)]));
    assert_eq!(rig.state(), State::Live);
    assert_eq!((rig.session.stats().rejected, rig.session.stats().received), (7, 8));
    assert_eq!(rig.participants(), ["a"]);
}

#[test]
fn the_fiftieth_bad_frame_in_a_row_ends_the_connection() {
    let mut rig = Rig::live(config());
    for _ in 0..49 {
        rig.text(CONN, "x");
    }
    rig.text(CONN, &frame([joined("a", 1)]));
    for _ in 0..49 {
        rig.text(CONN, "x");
    }
    assert_eq!(rig.state(), State::Live, "a good one in between starts the count again");
    rig.text(CONN, "x");
    assert_eq!(rig.state(), State::Waiting);
    assert_eq!(rig.session.stats().peer_faults, 1);
    rig.pass(std::time::Duration::from_secs(1));
    rig.go_live();
}

#[test]
fn rejections_for_the_same_reason_are_told_together_while_nobody_reads() {
    let mut rig = Rig::live(config());
    for _ in 0..40 {
        rig.text_unread(CONN, "x");
    }
    rig.drain();
    let Some(Event::Rejected(rejected)) = rig.told.last() else { panic!("{:?}", rig.told.last()) };
    assert_eq!((rejected.reason, rejected.count), (Reason::BadJson, 40));
}

#[test]
fn rejections_in_other_fields_are_told_apart_and_positions_are_not() {
    let mut rig = Rig::live(config());
    let event = |participant: &str, channel: &str| {
        format!(
            r#"{{"timestamp":"2024-05-01T12:00:00Z","type":"ParticipantJoined","interaction":"i","participant":{participant},"channel":{channel}}}"#
        )
    };
    let events = [(r#""p""#, "7"), (r#""p""#, "8"), ("9", r#""voice""#)];
    let events = events.map(|(participant, channel)| event(participant, channel));
    rig.text_unread(CONN, &format!(r#"{{"events":[{}]}}"#, events.join(",")));
    rig.drain();
    let rejected: Vec<_> = rig
        .told
        .iter()
        .filter_map(|event| match event {
            Event::Rejected(rejected) => Some((rejected.place.to_string(), rejected.count)),
            _ => None,
        })
        .collect();
    assert_eq!(rejected, [("events[0].channel".to_owned(), 2), ("events[2].participant".to_owned(), 1)]);
}

#[test]
fn pings_and_pongs_are_no_events() {
    let mut rig = Rig::live(config());
    rig.input(Input::Frame { conn: CONN, frame: Frame::Ping });
    rig.input(Input::Frame { conn: CONN, frame: Frame::Pong(b"unasked") });
    let stats = rig.session.stats();
    assert_eq!((stats.received, stats.notices, stats.stray_pongs), (0, 0, 1));
}

#[test]
fn a_frame_that_the_websocket_layer_refuses_is_a_rejection_too() {
    for (code, reason) in [(1007, Reason::BadUtf8), (1009, Reason::TooLarge)] {
        let mut rig = Rig::live(config());
        rig.closed(CONN, rosterline_core::Closed::Protocol { code, detail: "refused" });
        let rejected = rig.told.iter().any(|event| matches!(event, Event::Rejected(r) if r.reason == reason));
        assert!(rejected, "{code}");
        assert_eq!((rig.session.stats().received, rig.session.stats().rejected), (1, 1));
        assert_eq!(rig.state(), State::Waiting);
    }
}

#[test]
fn a_name_of_more_than_eight_kibibytes_is_no_name() {
    let mut rig = Rig::live(config());
    let named = |length: usize| joined(&"n".repeat(length), 1);
    let because =
        |length: usize| joined("b", 2).replace('}', &format!(r#","reason":"{}"}}"#, "r".repeat(length)));
    let over = |length: usize| joined("c", 3).replace("voice", &"v".repeat(length));
    rig.text(CONN, &frame([named(8192), named(8193), because(8192), because(8193), over(8192), over(8193)]));
    let places = rig.told.iter().filter_map(|event| match event {
        Event::Rejected(rejected) => Some((rejected.reason, rejected.place.to_string())),
        _ => None,
    });
    let expected = ["events[1].participant", "events[3].reason", "events[5].channel"]
        .map(|place| (Reason::BadField, place.to_owned()));
    assert_eq!(places.collect::<Vec<_>>(), expected);
    assert_eq!(rig.participants().len(), 3);
}

#[test]
fn a_frame_above_its_limit_is_a_rejection() {
    let mut config = config();
    config.limits.frame = 1024;
    let mut rig = Rig::live(config);
    let padded = |size: usize| {
        let event = frame([joined("a", 1)]);
        format!("{event}{}", " ".repeat(size - event.len()))
    };
    rig.text(CONN, &padded(1025));
    rig.input(Input::Frame { conn: CONN, frame: Frame::Binary(padded(1025).as_bytes()) });
    let reasons =
        rig.told.iter().filter_map(|e| if let Event::Rejected(r) = e { Some(r.reason) } else { None });
    assert_eq!(reasons.collect::<Vec<_>>(), [Reason::TooLarge, Reason::TooLarge]);
    rig.text(CONN, &padded(1024));
    assert_eq!((rig.participants().len(), rig.state()), (1, State::Live));
}

#[test]
fn a_frame_may_be_compressed() {
    let gzip = |text: &str| {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        std::io::Write::write_all(&mut packer, text.as_bytes()).expect("memory takes everything");
        packer.finish().expect("memory takes everything")
    };
    let mut rig = Rig::live(config());
    let mut binary = |bytes: &[u8]| {
        rig.input(Input::Frame { conn: CONN, frame: Frame::Binary(bytes) });
        rig.told.last().cloned()
    };
    let Some(Event::Presence(joined)) = binary(&gzip(&frame([joined("a", 1)]))) else { panic!("not taken") };
    assert_eq!(joined.participant.to_string(), "a");
    let bomb = gzip(&" ".repeat(1_000_000));
    let Some(Event::Rejected(bomb)) = binary(&bomb) else { panic!("not rejected") };
    assert_eq!(bomb.reason, Reason::Bomb, "it grows to 1,000 times its size");
}

#[test]
fn the_duplicate_filter_forgets_the_oldest_first() {
    let mut config = config();
    config.limits.duplicates = 2;
    let mut rig = Rig::live(config);
    for participant in ["a", "b", "c", "b", "c", "a", "b"] {
        rig.text(CONN, &frame([joined(participant, 1)]));
    }
    assert_eq!(rig.participants(), ["a", "b", "c", "a", "b"]);
    assert_eq!(rig.session.stats().duplicate, 2);
}

#[test]
fn every_frame_and_every_byte_of_a_message_is_counted() {
    let mut rig = Rig::live(config());
    let before = rig.session.stats();
    let event = frame([joined("a", 1)]);
    rig.text(CONN, &event);
    rig.input(Input::Frame { conn: CONN, frame: Frame::Binary(b"no JSON") });
    rig.input(Input::Frame { conn: CONN, frame: Frame::Ping });
    rig.input(Input::Frame { conn: CONN, frame: Frame::Pong(b"unasked") });
    rig.input(Input::Frame { conn: ConnId(99), frame: Frame::Text(&event) });
    let stats = rig.session.stats();
    assert_eq!((stats.frames - before.frames, stats.bytes - before.bytes), (4, event.len() as u64 + 7));
}
