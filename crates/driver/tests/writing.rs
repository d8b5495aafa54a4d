//! Writing: what is sent, what is reported, and how a connection ends by it.

mod world;

use std::time::Duration;

use rosterline_core::{Cause, Detail, Event, Message, State, Status, Subscription};
use rosterline_driver::{Ending, Outgoing};
use world::{Bench, CONNECTED, config};

/// The causes of the attempts that were given up.
fn causes(events: &[Event]) -> Vec<String> {
    let cause = |event: &Event| {
        let Event::Status(Status { detail: Detail::Retry { cause, .. }, .. }) = event else { return None };
        Some(cause.to_string())
    };
    events.iter().filter_map(cause).collect()
}

#[test]
fn the_token_goes_first_and_the_subscription_after_the_answer() {
    let mut bench = Bench::new(config());
    bench.drive();
    let peer = bench.world.peer(0);
    let Outgoing::Message(Message::Secret(hello)) = &peer.sent()[0] else { panic!("{:?}", peer.sent()) };
    assert_eq!(hello.expose(), r#"{"token":"s3cret"}"#);
    assert_eq!(peer.sent().len(), 1);
    peer.say(CONNECTED);
    bench.drive();
    assert!(matches!(&peer.sent()[1], Outgoing::Message(Message::Text(text)) if text.contains("filter")));
}

#[test]
fn a_write_error_with_messages_queued_is_one_end() {
    let (mut bench, peer) = Bench::live(config());
    peer.stall(true);
    bench.handle.subscribe(Subscription::all());
    bench.handle.subscribe(Subscription::all());
    bench.drive();
    peer.break_writes();
    peer.stall(false);
    bench.drive();
    assert_eq!(causes(&bench.take_all()), ["connection lost (1006): broken pipe"]);
    assert_eq!(peer.write_errors(), 1);
    assert_eq!(bench.handle.stats().stale, 0, "nothing was said twice");
    assert!(peer.is_gone());
}

#[test]
fn what_arrived_before_a_write_error_is_read_and_may_say_why() {
    let (mut bench, peer) = Bench::live(config());
    peer.join(1);
    peer.close(1012, "restart");
    peer.break_writes();
    bench.handle.subscribe(Subscription::all());
    bench.drive();
    let events = bench.take_all();
    assert!(events.iter().any(|event| matches!(event, Event::Presence(_))), "{events:?}");
    assert_eq!(causes(&events), ["closed by the server (1012): restart"]);
}

#[test]
fn a_write_that_does_not_get_on_does_not_stop_the_reading() {
    let (mut bench, peer) = Bench::live(config());
    peer.stall(true);
    bench.handle.subscribe(Subscription::all());
    peer.join(1);
    bench.drive();
    assert!(bench.take_all().iter().any(|event| matches!(event, Event::Presence(_))));
}

#[test]
fn a_ping_that_is_not_written_in_time_ends_the_connection() {
    let (mut bench, peer) = Bench::live(config());
    peer.stall(true);
    bench.pass(Duration::from_secs(30));
    bench.pass(Duration::from_secs(5));
    assert!(peer.is_gone());
    assert_eq!(causes(&bench.take_all()), [Cause::Timeout(rosterline_core::Step::Ping).to_string()]);
}

#[test]
fn a_socket_that_takes_nothing_cannot_fill_the_memory() {
    let (mut bench, peer) = Bench::live(config());
    peer.stall(true);
    for _ in 0..100 {
        bench.handle.subscribe(Subscription::all());
    }
    bench.drive();
    assert!(peer.is_gone());
    assert_eq!(causes(&bench.take_all()), ["connection lost (1006): too many messages wait to be written"]);
}

#[test]
fn a_close_frame_leaves_before_the_connection_is_dropped() {
    let mut config = config();
    config.limits.bad_frames = 1;
    let (mut bench, peer) = Bench::live(config);
    peer.say("no JSON");
    bench.drive();
    assert!(peer.is_gone());
    assert!(matches!(peer.sent().last(), Some(Outgoing::Close(_))), "{:?}", peer.sent());
}

#[test]
fn a_peer_that_breaks_the_protocol_is_told_by_the_right_code() {
    let (mut bench, peer) = Bench::live(config());
    peer.fail(Ending::Protocol { code: 1007, detail: "text that is not UTF-8".into() });
    bench.drive();
    assert_eq!(peer.sent().last(), Some(&Outgoing::Close(1007)));
    assert_eq!(bench.handle.stats().peer_faults, 1);
}

#[test]
fn a_lost_connection_is_made_again() {
    let (mut bench, peer) = Bench::live(config());
    peer.hang_up();
    bench.drive();
    assert_eq!(causes(&bench.take_all()), ["connection lost (1006): ended without a close frame"]);
    bench.pass(Duration::from_secs(2));
    assert_eq!(bench.world.dials(), 2);
    bench.go_live(1);
    let events = bench.take_all();
    assert!(events.iter().any(|event| matches!(event, Event::Status(status) if status.state == State::Live)));
    assert_eq!(bench.handle.stats().reconnects, 1);
}
