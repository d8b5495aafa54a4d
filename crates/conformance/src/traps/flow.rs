//! Reading and writing: a budget, a pause, and errors with something still to be written.
#![allow(missing_docs, reason = "the names are what holds")]

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use rosterline_core::{Detail, Event, Policy, Status, Subscription};
use rosterline_net::Net;

use super::{Running, without_timers};
use crate::sockets::server::{joined, listen, next_presence, patiently, until, until_live, welcome};

const FLOOD: u64 = 5_000;

pub async fn a_driver_that_has_spent_its_budget_wakes_itself<N: Net>() {
    let (listener, port) = listen().await;
    let mut config = without_timers(port);
    config.buffer.policy = Policy::DropOldest;
    config.buffer.capacity = 8;
    let session = Running::<N>::start(config);
    let mut websocket = welcome(&listener).await;
    for number in 0..FLOOD {
        websocket.feed(joined(&format!("p{number}"))).await.expect("the client reads");
    }
    websocket.flush().await.expect("the client reads");
    // Nobody takes an event, nothing more comes: only itself can wake it.
    until(|| session.handle.stats().received == FLOOD).await;
}

pub async fn reading_that_was_paused_goes_on_and_nothing_is_lost<N: Net>() {
    let (listener, port) = listen().await;
    let mut config = without_timers(port);
    config.buffer.capacity = 8;
    let mut session = Running::<N>::start(config);
    let mut websocket = welcome(&listener).await;
    let sender = tokio::spawn(async move {
        for number in 0..FLOOD {
            websocket.send(joined(&format!("p{number}"))).await.expect("the client reads");
        }
        websocket
    });
    until(|| session.handle.stats().buffered == 8).await;
    for number in 0..4 {
        assert_eq!(next_presence(&mut session.events).await, format!("p{number}"));
    }
    // At the low-water mark it reads again, though nobody has taken all of them.
    until(|| session.handle.stats().received > 8).await;
    for number in 4..FLOOD {
        assert_eq!(next_presence(&mut session.events).await, format!("p{number}"));
    }
    let stats = session.handle.stats();
    assert_eq!((stats.delivered, stats.dropped, stats.dials), (FLOOD, 0, 1));
    patiently(sender).await.expect("no panic");
}

pub async fn a_write_error_with_messages_waiting_is_one_end<N: Net>() {
    let (listener, port) = listen().await;
    let mut config = without_timers(port);
    config.reconnect.base = Duration::from_secs(60);
    config.reconnect.max = Duration::from_secs(60);
    let mut session = Running::<N>::start(config);
    let websocket = welcome(&listener).await;
    until_live(&mut session.events).await;
    // Nobody reads: the system takes some megabytes, and then messages wait.
    let long = Subscription::all().channels([format!("voice{}", "x".repeat(400_000))]).expect("a word");
    for _ in 0..40 {
        session.handle.subscribe(long.clone());
    }
    // The answer to the last one may be awaited for a while; the reset comes in the middle of it.
    tokio::time::sleep(Duration::from_millis(50)).await;
    websocket.get_ref().set_zero_linger().expect("an open socket");
    drop(websocket);
    let mut ends = 0;
    while ends == 0 {
        let event = patiently(session.events.next()).await.expect("it goes on").expect("it goes on");
        ends += u32::from(matches!(event, Event::Status(Status { detail: Detail::Retry { .. }, .. })));
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    while let Some(Some(Ok(event))) = futures_util::FutureExt::now_or_never(session.events.next()) {
        assert!(!matches!(event, Event::Status(Status { detail: Detail::Retry { .. }, .. })), "{event:?}");
    }
    assert_eq!(session.handle.stats().stale, 0, "nothing was said twice");
}
