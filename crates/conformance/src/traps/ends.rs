//! The parts of a session end in any order, and none hangs by it.
#![allow(missing_docs, reason = "the names are what holds")]

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use futures_core::Stream as _;
use futures_util::future::join;
use futures_util::{SinkExt as _, StreamExt as _};
use rosterline_core::{Auth, Subscription};
use rosterline_driver::{Error, Handle, Hooks, Lease, TokenFuture, TokenSource};
use rosterline_net::Net;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

use super::{On, Running, without_timers};
use crate::sockets::server::{joined, listen, patiently, patiently_or_abort, until_live, welcome};

pub async fn without_events_the_driver_ends<N: Net>() {
    let (listener, port) = listen().await;
    let mut session = Running::<N>::start(without_timers(port));
    let mut websocket = welcome(&listener).await;
    until_live(&mut session.events).await;
    // Taking the last event has woken the driver: that must be over, so that it cannot stand for the wake-up to come.
    tokio::time::sleep(Duration::from_millis(50)).await;
    drop(session.events);
    let goodbye = patiently(websocket.next()).await.expect("a message").expect("a message");
    assert!(matches!(&goodbye, Message::Close(Some(close)) if u16::from(close.code) == 1000), "{goodbye}");
    let _ = websocket.flush().await;
    patiently(session.over).await.expect("it has ended");
}

pub async fn without_a_driver_the_events_end_and_the_connection_is_gone<N: Net>() {
    let (listener, port) = listen().await;
    let mut session = Running::<N>::start(without_timers(port));
    let mut websocket = welcome(&listener).await;
    until_live(&mut session.events).await;
    session.abort.abort();
    assert_eq!(patiently(session.events.next()).await, Some(Err(Error::Abandoned)));
    assert_eq!(patiently(session.events.next()).await, None);
    let end = patiently(websocket.next()).await;
    assert!(end.is_none_or(|end| end.is_err()), "no goodbye, and no connection");
    session.handle.subscribe(Subscription::all());
    session.handle.close();
}

/// A task whose wake-up uses the handle, as a callback might.
struct Caller<N: Net> {
    handle: Handle<On<N>>,
    done: mpsc::UnboundedSender<()>,
}

impl<N: Net> Wake for Caller<N> {
    fn wake(self: Arc<Self>) {
        let _ = self.handle.stats();
        self.handle.subscribe(Subscription::all());
        self.handle.close();
        let _ = self.done.send(());
    }
}

pub async fn the_handle_can_be_used_from_within_a_wake_up<N: Net>() {
    let (listener, port) = listen().await;
    let mut session = Running::<N>::start(without_timers(port));
    let mut websocket = welcome(&listener).await;
    until_live(&mut session.events).await;
    let (done, mut told) = mpsc::unbounded_channel();
    let waker = Waker::from(Arc::new(Caller { handle: session.handle.clone(), done }));
    assert!(Pin::new(&mut session.events).poll_next(&mut Context::from_waker(&waker)).is_pending());
    websocket.send(joined("anna")).await.expect("the client reads");
    patiently_or_abort(told.recv()).await.expect("it is woken");
}

/// A source of tokens that looks at its own session, once it knows it.
struct Curious<N: Net>(Arc<Mutex<Option<Handle<On<N>>>>>);

impl<N: Net> TokenSource for Curious<N> {
    fn token(&mut self, _refused: bool) -> TokenFuture {
        let handle = self.0.lock().expect("no panic").clone().expect("it is there");
        let dials = handle.stats().dials;
        Box::pin(async move {
            handle.subscribe(Subscription::all());
            assert_eq!(dials, 0);
            let lifetime = Duration::from_secs(3600);
            Ok(Lease { token: "s3cret".into(), lifetime, renew_in: None })
        })
    }
}

pub async fn the_handle_can_be_used_from_within_a_source_of_tokens<N: Net>() {
    let (listener, port) = listen().await;
    let mut config = without_timers(port);
    config.auth = Auth::External;
    let handle = Arc::new(Mutex::new(None));
    let tokens = Box::new(Curious::<N>(handle.clone()));
    let mut session = {
        // The driver may run before we know the handle.
        let mut handle = handle.lock().expect("no panic");
        let session = Running::<N>::start_with(config, Hooks { tokens, ..Hooks::default() });
        *handle = Some(session.handle.clone());
        session
    };
    let (_websocket, ()) =
        patiently_or_abort(join(welcome(&listener), until_live(&mut session.events))).await;
}
