//! A WebSocket without a network: messages from one queue to another, each with the time of its arrival.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use futures_sink::Sink;
use rosterline_core::{Frame, Instant, Message};
use rosterline_driver::{Ending, Incoming, Outgoing, Received};

use super::clock::Clock;
use super::weather::Sky;
use crate::server::Frame as Told;
use crate::stage::Heard;

/// The client's end.
#[derive(Debug)]
pub struct Socket {
    pipe: Pipe,
    sky: Sky,
    clock: Clock,
}

/// Both ends know the same pipe.
#[derive(Clone, Debug)]
pub(super) struct Pipe(Arc<Mutex<Ends>>);

#[derive(Debug, Default)]
struct Ends {
    max_message: usize,
    to_client: Lane<Result<Item, Ending>>,
    to_server: Lane<Heard>,
    reader: Option<Waker>,
    /// The client waits for its socket to get rid of something.
    writer: Option<Waker>,
    /// The client has dropped its end.
    dropped: bool,
    /// The server hears nothing more from the client, after what is in the queue.
    gone: bool,
    /// Nothing more comes from the server, after what is in the queue.
    shut: bool,
    /// The client has sent a close frame: nothing may follow it.
    closing: bool,
}

/// One direction: nothing overtakes what was sent before it.
#[derive(Debug)]
struct Lane<T>(VecDeque<(Instant, T)>);

impl<T> Default for Lane<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> Lane<T> {
    fn push(&mut self, at: Instant, item: T) {
        let at = self.0.back().map_or(at, |(last, _)| at.max(*last));
        self.0.push_back((at, item));
    }

    fn next_at(&self) -> Option<Instant> {
        self.0.front().map(|(at, _)| *at)
    }

    fn pop(&mut self, now: Instant) -> Option<T> {
        self.next_at().filter(|at| *at <= now).and_then(|_| self.0.pop_front()).map(|(_, item)| item)
    }
}

/// A message on its way to the client.
#[derive(Debug)]
pub enum Item {
    /// A message.
    Message(Told),
    /// A ping.
    Ping,
    /// The answer to a ping.
    Pong(Vec<u8>),
    /// A close frame.
    Close(Option<u16>, String),
}

impl Received for Item {
    fn view(&self) -> Incoming<'_> {
        Incoming::Frame(match self {
            Self::Message(Told::Text(text)) => Frame::Text(text),
            Self::Message(Told::Binary(bytes)) => Frame::Binary(bytes),
            Self::Ping => Frame::Ping,
            Self::Pong(payload) => Frame::Pong(payload),
            Self::Close(code, reason) => return Incoming::Close { code: *code, reason },
        })
    }
}

impl Pipe {
    pub(super) fn new(max_message: usize) -> Self {
        Self(Arc::new(Mutex::new(Ends { max_message, ..Ends::default() })))
    }

    pub(super) fn socket(&self, sky: Sky, clock: Clock) -> Socket {
        Socket { pipe: self.clone(), sky, clock }
    }

    /// Says something that arrives `at` this time.
    pub(super) fn say(&self, item: Item, at: Instant) {
        let mut ends = self.lock();
        let size = if let Item::Message(told) = &item { told.size() } else { 0 };
        let fits = size <= ends.max_message;
        let too_long = || Ending::Protocol { code: 1009, detail: "message too long".into() };
        ends.to_client.push(at, if fits { Ok(item) } else { Err(too_long()) });
    }

    /// Nothing more will be said.
    pub(super) fn shut(&self) {
        self.lock().shut = true;
    }

    /// The connection is reset: what is on its way never arrives.
    pub(super) fn reset(&self, now: Instant) {
        let mut ends = self.lock();
        let broken = Ending::broken("connection reset");
        ends.to_client.0.clear();
        ends.to_client.push(now, Err(broken));
        (ends.shut, ends.gone) = (true, true);
        ends.to_server.0.clear();
    }

