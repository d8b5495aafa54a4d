//! The configuration of a session, as it stands in the first line of its recording: everything that decides, nothing
//! that is secret.

use std::time::Duration;

use rosterline_core::config::{Buffer, Heartbeat, Limits, Notifications, Reconnect, Timeouts};
use rosterline_core::{
    Auth, Backfill, Config, Endpoint, Misuse, Policy, Resume, Service, Subscription, Timestamp, Topic,
};
use serde::{Deserialize, Serialize};

use crate::redact::Redactor;
use crate::{Told, standin};

/// What a [`Config`] says, for a recording.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Settings {
    stream_url: String,
    auth: Login,
    interaction: Option<String>,
    channels: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notifications: Option<Cloud>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    backfill: Option<Source>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resume: Option<Kept>,
    #[serde(with = "HeartbeatFields")]
    heartbeat: Heartbeat,
    #[serde(with = "BufferFields")]
    buffer: Buffer,
    #[serde(with = "ReconnectFields")]
    reconnect: Reconnect,
    #[serde(with = "LimitsFields")]
    limits: Limits,
    #[serde(with = "TimeoutsFields")]
    timeouts: Timeouts,
    deliver_unknown: bool,
    allow_insecure: bool,
    seed: u64,
}

/// What is asked of the `notifications` dialect.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Cloud {
    api_url: String,
    topics: Vec<String>,
    details: bool,
    repair: bool,
    #[serde(with = "nanos")]
    settle: Duration,
}

/// What the `stream` dialect asks to fill its gaps.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Source {
    api_url: String,
    #[serde(with = "nanos")]
    settle: Duration,
}

/// What a run before this one knew.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kept {
    newest: String,
    known: Vec<Told>,
}

/// Where tokens came from.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Login {
    ClientCredentials { login_url: String },
    Token,
    External,
}

impl Settings {
    pub(crate) fn of(config: &Config, redactor: &Redactor) -> Self {
        let auth = match &config.auth {
            Auth::ClientCredentials { login_url, .. } => {
                Login::ClientCredentials { login_url: bare(login_url) }
            }
            Auth::Token(_) => Login::Token,
            Auth::External => Login::External,
        };
        Self {
            stream_url: config.stream_url().map(bare).unwrap_or_default(),
            auth,
            interaction: config
                .subscription()
                .and_then(|asked| asked.only())
                .map(|only| only.with_str(|name| redactor.name(name))),
            channels: config.subscription().map(|asked| asked.only_channels().to_vec()).unwrap_or_default(),
            notifications: match &config.service {
                Service::Stream { .. } => None,
                Service::Notifications(service) => Some(Cloud::of(service, redactor)),
            },
            backfill: match &config.service {
                Service::Stream { backfill, .. } => backfill.as_ref().map(Source::of),
                Service::Notifications(_) => None,
            },
            resume: config.resume.as_ref().map(|known| Kept {
                newest: known.newest.to_string(),
                known: known.known.iter().map(|event| redactor.told(event)).collect(),
            }),
            heartbeat: config.heartbeat.clone(),
            buffer: config.buffer.clone(),
            reconnect: config.reconnect.clone(),
            limits: config.limits.clone(),
            timeouts: config.timeouts.clone(),
            deliver_unknown: config.deliver_unknown,
            allow_insecure: config.allow_insecure,
            seed: config.seed,
        }
    }

    /// A configuration that decides as the recorded one did.
    pub(crate) fn config(&self) -> Result<Config, Misuse> {
        let auth = match &self.auth {
            Login::ClientCredentials { login_url } => Auth::ClientCredentials {
                login_url: Endpoint::new(login_url)?,
                client_id: "client".to_string(),
                client_secret: standin::token(16).as_str().into(),
            },
            Login::Token => Auth::Token(standin::token(16).as_str().into()),
            Login::External => Auth::External,
        };
        let mut config = match &self.notifications {
            Some(cloud) => cloud.config(&self.stream_url, auth)?,
            None => {
                let subscription = subscription(self.interaction.as_deref(), &self.channels)?;
                let mut config = Config::new(Endpoint::new(&self.stream_url)?, auth, subscription);
                if let Service::Stream { backfill, .. } = &mut config.service {
                    *backfill = self.backfill.as_ref().map(Source::backfill).transpose()?;
                }
                config
            }
        };
        config.resume = self.resume.as_ref().map(Kept::resume).transpose()?;
        config.heartbeat = self.heartbeat.clone();
        config.buffer = self.buffer.clone();
        config.reconnect = self.reconnect.clone();
        config.limits = self.limits.clone();
        config.timeouts = self.timeouts.clone();
        config.deliver_unknown = self.deliver_unknown;
        config.allow_insecure = self.allow_insecure;
        config.seed = self.seed;
        Ok(config)
    }
}

