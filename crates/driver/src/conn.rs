//! One connection, from dialling to its end.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_sink::Sink;
use rosterline_core::{Closed, ConnId, Input};

use crate::port::Port;
use crate::runtime::{Ending, Incoming, Outgoing, Received, Runtime};

/// A connection that the session knows by its id.
pub(crate) struct Conn<R: Runtime> {
    pub(crate) id: ConnId,
    link: Link<R>,
}

enum Link<R: Runtime> {
    Dialing(R::Connect),
    Open(Open<R::Socket>),
}

struct Open<S> {
    socket: S,
    /// What waits for the socket to take it.
    outbox: VecDeque<Outgoing>,
    /// The socket has taken something whose flush the session waits for.
    owed: bool,
    /// The socket may hold something to flush: ours, or its own answer to a ping.
    unflushed: bool,
    /// Why nothing can be written any more. What arrived before is read first: it may hold the reason.
    mute: Option<Ending>,
}

/// Whether a connection is still there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Alive {
    Yes,
    /// The session has been told of its end.
    No,
}

impl<R: Runtime> Conn<R> {
    /// Messages that may wait for a socket. The session sends an authentication, a subscription, and a ping
    /// in each heartbeat, and gives up on a ping that is not written in 5 s: only a command called in a loop
    /// can come to this.
    const OUTBOX: usize = 64;

    pub(crate) const fn dial(id: ConnId, connect: R::Connect) -> Self {
        Self { id, link: Link::Dialing(connect) }
    }

    /// Queues a message. Tells the session if the connection cannot take it and ends by that.
    pub(crate) fn send(&mut self, message: Outgoing, port: &mut Port<R>) -> Alive {
        match &mut self.link {
            Link::Open(open) if open.outbox.len() < Self::OUTBOX => {
                open.outbox.push_back(message);
                Alive::Yes
            }
            Link::Open(_) => {
                port.closed(self.id, Ending::broken("too many messages wait to be written").lend());
                Alive::No
            }
            // The session sends nothing before it was told that the connection is open.
            Link::Dialing(_) => Alive::Yes,
        }
    }

    /// Moves it on as far as it goes: dial, write and flush, read, flush again. Stops early when the
    /// session wants something done, which goes first.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, port: &mut Port<R>) -> Alive {
        if let Link::Dialing(connect) = &mut self.link {
            match Pin::new(connect).poll(cx) {
                Poll::Pending => return Alive::Yes,
                Poll::Ready(Ok(socket)) => {
                    self.link = Link::Open(Open::new(socket));
                    port.feed(Input::Opened { conn: self.id });
                    return Alive::Yes;
                }
                Poll::Ready(Err(ending)) => {
                    port.closed(self.id, ending.lend());
                    return Alive::No;
                }
            }
        }
        let Link::Open(open) = &mut self.link else { return Alive::Yes };
        if open.write(cx) {
            port.feed(Input::Flushed { conn: self.id });
        }
        let alive = open.read(self.id, cx, port);
        if alive == Alive::Yes && open.unflushed && open.write(cx) {
            port.feed(Input::Flushed { conn: self.id });
        }
        alive
    }
}

impl<S> Open<S> {
    const fn new(socket: S) -> Self {
        Self { socket, outbox: VecDeque::new(), owed: false, unflushed: false, mute: None }
    }
}

impl<S, M> Open<S>
where
    S: Stream<Item = Result<M, Ending>> + Sink<Outgoing, Error = Ending> + Unpin,
    M: Received,
{
    /// Writes and flushes what there is. True if everything that the session sent has just left.
    fn write(&mut self, cx: &mut Context<'_>) -> bool {
        if self.mute.is_some() {
            return false;
        }
        match self.try_write(cx) {
            Poll::Pending => false,
            Poll::Ready(Ok(())) => {
                self.unflushed = false;
                std::mem::take(&mut self.owed)
            }
            Poll::Ready(Err(ending)) => {
                self.outbox.clear();
                self.mute = Some(ending);
                false
            }
        }
    }

    fn try_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Ending>> {
        while !self.outbox.is_empty() {
            ready!(Pin::new(&mut self.socket).poll_ready(cx))?;
            if let Some(message) = self.outbox.pop_front() {
                (self.owed, self.unflushed) = (true, true);
                Pin::new(&mut self.socket).start_send(message)?;
            }
        }
        if self.unflushed { Pin::new(&mut self.socket).poll_flush(cx) } else { Poll::Ready(Ok(())) }
    }

    /// Reads while the session takes frames, wants nothing done, and the budget lasts.
    fn read<R: Runtime>(&mut self, id: ConnId, cx: &mut Context<'_>, port: &mut Port<R>) -> Alive {
        while port.wants_read && port.actions.is_empty() && port.budget > 0 {
            let item = match Pin::new(&mut self.socket).poll_next(cx) {
                Poll::Ready(item) => item,
                Poll::Pending => match self.mute.take() {
                    None => return Alive::Yes,
                    Some(ending) => Some(Err(ending)),
                },
            };
            match item {
                Some(Ok(message)) => match message.view() {
                    Incoming::Frame(frame) => {
                        self.unflushed = true;
                        port.feed(Input::Frame { conn: id, frame });
                    }
                    Incoming::Close { code, reason } => {
                        // The answer to it: sent if it can be without waiting, the peer does not need it.
                        let _ = Pin::new(&mut self.socket).poll_flush(cx);
                        port.closed(id, Closed::Frame { code, reason });
                        return Alive::No;
                    }
                },
                Some(Err(ending)) => {
                    port.closed(id, self.mute.as_ref().unwrap_or(&ending).lend());
                    return Alive::No;
                }
                None => {
                    let ending = self.mute.take();
                    let ending = ending.unwrap_or_else(|| Ending::broken("ended without a close frame"));
                    port.closed(id, ending.lend());
                    return Alive::No;
                }
            }
        }
        Alive::Yes
    }
}
