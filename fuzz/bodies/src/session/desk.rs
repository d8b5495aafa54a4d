//! What the application, the clock and whoever gives tokens do.

use std::fmt::Write as _;
use std::time::Duration;

use rosterline_core::wire::Stamp;
use rosterline_core::{
    Detail, Event, Failure, GapId, Grant, Input, Network, NoToken, Reply, RequestId, Status, Subscription,
    Timer,
};

use super::frames;
use super::settings::TRACES;
use super::world::World;
use crate::source::Source;

impl World {
    /// The application takes an item.
    pub(super) fn take(&mut self) {
        // What is lost with a connection is known by its end.
        self.carry_out();
        let Some(event) = self.session.poll_event() else { return };
        self.reveals_nothing(&event);
        self.model.take(event);
        assert!(!self.model.ended || self.peer.conn.is_none(), "it ends with a connection");
        self.stats = self.session.stats();
        self.check();
    }

    /// No secret is in what people will read. What a server calls a participant is passed on, whatever it is.
    fn reveals_nothing(&mut self, event: &Event) {
        match event {
            Event::Presence(_) | Event::Unknown(_) | Event::Status(Status { detail: Detail::None, .. }) => {}
            Event::Status(_)
            | Event::Gap(_)
            | Event::Repaired(_)
            | Event::Rejected(_)
            | Event::Ended(_)
            | _ => {
                self.text.clear();
                write!(self.text, "{event:?}").expect("a String takes everything");
                if let Event::Ended(cause) = event {
                    write!(self.text, "{cause}").expect("a String takes everything");
                }
                let found = TRACES.iter().find(|trace| self.text.contains(**trace));
                assert_eq!(found, None, "in {}", self.text);
            }
        }
    }

    /// Somebody prints the whole session.
    pub(super) fn print(&mut self) {
        self.text.clear();
        write!(self.text, "{:?}", self.session).expect("a String takes everything");
        let found = TRACES.iter().find(|trace| self.text.contains(**trace));
        assert_eq!(found, None, "in {}", self.text);
    }

    /// Whether actions are left lying. When they are not any more, they are carried out.
    pub(super) fn set_lazy(&mut self, lazy: bool) {
        self.lazy = lazy;
        self.input(Input::Timeout);
    }

    pub(super) fn close(&mut self) {
        self.set_lazy(false);
        self.closing = true;
        self.session.close(self.now);
        self.settle();
    }

    pub(super) fn subscribe(&mut self, source: &mut Source<'_>) {
        self.input(Input::Timeout);
        let wanted = match source.below(3) {
            0 => Ok(Subscription::all()),
            1 => Subscription::interaction("call"),
            _ => Subscription::all().channels(["voice", "chat"]),
        };
        self.session.subscribe(wanted.expect("a valid subscription"), self.now);
        if !self.closing {
            self.peer.resubscribe();
        }
        self.settle();
    }

    /// A source has told what a gap has swallowed, or makes a gap up.
    pub(super) fn recover(&mut self, source: &mut Source<'_>) {
        self.set_lazy(false);
        let known = self.model.newest_gap().filter(|_| !self.stale_gap(source));
        let gap = known.unwrap_or(GapId(99));
        let stamp = Stamp { arrived: self.now, received: self.wall() };
        let events: Vec<_> = (0..source.below(4)).map(|_| frames::presence(source, stamp)).collect();
        let taken = self.session.recovered(gap, events.clone(), self.now).is_ok();
        if taken {
            self.model.recovered(gap, events);
        } else if known.is_some() {
            // Nothing can come any more, not even this.
            assert!(self.peer.conn.is_none(), "{gap:?} is open");
            self.peer.over = true;
        }
        self.settle();
    }

    fn stale_gap(&self, source: &mut Source<'_>) -> bool {
        source.below(4) == 3
    }

    /// Time passes, and the session is called exactly at its deadlines.
    pub(super) fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        let mut most = 300;
        while let Some(deadline) = self.session.poll_timeout().filter(|deadline| deadline.at <= end) {
            self.now = self.now.max(deadline.at);
            self.input(Input::Timeout);
            let next = self.session.poll_timeout();
            let moves = next != Some(deadline) || deadline.timer == Timer::Retry;
            assert!(moves, "{deadline:?} changes nothing");
            most -= 1;
            assert!(most > 0, "it spins on {deadline:?}");
        }
        self.now = end;
    }

    pub(super) fn pass_to_deadline(&mut self) {
        if let Some(deadline) = self.session.poll_timeout() {
            self.now = self.now.max(deadline.at);
        }
        self.input(Input::Timeout);
    }

    /// A token is given.
    pub(super) fn grant(&mut self, source: &mut Source<'_>, stale: bool) {
        let token = format!("CANARY-{:02}-token", self.peer.secrets.len());
        let seconds = source.pick(&[3600, 60, 1, 601, 86_399]);
        let before = self.stats.tokens;
        if self.peer.has_requests {
            let (lifetime, renew_in) = (Duration::from_secs(seconds), None);
            let grant = Ok(Grant { token: &token, lifetime, renew_in });
            self.answer(stale, |request| Input::Token { request, result: grant });
        } else {
            let body = format!(r#"{{"access_token":"{token}","expires_in":{seconds}}}"#);
            let reply = Reply { status: 200, body: body.as_bytes(), ..Reply::default() };
            self.answer(stale, |request| Input::Replied { request, result: Ok(reply) });
        }
        if self.stats.tokens > before {
            self.peer.secrets.push(token.clone());
            self.peer.token = Some(token);
        }
        self.settled();
    }

    /// No token is given.
    pub(super) fn refuse_token(&mut self, source: &mut Source<'_>, stale: bool) {
        let secret = self.secret(source);
        let (kind, retry_after) = (source.below(8), source.pick(&[None, Some("7")]));
        if self.peer.has_requests {
            let none = Err(NoToken { fatal: kind == 1, why: &secret, cause: None });
            self.answer(stale, |request| Input::Token { request, result: none });
        } else if kind == 0 {
            let failure = Err(Failure { kind: Network::Dns, detail: &secret });
            self.answer(stale, |request| Input::Replied { request, result: failure });
        } else {
            let status = [200, 400, 401, 403, 429, 500, 302, 999][usize::from(kind)];
            let body = match source.below(4) {
                0 => format!(r#"{{"error":"invalid_client","error_description":"not {secret}"}}"#),
                1 => format!(r#"{{"access_token":"{secret}"}}"#),
                2 => secret,
                _ => r#"{"access_token":"","expires_in":60}"#.to_owned(),
            };
            let reply = Reply { status, retry_after, body: body.as_bytes(), ..Reply::default() };
            self.answer(stale, |request| Input::Replied { request, result: Ok(reply) });
        }
        self.settled();
    }

    /// A request has its answer, or one that is over.
    fn answer<'a>(&mut self, stale: bool, input: impl FnOnce(RequestId) -> Input<'a>) {
        let request = RequestId(self.peer.last_request.saturating_sub(u64::from(stale)));
        let before = self.stats.stale;
        self.session.handle(input(request), self.now);
        self.stats = self.session.stats();
        if self.stats.stale == before {
            assert_eq!(self.peer.pending, Some(request), "an answer to what is not asked any more");
            self.peer.pending = None;
        }
    }
}
