//! Which service a session talks to, and what it asks it for.

use alloc::vec::Vec;
use core::time::Duration;

use crate::endpoint::Endpoint;
use crate::{Misuse, Presence, Subscription, Timestamp, Topic};

/// What a run before this one knew.
#[derive(Clone, Debug)]
pub struct Resume {
    /// The newest event time that its application was given.
    pub newest: Timestamp,
    /// What it was given of the interactions that were not over: they are not told again.
    pub known: Vec<Presence>,
}

/// Which service, and what to ask it for: the two dialects.
#[derive(Clone, Debug)]
pub enum Service {
    /// The interaction stream (docs/stream.md).
    Stream {
        /// Where it is: `wss://…`.
        url: Endpoint,
        /// What to subscribe to.
        subscription: Subscription,
        /// Where to ask for what was missed in a gap. Nowhere by default: an application can fill it, too
        /// ([`Session::recovered`](crate::Session::recovered)).
        backfill: Option<Backfill>,
    },
    /// The notifications of Genesys Cloud (docs/notifications.md).
    Notifications(Notifications),
}

impl Service {
    /// Where the REST API is, if anything is asked there.
    pub(crate) fn api_url(&self) -> Option<&Endpoint> {
        match self {
            Self::Stream { backfill, .. } => backfill.as_ref().map(|backfill| &backfill.api_url),
            Self::Notifications(service) => Some(&service.api_url),
        }
    }

    /// How long the data of a gap takes to settle; `None` if nobody is asked for what was missed in gaps.
    #[must_use]
    pub fn settle(&self) -> Option<Duration> {
        match self {
            Self::Stream { backfill, .. } => backfill.as_ref().map(|backfill| backfill.settle),
            Self::Notifications(service) => service.repair.then_some(service.settle),
        }
    }

    pub(crate) fn check(&self, allow_insecure: bool) -> Result<(), Misuse> {
        match self {
            Self::Stream { url, backfill, .. } => {
                url.check("stream_url", &["wss", "ws"], allow_insecure)?;
                backfill
                    .iter()
                    .try_for_each(|it| it.api_url.check("api_url", &["https", "http"], allow_insecure))
            }
            Self::Notifications(service) => service.check(allow_insecure),
        }
    }
}

/// The REST API of Genesys Cloud as the source of what a session of the `stream` dialect has missed (docs/stream.md,
/// section 7). Its token has to carry the right to ask there.
#[derive(Clone, Debug)]
pub struct Backfill {
    /// The base of the REST API: `https://api.{domain}`.
    pub api_url: Endpoint,
    /// How long after the end of a gap its data has settled, so that what the API tells of it is complete. 60 s, as the
    /// analytics need; at zero the first answer counts.
    pub settle: Duration,
}

/// What to ask Genesys Cloud for (docs/notifications.md, section 1).
#[derive(Clone, Debug)]
pub struct Notifications {
    /// The base of its REST API: `https://api.{domain}`.
    pub api_url: Endpoint,
    /// Dialled instead of the address that the service gives. None, as a rule: what it gives is checked to lie under
    /// the API's domain.
    pub stream_url: Option<Endpoint>,
    /// What to subscribe to: 1,000 topics for each of at most 20 channels.
    pub topics: Vec<Topic>,
    /// Subscribe to the detail events of conversations that are discovered, too. Off by default: it costs topics.
    pub details: bool,
    /// Ask the service for what was missed in a gap (section 6). On by default.
    pub repair: bool,
    /// How long after the end of a gap its data has settled, so that what the service tells of it is complete. 60 s; at zero
    /// its first answer counts.
    pub settle: Duration,
}

impl Notifications {
    /// So many topics fit on a channel.
    pub const TOPICS: usize = 1000;
    /// So many channels an OAuth client may have; the oldest goes when one more is made.
    pub const CHANNELS: usize = 20;

    pub(crate) fn check(&self, allow_insecure: bool) -> Result<(), Misuse> {
        self.api_url.check("api_url", &["https", "http"], allow_insecure)?;
        if let Some(url) = &self.stream_url {
            url.check("stream_url", &["wss", "ws"], allow_insecure)?;
        }
        if self.topics.is_empty() {
            return Err(Misuse::new("topics", "are none; name a queue, a user, a conversation or a topic"));
        }
        if self.topics.len() > Self::TOPICS * Self::CHANNELS {
            return Err(Misuse::new("topics", "are more than 20,000: 1,000 on each of 20 channels"));
        }
        Ok(())
    }
}
