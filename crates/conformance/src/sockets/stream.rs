//! A session over real sockets: what works.
#![allow(missing_docs, reason = "the names are what holds")]

use std::time::Duration;

use super::server::*;
use futures_util::{SinkExt as _, StreamExt as _};
use rosterline_core::{Event, GapCause};
use rosterline_net::{Client, Net};
use tokio_tungstenite::tungstenite::Message;

pub async fn events_arrive_and_close_says_goodbye<N: Net>() {
    let (listener, port) = listen().await;
    let (mut events, handle) = start::<N>(&format!("ws://127.0.0.1:{port}/stream"));
    let mut websocket = welcome(&listener).await;
    websocket.send(joined("anna")).await.expect("the client reads");
    assert_eq!(next_presence(&mut events).await, "anna");
    handle.close();
    let goodbye = patiently(websocket.next()).await.expect("a message").expect("a message");
    assert!(matches!(&goodbye, Message::Close(Some(close)) if u16::from(close.code) == 1000), "{goodbye}");
    let _ = websocket.flush().await;
    while let Some(event) = patiently(events.next()).await {
        assert!(matches!(event, Ok(Event::Status(_))), "{event:?}");
    }
    assert_eq!(patiently(events.next()).await, None);
    assert_eq!(handle.stats().received, 1);
}

pub async fn a_lost_connection_is_made_again_and_leaves_a_gap<N: Net>() {
    let (listener, port) = listen().await;
    let (mut events, handle) = start::<N>(&format!("ws://127.0.0.1:{port}/"));
    let mut first = welcome(&listener).await;
    first.send(joined("anna")).await.expect("the client reads");
    assert_eq!(next_presence(&mut events).await, "anna");
    drop(first);
    let mut second = welcome(&listener).await;
    second.send(joined("bert")).await.expect("the client reads");
    let gap = loop {
        if let Event::Gap(gap) = next(&mut events).await {
            break gap;
        }
    };
    assert_eq!(gap.cause, GapCause::Reconnect);
    assert_eq!(next_presence(&mut events).await, "bert");
    assert_eq!(handle.stats().reconnects, 1);
}

pub async fn pings_are_answered_whatever_the_application_does<N: Net>() {
    let (listener, port) = listen().await;
    let (_events, _handle) = start::<N>(&format!("ws://127.0.0.1:{port}/"));
    let mut websocket = welcome(&listener).await;
    for payload in ["a", "b"] {
        websocket.send(Message::Ping(payload.into())).await.expect("the client reads");
        let pong = patiently(websocket.next()).await.expect("a message").expect("a message");
        assert_eq!(pong, Message::Pong(payload.into()));
    }
}

pub async fn heartbeats_are_sent_and_timed<N: Net>() {
    let (listener, port) = listen().await;
    let mut config = config(&format!("ws://127.0.0.1:{port}/"));
    config.heartbeat.interval = Duration::from_millis(10);
    let client = Client::<N>::builder().build().expect("a client");
    let (_events, handle) = client.start(config).expect("valid");
    let mut websocket = welcome(&listener).await;
    while handle.stats().round_trip.histogram.count() < 3 {
        // tungstenite answers a ping when it is read.
        let ping = patiently(websocket.next()).await.expect("a message").expect("a message");
        assert!(ping.is_ping(), "{ping}");
        websocket.flush().await.expect("the client reads");
    }
    assert!(handle.stats().last_pong.is_some());
}

pub async fn several_threads_change_nothing<N: Net>() {
    let (listener, port) = listen().await;
    let (mut events, _handle) = start::<N>(&format!("ws://127.0.0.1:{port}/"));
    let mut websocket = welcome(&listener).await;
    let sender = tokio::spawn(async move {
        for number in 0..5000 {
            websocket.feed(joined(&format!("p{number}"))).await.expect("the client reads");
        }
        websocket.flush().await.expect("the client reads");
        websocket
    });
    for number in 0..5000 {
        assert_eq!(next_presence(&mut events).await, format!("p{number}"));
    }
    patiently(sender).await.expect("no panic");
}
