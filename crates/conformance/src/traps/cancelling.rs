//! A future that is dropped leaves nothing behind, wherever it stands.
#![allow(missing_docs, reason = "the names are what holds")]

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use futures_util::StreamExt as _;
use rosterline_core::{Event, State, Status};
use rosterline_driver::{Error, Events, Hooks, Runtime, split_with};
use rosterline_net::{Client, Net};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::warped::Warped;
use crate::sockets::login::{TOKEN, certificate, login, ok, proxy};
use crate::sockets::server::{greet, listen, patiently, respond, stream, until};

/// Polls a future at most so often, as often as it is woken; and drops it.
struct Limited<F> {
    future: Option<F>,
    left: usize,
}

impl<F: Future + Unpin> Future for Limited<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.left -= 1;
        let Some(future) = &mut self.future else { return Poll::Ready(()) };
        let poll = Pin::new(future).poll(cx);
        // Its last poll is its end: it need not be woken for that.
        if poll.is_ready() || self.left == 0 {
            self.future = None;
            return Poll::Ready(());
        }
        Poll::Pending
    }
}

/// How many connections of the servers are open.
#[derive(Clone, Default)]
struct Open(Arc<AtomicUsize>);

/// Serves every connection in a task of its own, which may panic when the client goes away in the middle of it.
fn serve<F>(listener: TcpListener, acceptor: TlsAcceptor, open: Open, talk: fn(TlsStream<TcpStream>) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, open) = (acceptor.clone(), open.clone());
            open.0.fetch_add(1, Ordering::SeqCst);
            let conversation = tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    talk(stream).await;
                }
            });
            tokio::spawn(async move {
                let _ = conversation.await;
                open.0.fetch_sub(1, Ordering::SeqCst);
            });
        }
    });
}

async fn give_token(stream: TlsStream<TcpStream>) {
    respond(stream, &ok(TOKEN)).await;
}

async fn welcome(stream: TlsStream<TcpStream>) {
    let mut websocket = greet(stream).await;
    while websocket.next().await.is_some_and(|message| message.is_ok()) {}
}

/// Whether it goes live before it ends.
async fn goes_live<R: Runtime>(events: &mut Events<R>) -> bool {
    while let Some(event) = events.next().await {
        match event {
            Ok(Event::Status(Status { state: State::Live, .. })) => return true,
            Ok(_) => {}
            Err(error) => assert_eq!(error, Error::Abandoned),
        }
    }
    false
}

pub async fn a_driver_that_is_dropped_at_any_await_leaves_nothing_behind<N: Net>() {
    // Through a proxy, with TLS and a token: every kind of step is on the way.
    let (acceptor, pem) = certificate();
    let ((tokens, token_port), (streams, port), (proxied, proxy_port)) =
        (listen().await, listen().await, listen().await);
    let open = Open::default();
    serve(tokens, acceptor.clone(), open.clone(), give_token);
    serve(streams, acceptor, open.clone(), welcome);
    tokio::spawn(proxy(proxied, Arc::default()));
    let client = Client::<N>::builder()
        .root_certificates(pem.as_bytes())
        .and_then(|client| client.proxy(&format!("http://127.0.0.1:{proxy_port}")))
        .and_then(rosterline_net::ClientBuilder::build)
        .expect("valid");
    let mut config = login("https", "localhost", token_port);
    config.service = stream(&format!("wss://localhost:{port}/"));
    for polls in 1..1000 {
        let runtime = Warped::new(client.runtime().clone());
        let parts = split_with(config.clone(), runtime.clone(), Hooks::default()).expect("valid");
        let (driver, mut events, handle) = parts;
        let (told, over) = oneshot::channel();
        let limited = Limited { future: Some(driver), left: polls };
        client.runtime().net().spawn(async move {
            let _ = limited.await;
            let _ = told.send(());
        });
        if patiently(goes_live(&mut events)).await {
            // It got all the polls that it needs: every await was one of the ends above.
            assert!(polls > 5, "after {polls} polls already");
            // A server that was slow to take note of what was left open has done so by now.
            drop((events, handle));
            patiently(over).await.expect("it ends, or is dropped");
            until(|| open.0.load(Ordering::SeqCst) == 0).await;
            return;
        }
        patiently(over).await.expect("it is dropped");
        assert_eq!(patiently(events.next()).await, None);
        assert_eq!(runtime.sleeps(), 0, "after {polls} polls");
        drop((events, handle));
        assert_eq!(runtime.holders(), 1, "after {polls} polls");
        until(|| open.0.load(Ordering::SeqCst) == 0).await;
    }
    panic!("it never goes live");
}