    /// The next thing from the client. A ping is answered, a close frame returned; these arrive `back`.
    pub(super) fn hear(&self, now: Instant, back: impl FnOnce() -> Instant) -> Option<Heard> {
        let heard = {
            let mut ends = self.lock();
            if ends.shut && !ends.gone {
                return None;
            }
            let heard = ends.to_server.pop(now);
            heard.or_else(|| (ends.gone && ends.to_server.0.is_empty()).then_some(Heard::Gone))?
        };
        match &heard {
            Heard::Ping(payload) => self.say(Item::Pong(payload.clone()), back()),
            Heard::Close(code) => {
                self.say(Item::Close(Some(*code), String::new()), back());
                self.shut();
            }
            Heard::Text(_) | Heard::Pong | Heard::Gone => {}
        }
        Some(heard)
    }

    /// When something arrives, at one end or the other. Whatever has, and was not taken, does not count.
    pub(super) fn next_at(&self, now: Instant, sky: &Sky) -> Option<Instant> {
        let (deaf_clients, deaf_servers) = sky.deaf();
        let ends = self.lock();
        let to_client = ends.to_client.next_at().filter(|_| !deaf_clients);
        let to_server = ends.to_server.next_at().filter(|_| !deaf_servers);
        to_client.into_iter().chain(to_server).filter(|at| *at > now).min()
    }

    /// Wakes the client if there is something to read or room to write.
    pub(super) fn wake(&self, now: Instant, sky: &Sky) {
        let (deaf, clogged) = (sky.deaf().0, sky.is_clogged());
        let (reader, writer) = {
            let mut ends = self.lock();
            let due = match ends.to_client.next_at() {
                Some(at) => at <= now && !deaf,
                None => ends.shut && !deaf,
            };
            (ends.reader.take_if(|_| due), ends.writer.take_if(|_| !clogged))
        };
        reader.into_iter().chain(writer).for_each(Waker::wake);
    }

    /// The client lets its end go, or has never taken it.
    pub(super) fn let_go(&self) {
        let mut ends = self.lock();
        (ends.dropped, ends.gone) = (true, true);
    }

    /// Whether the client holds its end.
    pub(super) fn is_held(&self) -> bool {
        !self.lock().dropped
    }

    /// Whether both ends have let it go.
    pub(super) fn is_over(&self) -> bool {
        let ends = self.lock();
        ends.gone && ends.to_server.0.is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, Ends> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.pipe.let_go();
    }
}

impl Stream for Socket {
    type Item = Result<Item, Ending>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let now = self.clock.now();
        let deaf = self.sky.deaf().0;
        let mut ends = self.pipe.lock();
        let item = if deaf { None } else { ends.to_client.pop(now) };
        match item {
            Some(item) => {
                if let Ok(Item::Ping) = item {
                    ends.to_server.push(self.sky.arrival(now), Heard::Pong);
                }
                Poll::Ready(Some(item))
            }
            None if ends.shut && !deaf && ends.to_client.0.is_empty() => {
                Poll::Ready(Some(Err(Ending::broken("the other end hung up"))))
            }
            None => {
                ends.reader = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Sink<Outgoing> for Socket {
    type Error = Ending;

    fn poll_ready(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<Result<(), Ending>> {
        Poll::Ready(Ok(()))
    }

    fn start_send(self: Pin<&mut Self>, item: Outgoing) -> Result<(), Ending> {
        let heard = match item {
            Outgoing::Message(Message::Text(text)) => Heard::Text(text),
            Outgoing::Message(Message::Secret(text)) => Heard::Text(text.expose().to_owned()),
            Outgoing::Message(Message::Ping(payload)) => Heard::Ping(payload.to_vec()),
            Outgoing::Close(code) => Heard::Close(code),
        };
        let at = self.sky.arrival(self.clock.now());
        let mut ends = self.pipe.lock();
        if ends.closing {
            return Err(Ending::broken("sent after closing"));
        }
        ends.closing = matches!(heard, Heard::Close(_));
        ends.to_server.push(at, heard);
        Ok(())
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Ending>> {
        if self.sky.is_clogged() {
            self.pipe.lock().writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Ending>> {
        self.poll_flush(cx)
    }
}
