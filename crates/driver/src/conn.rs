//! One connection, from dialling to its end.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_sink::Sink;
use rosterline_core::{Closed, ConnId, Frame, Input};

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

    /// Sends a message: at once if the socket takes it, since the session may drop the connection next.
    /// Tells the session if the connection cannot take it, and ends by that.
    pub(crate) fn send(&mut self, message: Outgoing, cx: &mut Context<'_>, port: &mut Port<R>) -> Alive {
        // The session sends nothing before it was told that the connection is open.
        let Link::Open(open) = &mut self.link else { return Alive::Yes };
        if open.outbox.len() == Self::OUTBOX {
            port.closed(self.id, Ending::broken("too many messages wait to be written").lend());
            return Alive::No;
        }
        open.outbox.push_back(message);
        open.write(self.id, cx, port);
        Alive::Yes
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
        open.write(self.id, cx, port);
        let alive = open.read(self.id, cx, port);
        if alive == Alive::Yes && open.unflushed {
            open.write(self.id, cx, port);
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
    /// Writes and flushes what there is, and tells the session once everything that it sent has left.
    fn write<R: Runtime>(&mut self, id: ConnId, cx: &mut Context<'_>, port: &mut Port<R>) {
        if self.mute.is_some() {
            return;
        }
        match self.try_write(cx) {
            Poll::Pending => {}
            Poll::Ready(Ok(())) => {
                self.unflushed = false;
                if std::mem::take(&mut self.owed) {
                    port.feed(Input::Flushed { conn: id });
                }
            }
            Poll::Ready(Err(ending)) => {
                self.outbox.clear();
                self.mute = Some(ending);
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
            let how = match Pin::new(&mut self.socket).poll_next(cx) {
                Poll::Ready(Some(Ok(message))) => match message.view() {
                    Incoming::Frame(frame) => {
                        self.unflushed |= frame == Frame::Ping;
                        port.feed(Input::Frame { conn: id, frame });
                        continue;
                    }
                    Incoming::Close { code, reason } => {
                        self.answer(cx, None);
                        port.closed(id, Closed::Frame { code, reason });
                        return Alive::No;
                    }
                },
                Poll::Pending if self.mute.is_none() => return Alive::Yes,
                Poll::Ready(Some(Err(how))) => self.mute.take().unwrap_or(how),
                Poll::Ready(None) | Poll::Pending => {
                    self.mute.take().unwrap_or_else(|| Ending::broken("ended without a close frame"))
                }
            };
            if let Ending::Protocol { code, .. } = how {
                self.answer(cx, Some(code));
            }
            port.closed(id, how.lend());
            return Alive::No;
        }
        Alive::Yes
    }

    /// The last word on a connection that is over: a close frame with this code, or the socket's own answer
    /// to one. A courtesy: if it cannot be sent without waiting, it is not.
    fn answer(&mut self, cx: &mut Context<'_>, code: Option<u16>) {
        self.outbox.clear();
        self.outbox.extend(code.map(Outgoing::Close));
        self.unflushed = true;
        let _ = self.try_write(cx);
    }
}
