//! Every fault, and that none of them takes a true event away.

mod common;

use std::time::Duration;

use common::{BASIC, token, token_request};
use common::{HANDSHAKE, at, connected, fact, handshake, outputs, quiet, responded, say, subscribed, text};
use rosterline_core::Instant;
use rosterline_sim::{
    Answer, ConnId, DialogueFault, End, FaultPlan, Faults, Frame, FrameFault, HttpFault, Input, Output,
    Server, ServerConfig, When,
};

const NOW: Instant = Instant::ZERO;
const GRANT: &str = "grant_type=client_credentials";

#[test]
fn http_faults_befall_tokens_and_handshakes_in_their_turn() {
    let late = Duration::from_secs(3);
    let plan = FaultPlan::new()
        .token(When::Nth(1), HttpFault::retry_after(429, 7))
        .upgrade(When::First(1), HttpFault::refuse(503))
        .upgrade(When::Nth(1), HttpFault::Slow(late));
    let mut server = quiet(plan);
    let mut ask = || responded(server.request(&token_request(&[BASIC], GRANT), NOW));
    let answers = [ask(), ask(), ask()];
    assert_eq!(answers.each_ref().map(|answer| answer.status), [200, 429, 200]);
    assert!(answers[1].headers.contains(&("retry-after", "7".into())));
    assert_eq!(responded(server.request(&handshake(&HANDSHAKE), NOW)).status, 503);
    assert_eq!(server.request(&handshake(&HANDSHAKE), NOW), Answer::Upgrade { delay: late });
}

#[test]
fn what_a_test_orders_comes_before_the_plan() {
    let mut server = quiet(FaultPlan::new().token(When::Always, HttpFault::refuse(500)));
    server.fail_tokens(2, HttpFault::refuse(429));
    server.fail_tokens(1, HttpFault::Page);
    let mut ask = || responded(server.request(&token_request(&[BASIC], GRANT), NOW)).status;
    assert_eq!([ask(), ask(), ask(), ask()], [429, 429, 200, 500]);
}

