//! Getting and keeping a token (docs/stream.md, section 1), without doing any of the I/O.
//!
//! A [`Session`](crate::Session) has a [`Keeper`] of its own. An adapter that lets several sessions share
//! one token keeps one `Keeper` beside them, and answers their
//! [`Action::Token`](crate::Action::Token) from it.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use crate::config::{Auth, Reconnect};
use crate::reconnect::Backoff;
use crate::scrub::scrub;
use crate::wire::{encode, http_date, token};
use crate::{Call, Cause, Failure, Grant, Instant, NoToken, Reply, RequestId, Rng, Secret, Step, UnixMillis};

/// A token is renewed when less than this is left of its life, but not before half of it is over.
const MARGIN: Duration = Duration::from_secs(300);
/// No token is renewed sooner than this after it came: half of one second, the shortest life in whole seconds.
const SOONEST: Duration = Duration::from_millis(500);

/// So many tokens that were replaced or refused are still taken out of what a peer says: some of them open doors to
/// their end, and a connection that one of them opened may live on. The last 8 are more than are alive at a time.
const FORMER: usize = 8;

/// A token is below 4 KiB; more of an answer than this is not read.
const MAX_BODY: usize = 64 * 1024;

/// Keeps one token fresh: one request in flight at a time, renewal before the end, the old token kept while
/// it lasts.
#[derive(Debug)]
pub struct Keeper {
    auth: Auth,
    held: Option<Held>,
    former: VecDeque<Secret>,
    pending: Option<RequestId>,
    refused: bool,
    backoff: Backoff,
    /// A renewal that failed is not tried again before this.
    not_before: Option<Instant>,
    /// The server has said that asking again can never help.
    hopeless: Option<Cause>,
}

#[derive(Debug)]
struct Held {
    token: Secret,
    renew_at: Option<Instant>,
    expires_at: Option<Instant>,
}

/// What a [`Keeper`] wants its caller to do.
#[derive(Debug)]
pub enum Ask {
    /// Make this request, and hand the answer to [`Keeper::replied`].
    Call(Call),
    /// Get a token elsewhere, and hand it to [`Keeper::brought`]. If `refused`, another one than the last.
    Token {
        /// Whether the last token was refused.
        refused: bool,
    },
}

impl Keeper {
    /// A keeper without a token. `reconnect` gives the delays of failed renewals, `seed` their jitter.
    #[must_use]
    pub fn new(auth: Auth, reconnect: &Reconnect, seed: u64) -> Self {
        let held = match &auth {
            Auth::Token(token) => Some(Held { token: token.clone(), renew_at: None, expires_at: None }),
            Auth::ClientCredentials { .. } | Auth::External => None,
        };
        Self {
            auth,
            held,
            former: VecDeque::new(),
            pending: None,
            refused: false,
            backoff: Backoff::new(reconnect, Rng::stream(seed, "token")),
            not_before: None,
            hopeless: None,
        }
    }

    /// The token, while it can be used.
    #[must_use]
    pub fn usable(&self, now: Instant) -> Option<&Secret> {
        let held = self.held.as_ref()?;
        held.expires_at.is_none_or(|end| now < end).then_some(&held.token)
    }

    /// Whether the token can be used and is not due for renewal.
    #[must_use]
    pub fn is_fresh(&self, now: Instant) -> bool {
        let due = self.held.as_ref().and_then(|held| held.renew_at).is_some_and(|at| at <= now);
        self.usable(now).is_some() && !due
    }

    /// When the token should be renewed, or the renewal tried again.
    #[must_use]
    pub fn renewal_at(&self) -> Option<Instant> {
        if self.pending.is_some() || self.hopeless.is_some() {
            return None;
        }
        let at = self.held.as_ref()?.renew_at?;
        Some(self.not_before.map_or(at, |earliest| earliest.max(at)))
    }

    /// How much longer the token can be used; `None` if there is none, or no known end.
    #[must_use]
    pub fn lifetime(&self, now: Instant) -> Option<Duration> {
        self.held.as_ref()?.expires_at.map(|end| end.since(now))
    }

    /// How long until the token should be renewed; zero if it is due, `None` if there is none to renew.
    #[must_use]
    pub fn renew_in(&self, now: Instant) -> Option<Duration> {
        self.held.as_ref()?.renew_at.map(|at| at.since(now))
    }

    /// Why asking for a token can never help, once the server has said so.
    #[must_use]
    pub const fn hopeless(&self) -> Option<&Cause> {
        self.hopeless.as_ref()
    }

    /// The server does not accept the token: it is thrown away. Whether there can be another.
    pub fn doubt(&mut self) -> bool {
        match self.auth {
            Auth::Token(_) => false,
            Auth::ClientCredentials { .. } | Auth::External => {
                self.hold(None);
                self.refused = true;
                true
            }
        }
    }

    /// Starts a request named `request`, unless one is in flight.
    pub fn ask(&mut self, request: RequestId) -> Option<Ask> {
        if self.pending.is_some() {
            return None;
        }
        let ask = match &self.auth {
            Auth::Token(_) => return None,
            Auth::External => Ask::Token { refused: self.refused },
            Auth::ClientCredentials { login_url, client_id, client_secret } => Ask::Call(Call {
                method: "POST",
                url: Secret::new(login_url.join("/oauth/token")),
                headers: Vec::from([
                    ("authorization", encode::basic(client_id, client_secret)),
                    ("content-type", "application/x-www-form-urlencoded".into()),
                    ("accept", "application/json".into()),
                ]),
                body: String::from("grant_type=client_credentials"),
                max_body: MAX_BODY,
            }),
        };
        self.pending = Some(request);
        Some(ask)
    }

