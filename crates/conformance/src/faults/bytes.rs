//! What comes in other portions than it was sent, slowly, or faster than anybody wants it.
#![allow(missing_docs, reason = "the names are what holds")]

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use rosterline_core::{Cause, Event, GapCause, Policy, Step};
use rosterline_mock::{FaultPlan, FaultProxy, FrameFault, Options, Toxics, When};
use rosterline_net::{Client, Net};
use tokio_tungstenite::tungstenite::Message;

use super::{Through, joined};
use crate::sockets::server::{self, config, listen, next, next_presence, patiently, until, welcome};

/// Everything that a session gets from a server with this seed whose bytes are sliced like that.
async fn told<N: Net>(slice: Option<usize>) -> (Vec<String>, [u64; 5]) {
    let plan = FaultPlan::new()
        .frame(When::Nth(1), FrameFault::Gzip)
        .frame(When::Nth(2), FrameFault::Duplicate)
        .frame(When::Nth(3), FrameFault::BadEvent)
        .frame(When::Nth(4), FrameFault::Binary)
        .frame(When::Nth(5), FrameFault::NoJson);
    let mut toxics = Toxics::new(7);
    toxics.to_server.slice = slice;
    let mut through = Through::<N>::start(Options::new().quiet().plan(plan), toxics, |_| {}).await;
    server::until_live(&mut through.session.events).await;
    // Not before: the WebSocket library takes the answer to a handshake that comes in more than 64 pieces for an attack.
    through.proxy.set(|toxics| toxics.to_client.slice = slice);
    for frame in 0..8 {
        let facts = (0..10).map(|number| joined(&format!("p{frame}-{number}"))).collect();
        through.server.control().emit(facts);
    }
    through.server.control().send_text("x".repeat(4096));
    through.emit("last");
    let mut items = Vec::new();
    loop {
        let event = next(&mut through.session.events).await;
        let item = if let Event::Presence(presence) = &event {
            format!("{} at {}", presence.participant, presence.at)
        } else {
            format!("{event:?}")
        };
        let is_last = item.starts_with("last ");
        items.push(item);
        if is_last {
            break;
        }
    }
    let stats = through.stats();
    (items, [stats.received, stats.duplicate, stats.rejected, stats.frames, stats.bytes])
}

pub async fn however_bytes_are_sliced_the_events_are_the_same<N: Net>() {
    let whole = told::<N>(None).await;
    assert_eq!(whole.1[..3], [94, 10, 3], "{whole:?}");
    for slice in [1, 2, 7] {
        assert_eq!(told::<N>(Some(slice)).await, whole, "in pieces of up to {slice}");
    }
}

pub async fn frames_that_keep_coming_keep_a_slow_link_alive<N: Net>() {
    let mut through = Through::<N>::live(|_| {}).await;
    // Ten frames of about 10 kB; what answers a ping waits behind them.
    through.proxy.set(|toxics| toxics.to_client.rate = Some(200_000));
    for frame in 0..10 {
        through.emit(&format!("p{frame}{}", "x".repeat(8_000)));
        through.server.control().send_text(" ".repeat(2_000));
    }
    // The bad frame behind each counts as received, too.
    through.trickle(20).await;
    for frame in 0..10 {
        assert!(through.joined().await.starts_with(&format!("p{frame}x")));
    }
    let stats = through.stats();
    assert_eq!((stats.dials, stats.gaps), (1, 0));
}

pub async fn a_frame_that_takes_longer_than_the_heartbeat_allows_is_given_up<N: Net>() {
    let mut through = Through::<N>::live(|_| {}).await;
    through.proxy.set(|toxics| toxics.to_client.rate = Some(1_000));
    through.server.control().send_text(" ".repeat(1 << 20));
    let passed = through.proxy.counts().to_client;
    patiently(through.proxy.until(|counts| counts.to_client > passed)).await;
    assert_eq!(through.cause_in_time().await, Cause::Timeout(Step::Pong));
    through.proxy.set(Toxics::clear);
    let (others, gaps) = through.heal("anna").await;
    assert_eq!((others, gaps.len()), (vec![], 1));
}

pub async fn a_flood_of_pings_is_answered_by_its_newest_and_events_go_on<N: Net>() {
    const FLOOD: u64 = 10_000;
    let (listener, port) = listen().await;
    // Nothing that the client says gets through for as long as the flood lasts.
    let upstream = ([127, 0, 0, 1], port).into();
    let proxy = FaultProxy::start(upstream, Toxics::default()).await.expect("a free port");
    let client = Client::<N>::builder().build().expect("a client");
    let (mut events, handle) = client.start(config(&format!("ws://{}/", proxy.addr()))).expect("valid");
    let mut websocket = welcome(&listener).await;
    proxy.set(|toxics| toxics.weather.clogged = true);
    for number in 0..FLOOD {
        websocket.feed(Message::Ping(number.to_be_bytes().to_vec().into())).await.expect("the client reads");
        if number % 100 == 0 {
            websocket.feed(server::joined(&format!("p{number}"))).await.expect("the client reads");
        }
    }
    websocket.flush().await.expect("the client reads");
    for number in (0..FLOOD).step_by(100) {
        assert_eq!(next_presence(&mut events).await, format!("p{number}"));
    }
    until(|| handle.stats().frames >= FLOOD).await;
    proxy.set(Toxics::clear);
    let mut pongs = 0;
    loop {
        let message = patiently(websocket.next()).await.expect("a message").expect("a message");
        let Message::Pong(payload) = message else { panic!("{message}") };
        pongs += 1;
        if *payload == (FLOOD - 1).to_be_bytes() {
            break;
        }
    }
    assert!(pongs <= FLOOD, "{pongs}");
    assert_eq!(handle.stats().dials, 1);
}

pub async fn a_slow_application_loses_what_its_policy_says_and_no_heartbeat<N: Net>() {
    let mut through = Through::<N>::live(|config| {
        (config.buffer.capacity, config.buffer.policy) = (8, Policy::DropOldest);
        config.heartbeat.interval = Duration::from_millis(10);
    })
    .await;
    let facts = (0..100).map(|number| joined(&format!("p{number}"))).collect();
    through.server.control().emit(facts);
    // Nobody takes anything.
    until(|| through.stats().dropped > 0).await;
    let beats = || through.stats().round_trip.histogram.count();
    let before = beats();
    until(|| beats() >= before + 3).await;
    let dropped = through.stats().dropped;
    let gap = loop {
        if let Event::Gap(gap) = next(&mut through.session.events).await {
            break gap;
        }
    };
    assert_eq!((gap.cause, gap.dropped), (GapCause::Overflow, dropped));
    for number in dropped..100 {
        assert_eq!(through.joined().await, format!("p{number}"));
    }
    assert_eq!((through.stats().dials, through.stats().gaps), (1, 1));
}