#[test]
fn the_dialogue_can_go_wrong_at_every_step() {
    let late = Duration::from_millis(500);
    let auth = |fault| {
        let mut server = quiet(FaultPlan::new().dialogue(When::Always, fault));
        let token = token(&mut server, NOW);
        let conn = server.open(NOW).expect("room");
        let mut said = say(&mut server, conn, &format!("{{\"token\":\"{token}\"}}"), NOW);
        said.extend(say(&mut server, conn, r#"{"filter":{}}"#, NOW));
        server.emit(vec![fact(1)], NOW);
        said.extend(outputs(&mut server, conn));
        server.handle_timeout(NOW + late);
        said.extend(outputs(&mut server, conn));
        said.into_iter().map(describe).collect::<Vec<_>>()
    };
    assert_eq!(auth(DialogueFault::RefuseToken("no".into())), ["error", "close 4401"]);
    assert_eq!(auth(DialogueFault::IgnoreToken), ["error", "close 1008"]);
    assert_eq!(auth(DialogueFault::RefuseSubscription("no".into())), ["connected", "error", "close 1008"]);
    assert_eq!(auth(DialogueFault::IgnoreSubscription), ["connected"]);
    assert_eq!(auth(DialogueFault::LateAck(late)), ["connected", "events", "subscribed"]);
    assert_eq!(auth(DialogueFault::ExtraFields), ["connected", "subscribed", "events"]);
}

fn describe(output: Output) -> String {
    match output {
        Output::Send(Frame::Text(text)) => {
            let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
            json["status"].as_str().unwrap_or("events").to_owned()
        }
        Output::Close(code, _) => format!("close {code}"),
        other @ (Output::Send(Frame::Binary(_)) | Output::Abort | Output::Stall | Output::Deafen) => {
            format!("{other:?}")
        }
    }
}

#[test]
fn answers_with_extra_fields_hold_numbers() {
    let mut server = quiet(FaultPlan::new().dialogue(When::Always, DialogueFault::ExtraFields));
    let conn = connected(&mut server, NOW);
    let said = say(&mut server, conn, r#"{"filter":{}}"#, NOW);
    let [Output::Send(Frame::Text(answer))] = &said[..] else { panic!("{said:?}") };
    let json: serde_json::Value = serde_json::from_str(answer).expect("JSON");
    assert!(json.as_object().expect("object").values().any(serde_json::Value::is_number), "{answer}");
}

#[test]
fn connections_end_as_planned_so_long_after_the_subscription() {
    for (end, output) in [
        (End::Cut, Output::Abort),
        (End::HalfOpen, Output::Stall),
        (End::Deaf, Output::Deafen),
        (End::Close(1012, "restart".into()), Output::Close(1012, "restart".into())),
    ] {
        let goes_on = end == End::Deaf;
        let mut server = quiet(FaultPlan::new().ending(When::Nth(0), Duration::from_secs(2), end));
        let conn = subscribed(&mut server, at(1_000));
        assert_eq!(server.poll_timeout(), Some(at(3_000)));
        server.handle_timeout(at(3_000));
        server.emit(vec![fact(1)], at(3_001));
        let said = outputs(&mut server, conn);
        assert_eq!(said[0], output);
        assert_eq!(said.len(), if goes_on { 2 } else { 1 });
    }
}

#[test]
fn a_connection_is_closed_when_its_token_expires_if_the_plan_says_so() {
    let plan = FaultPlan::new().close_expired(true);
    let token_lifetime = Duration::from_secs(5);
    let mut server =
        Server::new(ServerConfig { scenario: None, plan, token_lifetime, ..ServerConfig::default() }, NOW);
    let conn = subscribed(&mut server, at(1_000));
    assert_eq!(server.poll_timeout(), Some(at(6_000)));
    server.handle_timeout(at(6_000));
    assert!(matches!(outputs(&mut server, conn)[..], [Output::Close(4401, _)]));
}

/// What comes of three frames of one event each, the second of which is struck.
fn struck(fault: FrameFault) -> (Server, ConnId, Vec<Frame>) {
    let mut server = quiet(FaultPlan::new().frame(When::Nth(1), fault));
    let conn = subscribed(&mut server, NOW);
    let mut frames = Vec::new();
    for number in 0..3 {
        server.emit(vec![fact(number)], at(u64::from(number)));
        frames.extend(outputs(&mut server, conn));
    }
    server.handle_timeout(at(60_000));
    frames.extend(outputs(&mut server, conn));
    let frames = frames.into_iter().map(|output| match output {
        Output::Send(frame) => frame,
        other @ (Output::Close(..) | Output::Abort | Output::Stall | Output::Deafen) => panic!("{other:?}"),
    });
    let frames = frames.collect();
    (server, conn, frames)
}

/// The participants of a frame; none if it is no JSON.
fn participants(frame: &Frame) -> Vec<String> {
    let text = match frame {
        Frame::Text(text) => text.clone().into_bytes(),
        Frame::Binary(bytes) if bytes.starts_with(&[0x1F, 0x8B]) => {
            miniz_oxide::inflate::decompress_to_vec(&bytes[10..bytes.len() - 8]).expect("deflate")
        }
        Frame::Binary(bytes) if bytes[0] == 0x78 => {
            miniz_oxide::inflate::decompress_to_vec_zlib(bytes).expect("zlib")
        }
        Frame::Binary(bytes) => bytes.clone(),
    };
    let Ok(json) = serde_json::from_slice::<serde_json::Value>(&text) else { return Vec::new() };
    let events = json["events"].as_array().expect("events");
    events.iter().filter_map(|event| event["participant"].as_str().map(str::to_owned)).collect()
}

#[test]
fn every_frame_fault_does_what_it_says_and_takes_nothing_away() {
    let plain = ["p0", "p1", "p2"];
    for (fault, order, bad_frames, bad_events) in [
        (FrameFault::Duplicate, vec!["p0", "p1", "p1", "p2"], 0, 0),
        (FrameFault::Reorder, vec!["p0", "p2", "p1"], 0, 0),
        (FrameFault::Delay(Duration::from_secs(9)), vec!["p0", "p2", "p1"], 0, 0),
        (FrameFault::NoJson, plain.into(), 1, 0),
        (FrameFault::Truncated, plain.into(), 1, 0),
        (FrameFault::BadEvent, plain.into(), 0, 1),
        (FrameFault::BadTimestamp, vec!["p0", "p1", "p1", "p2"], 0, 1),
        (FrameFault::BadField, plain.into(), 0, 1),
        (FrameFault::ExtraFields, plain.into(), 0, 0),
        (FrameFault::Binary, plain.into(), 0, 0),
        (FrameFault::Gzip, plain.into(), 0, 0),
        (FrameFault::Zlib, plain.into(), 0, 0),
    ] {
        let (server, conn, frames) = struck(fault);
        let told: Vec<String> = frames.iter().flat_map(participants).collect();
        assert_eq!(told, order, "{fault:?}");
        let counts = server.counts();
        assert_eq!((counts.bad_frames, counts.bad_events), (bad_frames, bad_events), "{fault:?}");
        assert!(server.told().all(|told| told.written.contains(&conn)), "{fault:?}");
        let binary = frames.iter().filter(|frame| matches!(frame, Frame::Binary(_))).count();
        let compressed = matches!(fault, FrameFault::Binary | FrameFault::Gzip | FrameFault::Zlib);
        assert_eq!(binary, usize::from(compressed), "{fault:?}");
    }
}

#[test]
fn a_frame_that_was_held_back_follows_the_next_at_once() {
    let mut server = quiet(FaultPlan::new().frame(When::Nth(0), FrameFault::Reorder));
    let conn = subscribed(&mut server, NOW);
    server.emit(vec![fact(1)], NOW);
    server.emit(vec![fact(2)], NOW);
    assert_eq!(outputs(&mut server, conn).len(), 2);
    assert_eq!(server.poll_timeout(), None);
}

#[test]
fn a_frame_that_was_held_back_waits_no_longer_than_a_second() {
    let mut server = quiet(FaultPlan::new().frame(When::Always, FrameFault::Reorder));
    let conn = subscribed(&mut server, NOW);
    server.emit(vec![fact(1)], NOW);
    assert_eq!(outputs(&mut server, conn), []);
    server.handle_timeout(at(1_000));
    assert_eq!(outputs(&mut server, conn).len(), 1);
}

#[test]
fn a_frame_of_the_test_is_sent_as_it_is_and_is_no_truth() {
    let mut server = quiet(FaultPlan::new());
    let conn = subscribed(&mut server, NOW);
    server.send(&Frame::Text("{".into()), NOW);
    assert_eq!(outputs(&mut server, conn), [text("{")]);
    assert_eq!(server.told().count(), 0);
}

/// Lets a client that always comes back listen for a minute, and gives the trace of what it got.
fn minute(faults: Faults, seed: u64) -> (Server, Vec<(Instant, Output)>) {
    let config = ServerConfig { seed, plan: faults.plan(seed), ..ServerConfig::default() };
    let mut server = Server::new(config, NOW);
    let (mut now, mut conn, mut trace) = (NOW, None, Vec::new());
    while now < at(60_000) {
        let current = match conn {
            Some(current) => current,
            None => {
                server.fail_tokens(1, HttpFault::Slow(Duration::ZERO));
                *conn.insert(subscribed(&mut server, now))
            }
        };
        server.handle_timeout(now);
        for output in outputs(&mut server, current) {
            if matches!(output, Output::Close(..) | Output::Abort | Output::Stall) {
                server.handle(current, Input::Closed, now);
                conn = None;
            }
            trace.push((now, output));
        }
        now = server.poll_timeout().unwrap_or(now).max(now + Duration::from_millis(1));
    }
    (server, trace)
}

#[test]
fn a_seed_repeats_its_storm_exactly() {
    assert_eq!(minute(Faults::Storm, 3).1, minute(Faults::Storm, 3).1);
    assert_ne!(minute(Faults::Storm, 3).1, minute(Faults::Storm, 4).1);
}

#[test]
fn some_faults_show_a_cut_duplicates_a_bad_event_and_compression_within_a_demonstration() {
    for seed in 0..50 {
        let (server, trace) = minute(Faults::Some, seed);
        let shown =
            |what: fn(&Output) -> bool| trace.iter().find(|(_, output)| what(output)).map(|(at, _)| *at);
        let cut = shown(|output| *output == Output::Abort).expect("cut");
        assert!((at(2_000)..=at(3_100)).contains(&cut), "seed {seed}");
        let packed = shown(|output| matches!(output, Output::Send(Frame::Binary(_)))).expect("compressed");
        assert!(packed < at(12_000), "seed {seed}");
        // The frame that holds it can itself come twice.
        assert!((1..=2).contains(&server.counts().bad_events), "seed {seed}");
        assert!(server.told().any(|told| told.written.len() > 1), "seed {seed}");
    }
}

#[test]
fn without_faults_everything_is_told_once() {
    let (server, trace) = minute(Faults::None, 3);
    assert!(server.told().all(|told| told.written.len() == 1));
    assert!(trace.iter().all(|(_, output)| matches!(output, Output::Send(Frame::Text(_)))));
}

#[test]
fn the_frames_of_gzip_are_those_of_gzip() {
    let (_, _, frames) = struck(FrameFault::Gzip);
    let Frame::Binary(bytes) = &frames[1] else { panic!("not compressed") };
    let data = miniz_oxide::inflate::decompress_to_vec(&bytes[10..bytes.len() - 8]).expect("deflate");
    let trailer = [reference_crc32(&data).to_le_bytes(), (data.len() as u32).to_le_bytes()].concat();
    assert_eq!(&bytes[bytes.len() - 8..], trailer);
}

/// CRC-32 by polynomial division over bits, most significant first.
fn reference_crc32(data: &[u8]) -> u32 {
    let mut register = u32::MAX;
    for byte in data {
        for bit in 0..8 {
            let feedback = (register >> 31) ^ u32::from((byte >> bit) & 1);
            register = (register << 1) ^ (feedback * 0x04C1_1DB7);
        }
    }
    (!register).reverse_bits()
}
