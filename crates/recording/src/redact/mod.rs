//! What may stand in a recording: no secret, in no form, and unless the owner wants them, no names.

mod channels;
mod cloud;
mod frame;
mod http;
mod json;
mod pseudonym;
mod secrets;
mod unpack;

use std::collections::{BTreeSet, VecDeque};

use rosterline_core::config::Limits;
use rosterline_core::wire::Decoder;
use rosterline_core::{Auth, Config, Leg, Presence, RequestId, Timestamp};

use crate::line::ToldLeg;
use crate::{Dialect, Redaction, Told};
use channels::Channels;
use json::{NO_TEXT, Spot};
use pseudonym::Pseudonyms;
use secrets::Secrets;

/// So many pings of ours are remembered, to know their pongs. More than that are never under way.
const PINGS: usize = 64;

/// Cleans what is to be recorded.
pub(crate) struct Redactor {
    redaction: Redaction,
    secrets: Secrets,
    pseudonyms: Pseudonyms,
    dialect: Dialect,
    channels: Channels,
    /// Requests to the REST API that are on their way: all others ask for a token.
    asked: BTreeSet<RequestId>,
    decoder: Decoder,
    limits: Limits,
    pings: VecDeque<[u8; 8]>,
}

impl Redactor {
    pub(crate) fn new(config: &Config, redaction: Redaction, key: [u8; 32]) -> Self {
        let mut secrets = Secrets::default();
        match &config.auth {
            Auth::ClientCredentials { client_secret, .. } => secrets.add(client_secret.expose()),
            Auth::Token(token) => secrets.add(token.expose()),
            Auth::External => {}
        }
        config.secrets.iter().for_each(|secret| secrets.add(secret.expose()));
        Self {
            redaction,
            secrets,
            pseudonyms: Pseudonyms::new(key),
            dialect: Dialect::of(&config.service),
            channels: Channels::default(),
            asked: BTreeSet::new(),
            decoder: Decoder::new(),
            limits: config.limits.clone(),
            pings: VecDeque::with_capacity(PINGS),
        }
    }

    /// What the session speaks.
    pub(crate) const fn redaction(&self) -> Redaction {
        self.redaction
    }

    pub(crate) const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// A token that must not be seen from now on.
    pub(crate) fn learn(&mut self, token: &str) {
        self.secrets.add(token);
    }

    /// A request is made. Whether it goes to the REST API is told by its path: a token comes from `/oauth/token`.
    pub(crate) fn calls(&mut self, request: RequestId, url: &str) {
        let path = url.split(['?', '#']).next().unwrap_or_default();
        if !path.ends_with("/oauth/token") {
            self.asked.insert(request);
        }
    }

    /// Nobody waits for the answer any more.
    pub(crate) fn cancels(&mut self, request: RequestId) {
        self.asked.remove(&request);
    }

    /// The body of an answer, as it may be recorded.
    pub(crate) fn answer(&mut self, request: RequestId, body: &[u8]) -> String {
        if self.asked.remove(&request) { self.api_body(body) } else { self.body(body) }
    }

    /// One of our own pings.
    pub(crate) fn sent(&mut self, ping: [u8; 8]) {
        if self.pings.len() == PINGS {
            self.pings.pop_front();
        }
        self.pings.push_back(ping);
    }

    /// A text of ours, or one that the protocol defines.
    pub(crate) fn own(&self, text: &str) -> String {
        self.secrets.remove(text).into_owned()
    }

    /// A text that a server has written in its own words: it may name somebody.
    pub(crate) fn peer(&self, text: &str) -> String {
        match self.redaction {
            Redaction::Plain => self.own(text),
            Redaction::Pseudonyms => self.pseudonyms.name(text),
        }
    }

    /// The name of an interaction or a participant.
    pub(crate) fn name(&self, name: &str) -> String {
        self.peer(name)
    }

    /// An event that a recovery source has told.
    pub(crate) fn told(&self, event: &Presence) -> Told {
        let id = |id: &rosterline_core::Id| match self.redaction {
            Redaction::Plain => id.with_str(|name| self.own(name)),
            Redaction::Pseudonyms => self.pseudonyms.id(id),
        };
        Told {
            at: event.at.to_string(),
            joined: event.kind == rosterline_core::PresenceKind::Joined,
            interaction: id(&event.interaction),
            participant: id(&event.participant),
            channel: self.own(&event.channel),
            reason: event.reason.as_deref().map(|reason| self.own(reason)),
            leg: event.leg.as_deref().map(|leg| self.leg(leg)),
            arrived: event.arrived.0,
            received: event.received.0,
        }
    }

    fn leg(&self, leg: &Leg) -> ToldLeg {
        let name = |id: &rosterline_core::Id| id.with_str(|text| self.name(text));
        ToldLeg {
            session: name(&leg.session),
            purpose: self.own(&leg.purpose),
            user: leg.user.as_ref().map(name),
            queue: leg.queue.as_ref().map(name),
            source: leg.source.name().to_string(),
        }
    }

    /// A whole line, once more: whatever a value was overlooked in, it does not leave like this.
    pub(crate) fn line(&self, line: &str) -> String {
        self.secrets.remove(line).into_owned()
    }

    /// The JSON of a message that can be opened.
    fn message(&self, text: &str) -> String {
        if self.dialect == Dialect::Notifications {
            return self.cloud(text);
        }
        json::rewrite(text, &mut |spot, raw, text| self.string(spot, raw, text), &mut |number| match self
            .redaction
        {
            Redaction::Plain => None,
            Redaction::Pseudonyms => Some(self.pseudonyms.number(number)),
        })
    }

    /// The new text of a string; `None` if it stays as it is written.
    fn string(&self, spot: Spot, raw: &str, text: Option<&str>) -> Option<String> {
        let Some(text) = text else {
            let kept = self.redaction == Redaction::Plain && !self.secrets.are_in(raw.as_bytes());
            return (!kept).then(|| NO_TEXT.to_string());
        };
        let kept = match (self.redaction, spot) {
            (Redaction::Plain, _) | (_, Spot::Word | Spot::Field) => true,
            (Redaction::Pseudonyms, Spot::Time) => Timestamp::parse(text).is_some(),
            (Redaction::Pseudonyms, Spot::Status | Spot::Name) => is_word(text),
            (Redaction::Pseudonyms, Spot::Value) => false,
        };
        if !kept {
            return Some(self.pseudonyms.name(text));
        }
        match self.secrets.remove(text) {
            std::borrow::Cow::Borrowed(_) => None,
            std::borrow::Cow::Owned(clean) => Some(clean),
        }
    }
}

/// Whether a text is a word that a programmer chose, rather than something about somebody.
fn is_word(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    text.len() <= 40
        && digits <= 2
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte))
}

/// Whether a text names a permission: `domain:entity:action`.
fn is_permission(text: &str) -> bool {
    text.len() <= 120
        && text.split(':').count() == 3
        && text.split(':').all(|part| part == "*" || is_word(part))
}