impl Cloud {
    fn of(service: &Notifications, redactor: &Redactor) -> Self {
        let topic = |topic: &Topic| redactor.topic(topic.as_str());
        Self {
            api_url: bare(&service.api_url),
            topics: service.topics.iter().map(topic).collect(),
            details: service.details,
            repair: service.repair,
            settle: service.settle,
        }
    }

    fn config(&self, stream_url: &str, auth: Auth) -> Result<Config, Misuse> {
        let topics = self.topics.iter().map(|topic| Topic::new(topic)).collect::<Result<_, _>>()?;
        let mut config = Config::notifications(Endpoint::new(&self.api_url)?, auth, topics);
        if let Service::Notifications(service) = &mut config.service {
            service.stream_url = (!stream_url.is_empty()).then(|| Endpoint::new(stream_url)).transpose()?;
            (service.details, service.repair, service.settle) = (self.details, self.repair, self.settle);
        }
        Ok(config)
    }
}

impl Source {
    fn of(backfill: &Backfill) -> Self {
        Self { api_url: bare(&backfill.api_url), settle: backfill.settle }
    }

    fn backfill(&self) -> Result<Backfill, Misuse> {
        Ok(Backfill { api_url: Endpoint::new(&self.api_url)?, settle: self.settle })
    }
}

impl Kept {
    fn resume(&self) -> Result<Resume, Misuse> {
        let wrong = || Misuse { what: "resume", why: "holds a time that cannot be read".into() };
        Ok(Resume {
            newest: Timestamp::parse(&self.newest).ok_or_else(wrong)?,
            known: self
                .known
                .iter()
                .map(|told| told.presence().ok_or_else(wrong))
                .collect::<Result<_, _>>()?,
        })
    }
}

/// What is subscribed to.
pub(crate) fn subscription(interaction: Option<&str>, channels: &[String]) -> Result<Subscription, Misuse> {
    interaction.map_or_else(|| Ok(Subscription::all()), Subscription::interaction)?.channels(channels)
}

/// A URL without its query: no decision depends on it, and it may hold a key.
fn bare(url: &Endpoint) -> String {
    url.as_str().split('?').next().unwrap_or_default().to_string()
}

/// Recordings of before 2026-11-27 do not say it: nothing was requested but tokens.
fn request() -> Duration {
    Timeouts::default().request
}

/// Durations as nanoseconds.
mod nanos {
    use super::Duration;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_nanos)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Heartbeat")]
struct HeartbeatFields {
    #[serde(with = "nanos")]
    interval: Duration,
    #[serde(with = "nanos")]
    pong_timeout: Duration,
    #[serde(with = "nanos")]
    write_timeout: Duration,
    strict: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Buffer")]
struct BufferFields {
    capacity: usize,
    bytes: usize,
    #[serde(with = "PolicyName")]
    policy: Policy,
    #[serde(with = "nanos")]
    pause_max: Duration,
    drop_warning: u8,
    #[serde(with = "nanos")]
    drop_window: Duration,
    #[serde(with = "nanos")]
    lag: Duration,
    adaptive: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Policy", rename_all = "kebab-case")]
enum PolicyName {
    Pause,
    DropOldest,
    DropNewest,
    End,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Reconnect")]
struct ReconnectFields {
    #[serde(with = "nanos")]
    base: Duration,
    #[serde(with = "nanos")]
    max: Duration,
    jitter: bool,
    max_attempts: Option<u32>,
    #[serde(with = "nanos")]
    healthy_after: Duration,
    dial_burst: u32,
    #[serde(with = "nanos")]
    dial_refill: Duration,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Limits")]
struct LimitsFields {
    frame: usize,
    inflated: usize,
    ratio: usize,
    raw_deflate: bool,
    bad_frames: u32,
    duplicates: usize,
    #[serde(with = "nanos")]
    future: Duration,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Timeouts")]
struct TimeoutsFields {
    #[serde(with = "nanos")]
    token: Duration,
    #[serde(with = "nanos")]
    dial: Duration,
    #[serde(with = "nanos")]
    authenticate: Duration,
    #[serde(with = "nanos")]
    subscribe: Duration,
    #[serde(with = "nanos", default = "request")]
    request: Duration,
    #[serde(with = "nanos")]
    close: Duration,
    #[serde(with = "nanos")]
    drain: Duration,
}
