//! Requests to the REST API: what is on its way, for whom, and what a refusal means (docs/notifications.md, section 7).

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::Session;
use crate::dialect::notifications::reply::{ErrorBody, advice};
use crate::dialect::notifications::rest::Ask;
use crate::scrub::scrub;
use crate::wire::http_date;
use crate::{Action, Call, Cause, Failure, Reply, RequestId, Secret, Step};

/// A request that is on its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pending {
    request: RequestId,
    pub(super) what: Asked,
}

/// What was asked for. Lanes are named by their keys, since they come and go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// A channel for this lane.
    Channel(u32),
    /// The topics of this lane's channel.
    Topics(u32),
    /// The same, to extend the channel's life.
    Extension(u32),
    /// Something that fills a gap.
    Repair,
}

impl Asked {
    pub(super) const fn step(self) -> Step {
        match self {
            Self::Channel(_) => Step::Channel,
            Self::Topics(_) | Self::Extension(_) => Step::Subscribe,
            Self::Repair => Step::Repair,
        }
    }

    /// So much of the answer is read, in bytes: a list of topics, or a page of conversations.
    const fn max_body(self) -> usize {
        match self {
            Self::Channel(_) => 64 << 10,
            Self::Topics(_) | Self::Extension(_) => 2 << 20,
            Self::Repair => 16 << 20,
        }
    }

    const fn lane(self) -> Option<u32> {
        match self {
            Self::Channel(lane) | Self::Topics(lane) | Self::Extension(lane) => Some(lane),
            Self::Repair => None,
        }
    }
}

impl Session {
    /// Sends a request to the API. False if there is no token to send it with.
    pub(super) fn ask(&mut self, what: Asked, ask: Ask) -> bool {
        let Some(api_url) = self.config.service.api_url() else { return false };
        let Some(token) = self.keeper.usable(self.now) else { return false };
        let url = Secret::new(api_url.join(&ask.path));
        let mut headers = Vec::from([
            ("authorization", Secret::new(format!("Bearer {}", token.expose()))),
            ("accept", "application/json".into()),
        ]);
        if !ask.body.is_empty() {
            headers.push(("content-type", "application/json".into()));
        }
        let call = Call { method: ask.method, url, headers, body: ask.body, max_body: what.max_body() };
        let request = self.next_request();
        self.requests.push(Pending { request, what });
        self.actions.push_back(Action::Call { request, call });
        true
    }

    /// Forgets the requests that were made for a lane.
    pub(super) fn cancel_for(&mut self, lane: u32) {
        self.cancel(|what| what.lane() == Some(lane));
    }

    /// Forgets those that `is` picks.
    pub(super) fn cancel(&mut self, is: impl Fn(Asked) -> bool) {
        let (requests, actions) = (&mut self.requests, &mut self.actions);
        requests.retain(|pending| {
            let forget = is(pending.what);
            if forget {
                actions.push_back(Action::Cancel { request: pending.request });
            }
            !forget
        });
    }

    pub(super) fn is_asked(&self, what: Asked) -> bool {
        self.requests.iter().any(|pending| pending.what == what)
    }

    /// An answer of the API. `None`: nobody waits for it any more.
    pub(super) fn on_api_replied(&mut self, request: RequestId, result: Result<Reply<'_>, Failure<'_>>) {
        let Some(at) = self.requests.iter().position(|pending| pending.request == request) else {
            self.stats.stale += 1;
            return;
        };
        let what = self.requests.swap_remove(at).what;
        if let Ok(reply) = &result {
            self.quota = reply.quota.or(self.quota);
        }
        let lane = what.lane().and_then(|key| self.lanes.iter().position(|lane| lane.key == key));
        let result = self.judge(what.step(), result);
        match (what, lane) {
            (Asked::Channel(_), Some(l)) => self.on_channel(l, result),
            (Asked::Topics(_), Some(l)) => self.on_topics(l, result),
            (Asked::Extension(_), Some(l)) => self.on_extension(l, result),
            (Asked::Repair, _) => self.on_repair_replied(result),
            // The lane went, and its requests with it.
            (_, None) => {}
        }
    }

    /// The body of a success, or what the answer means.
    fn judge<'r>(&self, step: Step, result: Result<Reply<'r>, Failure<'_>>) -> Result<&'r [u8], Cause> {
        let reply = result.map_err(|failure| Cause::Network {
            step: Some(step),
            kind: failure.kind,
            detail: self.scrub(failure.detail),
        })?;
        match reply.status {
            200..=299 => Ok(reply.body),
            404 if step == Step::Subscribe => Err(Cause::ChannelGone),
            401 if is_address_refused(reply.body) => Err(self.refusal(step, &reply)),
            400 | 402 | 403 | 405..=407 | 409..=424 => Err(self.refusal(step, &reply)),
            status => {
                let retry_after =
                    reply.retry_after.and_then(|text| http_date::retry_after(text, reply.date, self.wall()));
                Err(Cause::Http { step, status, retry_after })
            }
        }
    }

    fn refusal(&self, step: Step, reply: &Reply<'_>) -> Cause {
        let error = ErrorBody::read(reply.body);
        let (code, message, permission) = match error {
            Some(ErrorBody { code, message, permission }) => (code, String::from(message), permission),
            None => (Box::default(), String::new(), None),
        };
        let mut words = message;
        if let Some(permission) = permission.filter(|permission| !words.contains(&**permission)) {
            words.push_str(&format!("; missing permission: {permission}"));
        }
        let advice = advice(&code);
        if !advice.is_empty() {
            words.push_str(&format!("; {advice}"));
        }
        if let Some(correlation) = reply.correlation {
            words.push_str(&format!("; correlation id {correlation}"));
        }
        let status = if code.is_empty() { format!("HTTP status {}", reply.status).into() } else { code };
        let message = self.scrub(words.trim_start_matches("; "));
        Cause::Refused { step, status: self.scrub(&status), message }
    }

    /// Text from a peer, without our secrets.
    pub(super) fn scrub(&self, text: &str) -> Box<str> {
        let channels = self.lanes.iter().filter_map(|lane| lane.channel.as_ref());
        let channels = channels.flat_map(|channel| [&channel.url, &channel.id]);
        let secrets = self.keeper.secrets().chain(&self.config.secrets).chain(channels);
        scrub(text, secrets.chain(&self.former_channels))
    }
}

/// Whether it is not the token that is refused, but where we are: a new token does not help.
fn is_address_refused(body: &[u8]) -> bool {
    ErrorBody::read(body).is_some_and(|error| &*error.code == "ip.not.authorized")
}
