//! The driver: carries out what the session decides.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use rosterline_core::{Action, Config, ConnId, Input, Instant, Misuse, NoToken, RequestId, Session};

use crate::conn::{Alive, Conn};
use crate::door::{Door, Tap};
use crate::events::Events;
use crate::handle::Handle;
use crate::port::{Port, Shared};
use crate::runtime::{Answer, Outgoing, Runtime, Trouble};
use crate::token::{Denied, Lease, NoTokens, TokenFuture, TokenSource};

/// What a session is split into.
pub type Parts<R> = (Driver<R>, Events<R>, Handle<R>);

/// Makes a session that gets its tokens itself.
///
/// Nothing happens before the [`Driver`] is polled.
///
/// # Errors
/// The first setting that is out of range.
pub fn split<R: Runtime>(config: Config, runtime: R) -> Result<Parts<R>, Misuse> {
    split_with(config, runtime, Hooks::default())
}

/// What an application can hang into a session.
pub struct Hooks {
    /// Where tokens come from, if the configuration says [`Auth::External`](rosterline_core::Auth::External). By
    /// default, nowhere.
    pub tokens: Box<dyn TokenSource>,
    /// Who looks on at the session's door. By default, nobody.
    pub tap: Option<Box<dyn Tap>>,
}

impl Default for Hooks {
    fn default() -> Self {
        Self { tokens: Box::new(NoTokens), tap: None }
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks").field("tap", &self.tap.is_some()).finish_non_exhaustive()
    }
}

/// The same, with hooks.
///
/// # Errors
/// The first setting that is out of range.
pub fn split_with<R: Runtime>(config: Config, runtime: R, hooks: Hooks) -> Result<Parts<R>, Misuse> {
    let max_message = config.limits.frame.saturating_mul(Driver::<R>::FRAME_MARGIN);
    let lag = config.buffer.lag;
    let session = Session::new(config, runtime.now(), runtime.wall())?;
    let shared = Shared::new(Door::new(session, hooks.tap), runtime);
    let (events, handle) = (Events::new(shared.clone(), lag), Handle::new(shared.clone()));
    let driver = Driver {
        port: Port::new(shared),
        conns: Vec::new(),
        requests: Vec::new(),
        tokens: hooks.tokens,
        timer: None,
        max_message,
    };
    Ok((driver, events, handle))
}

/// A future that runs a session until it has ended. Spawn it; dropping it drops the connection, and the
/// [`Events`] end after what is buffered.
pub struct Driver<R: Runtime> {
    port: Port<R>,
    /// At most a few: the live one, and one that is being made or closed beside it.
    conns: Vec<Conn<R>>,
    requests: Vec<(RequestId, Request<R::Call>)>,
    tokens: Box<dyn TokenSource>,
    /// The sleep that will wake us, and when.
    timer: Option<(Instant, R::Sleep)>,
    max_message: usize,
}

enum Request<C> {
    Call(C),
    Token(TokenFuture),
}

enum Outcome {
    Replied(Result<Answer, Trouble>),
    Token(Result<Lease, Denied>),
}

impl<R: Runtime> Driver<R> {
    /// The session rejects a frame above its limit and goes on; a WebSocket layer can only end the
    /// connection. So up to this many times the limit is taken in, to be rejected one by one.
    const FRAME_MARGIN: usize = 4;

    /// Carries out what the session wants, in its order.
    fn act(&mut self, cx: &mut Context<'_>) {
        while let Some(action) = self.port.actions.pop_front() {
            match action {
                Action::Call { request, call } => {
                    let call = self.port.shared.runtime.call(call);
                    self.requests.push((request, Request::Call(call)));
                }
                Action::Token { request, refused } => {
                    self.requests.push((request, Request::Token(self.tokens.token(refused))));
                }
                Action::Cancel { request } => self.requests.retain(|(id, _)| *id != request),
                Action::Open { conn, url } => {
                    let connect = self.port.shared.runtime.connect(url.expose(), self.max_message);
                    self.conns.push(Conn::dial(conn, connect));
                }
                Action::Send { conn, message } => self.send(conn, Outgoing::Message(message), cx),
                Action::Close { conn, code } => self.send(conn, Outgoing::Close(code), cx),
                Action::Drop { conn } => self.conns.retain(|known| known.id != conn),
                // `Action` may grow, together with this crate.
                _ => {}
            }
        }
    }