    /// The request that is in flight.
    #[must_use]
    pub const fn pending(&self) -> Option<RequestId> {
        self.pending
    }

    /// Forgets the request that is in flight, if there is one: its answer is not wanted any more.
    pub(crate) fn cancel(&mut self) -> Option<RequestId> {
        self.pending.take()
    }

    /// The answer to [`Ask::Call`]. Whoever calls checks that `request` is [`pending`](Self::pending).
    ///
    /// # Errors
    /// Why there is no token; a fatal cause means that asking again can never help.
    pub fn replied(
        &mut self,
        result: Result<Reply<'_>, Failure<'_>>,
        now: Instant,
        wall: UnixMillis,
    ) -> Result<(), Cause> {
        let grant = match result {
            Ok(reply) => self.read(&reply, wall).map(|(token, life)| (token, life, None)),
            Err(failure) => {
                let detail = self.scrub(failure.detail);
                Err(Cause::Network { step: Some(Step::Token), kind: failure.kind, detail })
            }
        };
        self.settle(grant, now)
    }

    /// The answer to [`Ask::Token`].
    ///
    /// # Errors
    /// Why there is no token; a fatal cause means that asking again can never help.
    pub fn brought(&mut self, result: Result<Grant<'_>, NoToken<'_>>, now: Instant) -> Result<(), Cause> {
        let grant = match result {
            Ok(Grant { token: "", .. }) => Err(Cause::BadToken("the token is empty".into())),
            Ok(Grant { token, lifetime, renew_in }) => Ok((Secret::new(token), lifetime, renew_in)),
            Err(NoToken { cause: Some(cause), .. }) => Err(cause.clone()),
            Err(none) if none.fatal => Err(Cause::Refused {
                step: Step::Token,
                status: "no token".into(),
                message: self.scrub(none.why),
            }),
            Err(none) => Err(Cause::BadToken(self.scrub(none.why))),
        };
        self.settle(grant, now)
    }

    /// The request has taken too long.
    ///
    /// # Errors
    /// Always: [`Cause::Timeout`].
    pub fn timed_out(&mut self, now: Instant) -> Result<(), Cause> {
        self.settle(Err(Cause::Timeout(Step::Token)), now)
    }

    /// Text from a peer, without any secret that this keeper knows.
    #[must_use]
    pub fn scrub(&self, text: &str) -> Box<str> {
        scrub(text, self.secrets())
    }

    /// The secrets that this keeper knows, those of before included.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &Secret> {
        let credentials = match &self.auth {
            Auth::ClientCredentials { client_secret, .. } => Some(client_secret),
            Auth::Token(token) => Some(token),
            Auth::External => None,
        };
        let held = self.held.as_ref().map(|held| &held.token);
        credentials.into_iter().chain(held).chain(&self.former)
    }

    /// Replaces the token.
    fn hold(&mut self, new: Option<Held>) {
        let old = core::mem::replace(&mut self.held, new);
        self.former.extend(old.map(|old| old.token));
        if self.former.len() > FORMER {
            self.former.pop_front();
        }
    }

    fn settle(
        &mut self,
        grant: Result<(Secret, Duration, Option<Duration>), Cause>,
        now: Instant,
    ) -> Result<(), Cause> {
        self.pending = None;
        match grant {
            Ok((token, life, renew_in)) => {
                let by_rule = life.saturating_sub(MARGIN).max(life / 2);
                let renew_at = Some(now + renew_in.unwrap_or(by_rule.max(SOONEST)));
                let expires_at = Some(now + life);
                self.hold(Some(Held { token, renew_at, expires_at }));
                self.refused = false;
                self.not_before = None;
                self.backoff.reset();
                Ok(())
            }
            Err(cause) => {
                let asked = cause.retry_after().unwrap_or_default();
                self.not_before = Some(now + self.backoff.next().max(asked));
                if cause.is_fatal() {
                    self.hopeless = Some(cause.clone());
                }
                Err(cause)
            }
        }
    }

    fn read(&self, reply: &Reply<'_>, wall: UnixMillis) -> Result<(Secret, Duration), Cause> {
        let status = reply.status;
        match status {
            200 => token::grant(reply.body).map_err(|what| Cause::BadToken(what.into())),
            429 => Err(self.http(reply, wall)),
            400..=499 => {
                let error = token::refusal(reply.body);
                let (code, message) =
                    error.unwrap_or_else(|| (alloc::format!("HTTP {status}"), String::new()));
                let (status, message) = (self.scrub(&code), self.scrub(&message));
                Err(Cause::Refused { step: Step::Token, status, message })
            }
            _ => Err(self.http(reply, wall)),
        }
    }

    fn http(&self, reply: &Reply<'_>, wall: UnixMillis) -> Cause {
        let retry_after = reply.retry_after.and_then(|text| http_date::retry_after(text, reply.date, wall));
        Cause::Http { step: Step::Token, status: reply.status, retry_after }
    }
}
