//! Deadlines: the clock decides what is due, a timer only wakes.
#![allow(missing_docs, reason = "the names are what holds")]

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use rosterline_core::{Detail, Event, Status};
use rosterline_net::Net;

use super::{HOUR, Running, without_timers};
use crate::sockets::server::{joined, listen, next, next_presence, patiently, until, until_live, welcome};

pub async fn a_deadline_that_has_passed_is_served_though_its_timer_is_pending<N: Net>() {
    let (listener, port) = listen().await;
    let config = without_timers(port);
    let mut session = Running::<N>::start(config);
    let mut websocket = welcome(&listener).await;
    until_live(&mut session.events).await;
    websocket.send(joined("anna")).await.expect("the client reads");
    until(|| session.handle.stats().received == 1).await;
    // Taking the last event wakes the driver, and tells it nothing.
    session.runtime.jump(2 * HOUR);
    assert_eq!(next_presence(&mut session.events).await, "anna");
    let ping = patiently(websocket.next()).await.expect("a message").expect("a message");
    assert!(ping.is_ping(), "{ping}");
}

pub async fn a_fired_timer_is_thrown_away_also_when_its_deadline_is_gone<N: Net>() {
    let (listener, port) = listen().await;
    let mut config = without_timers(port);
    config.heartbeat.interval = Duration::from_millis(10);
    // Far above what an answer takes; its timer still fires while the test lasts.
    config.heartbeat.pong_timeout = Duration::from_millis(10_000);
    config.timeouts.close = Duration::from_millis(10);
    let mut session = Running::<N>::start(config);
    let mut websocket = welcome(&listener).await;
    until_live(&mut session.events).await;
    while session.handle.stats().round_trip.histogram.count() < 20 {
        let ping = patiently(websocket.next()).await.expect("a message").expect("a message");
        assert!(ping.is_ping(), "{ping}");
        websocket.flush().await.expect("the client reads");
    }
    assert_eq!(session.handle.stats().dials, 1);
    assert!(session.runtime.sleeps() <= 1, "one is enough");
    session.handle.close();
    patiently(session.over).await.expect("it has ended");
    assert!(!session.runtime.is_misused(), "a timer was polled after it had fired");
    assert_eq!(session.runtime.sleeps(), 0);
}

pub async fn a_deadline_that_moves_earlier_is_kept<N: Net>() {
    let (listener, port) = listen().await;
    let mut config = without_timers(port);
    config.timeouts.close = Duration::from_millis(50);
    let mut session = Running::<N>::start(config);
    let mut websocket = welcome(&listener).await;
    websocket.send(joined("anna")).await.expect("the client reads");
    assert_eq!(next_presence(&mut session.events).await, "anna");
    // Nobody answers: only a timer can end it.
    session.handle.close();
    patiently(async { while session.events.next().await.is_some() {} }).await;
    patiently(session.over).await.expect("it has ended");
}

pub async fn a_time_of_day_that_is_set_moves_no_deadline_and_a_sleep_asks_at_once<N: Net>() {
    let (listener, port) = listen().await;
    let mut session = Running::<N>::start(without_timers(port));
    let mut websocket = welcome(&listener).await;
    until_live(&mut session.events).await;
    for off_ms in [-3_600_000, -7_200_000, 86_400_000] {
        session.runtime.set_wall(off_ms);
        websocket.send(joined(&format!("after {off_ms}"))).await.expect("the client reads");
        let moved = next(&mut session.events).await;
        assert!(
            matches!(&moved, Event::Status(Status { detail: Detail::ClockMoved { by_ms }, .. }) if by_ms.abs() > 3_000_000),
            "{moved:?}"
        );
        assert_eq!(next_presence(&mut session.events).await, format!("after {off_ms}"));
    }
    // Only the last one could have been a sleep; with an hour between two beats, nothing else makes it ask.
    let ping = patiently(websocket.next()).await.expect("a message").expect("a message");
    assert!(ping.is_ping(), "{ping}");
    websocket.flush().await.expect("the client reads");
    until(|| session.handle.stats().round_trip.histogram.count() == 1).await;
    assert_eq!((session.handle.stats().dials, session.handle.stats().reconnects), (1, 0));
}