    fn send(&mut self, conn: ConnId, message: Outgoing, cx: &mut Context<'_>) {
        let Some(index) = self.conns.iter().position(|known| known.id == conn) else { return };
        if self.conns[index].send(message, cx, &mut self.port) == Alive::No {
            self.conns.remove(index);
        }
    }

    fn poll_requests(&mut self, cx: &mut Context<'_>) {
        let mut index = 0;
        while index < self.requests.len() {
            let (id, request) = &mut self.requests[index];
            let request_id = *id;
            let outcome = match request {
                Request::Call(call) => Pin::new(call).poll(cx).map(Outcome::Replied),
                Request::Token(token) => token.as_mut().poll(cx).map(Outcome::Token),
            };
            let Poll::Ready(outcome) = outcome else {
                index += 1;
                continue;
            };
            self.requests.remove(index);
            match &outcome {
                Outcome::Replied(result) => {
                    let result = result.as_ref().map(Answer::lend).map_err(Trouble::lend);
                    self.port.feed(Input::Replied { request: request_id, result });
                }
                Outcome::Token(result) => {
                    let result = match result {
                        Ok(lease) => Ok(lease.lend()),
                        Err(denied) => Err(NoToken {
                            fatal: denied.fatal,
                            why: &denied.why,
                            cause: denied.cause.as_ref(),
                        }),
                    };
                    self.port.feed(Input::Token { request: request_id, result });
                }
            }
        }
    }

    fn poll_conns(&mut self, cx: &mut Context<'_>) {
        let mut index = 0;
        while index < self.conns.len() {
            match self.conns[index].poll(cx, &mut self.port) {
                Alive::Yes => index += 1,
                Alive::No => drop(self.conns.remove(index)),
            }
        }
    }

    /// Makes sure that something will wake us at the next deadline. False if it is due already.
    fn park(&mut self, cx: &mut Context<'_>) -> bool {
        let (deadline, now) = self.port.deadline();
        let Some(at) = deadline else {
            self.timer = None;
            return true;
        };
        if at <= now {
            return false;
        }
        // An earlier sleep is left to fire: it wakes us for nothing, once, and costs less than a new one.
        let (_, sleep) = match &mut self.timer {
            Some(timer) if timer.0 <= at => timer,
            stale => stale.insert((at, self.port.shared.runtime.sleep(at))),
        };
        if Pin::new(sleep).poll(cx).is_pending() {
            return true;
        }
        self.timer = None;
        false
    }
}

impl<R: Runtime> Future for Driver<R> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        // Before anything is looked at: a command that comes later wakes us again.
        this.port.shared.driver.register(cx.waker());
        this.port.budget = Port::<R>::BUDGET;
        loop {
            let before = this.port.budget;
            this.port.tick();
            this.act(cx);
            this.poll_requests(cx);
            this.act(cx);
            this.poll_conns(cx);
            this.port.tell();
            if this.port.ended && this.port.actions.is_empty() {
                this.conns.clear();
                this.requests.clear();
                this.timer = None;
                this.port.shared.abandon();
                return Poll::Ready(());
            }
            if this.port.budget == 0 {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            let idle = this.port.budget == before && this.port.actions.is_empty();
            if idle && this.park(cx) {
                return Poll::Pending;
            }
            // A pass costs something even if it did nothing, so that no clock and no sleep can make us spin.
            this.port.budget = this.port.budget.min(before - 1);
        }
    }
}

impl<R: Runtime> Drop for Driver<R> {
    fn drop(&mut self) {
        self.port.shared.abandon();
    }
}

impl<R: Runtime> fmt::Debug for Driver<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver")
            .field("connections", &self.conns.len())
            .field("requests", &self.requests.len())
            .finish_non_exhaustive()
    }
}
