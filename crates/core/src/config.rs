//! What a session is told at its start. Every default carries its reason or its section of
//! docs/stream.md.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use crate::endpoint::Endpoint;
use crate::{Misuse, Secret, Subscription, Topic};

pub use crate::service::{Backfill, Notifications, Resume, Service};

/// The settings of a [`Session`](crate::Session).
#[derive(Clone, Debug)]
pub struct Config {
    /// Which service, and what to ask it for.
    pub service: Service,
    /// Where tokens come from.
    pub auth: Auth,
    /// Liveness of a connection.
    pub heartbeat: Heartbeat,
    /// The buffer between the connection and the application.
    pub buffer: Buffer,
    /// Reconnecting.
    pub reconnect: Reconnect,
    /// Bounds on what a peer can make us do.
    pub limits: Limits,
    /// How long each step may take.
    pub timeouts: Timeouts,
    /// Deliver events of unknown type as [`Event::Unknown`](crate::Event::Unknown) instead of counting
    /// them as filtered. Off by default.
    pub deliver_unknown: bool,
    /// Allow URLs without TLS to hosts other than loopback. Off by default: a token would travel in clear.
    pub allow_insecure: bool,
    /// Secrets besides those of `auth` that are taken out of what a server says before anybody sees it: those of
    /// a login that the session does not know, under [`Auth::External`].
    pub secrets: Vec<Secret>,
    /// What was known when a run before this one ended: what happened since may be missing, and is one gap.
    pub resume: Option<Resume>,
    /// The seed of every random draw. Give each session another one, so that a fleet does not reconnect
    /// in step; give the same one to see the same run again.
    pub seed: u64,
}

impl Config {
    /// Settings for the `stream` dialect at `stream_url`, everything else at its default.
    #[must_use]
    pub fn new(stream_url: Endpoint, auth: Auth, subscription: Subscription) -> Self {
        Self::of(Service::Stream { url: stream_url, subscription, backfill: None }, auth)
    }

    /// Settings for the `notifications` dialect with the API at `api_url`, everything else at its default.
    #[must_use]
    pub fn notifications(api_url: Endpoint, auth: Auth, topics: Vec<Topic>) -> Self {
        let settle = Duration::from_secs(60);
        let service =
            Notifications { api_url, stream_url: None, topics, details: false, repair: true, settle };
        Self::of(Service::Notifications(service), auth)
    }

    /// Where the event stream is, as far as the settings say it: in the `notifications` dialect the service does.
    #[must_use]
    pub const fn stream_url(&self) -> Option<&Endpoint> {
        match &self.service {
            Service::Stream { url, .. } => Some(url),
            Service::Notifications(service) => service.stream_url.as_ref(),
        }
    }

    /// The subscription of the `stream` dialect.
    #[must_use]
    pub const fn subscription(&self) -> Option<&Subscription> {
        match &self.service {
            Service::Stream { subscription, .. } => Some(subscription),
            Service::Notifications(_) => None,
        }
    }

    fn of(service: Service, auth: Auth) -> Self {
        Self {
            service,
            auth,
            heartbeat: Heartbeat::default(),
            buffer: Buffer::default(),
            reconnect: Reconnect::default(),
            limits: Limits::default(),
            timeouts: Timeouts::default(),
            deliver_unknown: false,
            allow_insecure: false,
            secrets: Vec::new(),
            resume: None,
            seed: 0,
        }
    }

    /// Finds what cannot work before anything is dialled.
    ///
    /// # Errors
    /// Names the first setting that is out of range, and the range.
    pub fn check(&self) -> Result<(), Misuse> {
        self.service.check(self.allow_insecure)?;
        if let Auth::ClientCredentials { login_url, client_id, .. } = &self.auth {
            login_url.check("login_url", &["https", "http"], self.allow_insecure)?;
            if client_id.is_empty() {
                return Err(Misuse::new("client_id", "is empty"));
            }
        }
        let (beat, buffer, again) = (&self.heartbeat, &self.buffer, &self.reconnect);
        let shortest = Duration::from_millis(10);
        let rules = [
            ("heartbeat.interval", beat.interval >= shortest, "must be 10 ms or more"),
            ("heartbeat.pong_timeout", beat.pong_timeout >= shortest, "must be 10 ms or more"),
            ("heartbeat.write_timeout", beat.write_timeout >= shortest, "must be 10 ms or more"),
            ("buffer.capacity", (1..=1 << 24).contains(&buffer.capacity), "must be 1 to 16,777,216 events"),
            ("buffer.bytes", buffer.bytes >= 64 << 10, "must be 64 KiB or more"),
            ("buffer.drop_warning", buffer.drop_warning <= 100, "must be 0 to 100 percent"),
            ("reconnect.base", again.base >= Duration::from_millis(1), "must be 1 ms or more"),
            ("reconnect.max", again.max >= again.base, "must not be below reconnect.base"),
            ("reconnect.max_attempts", again.max_attempts != Some(0), "must be 1 or more"),
            ("reconnect.dial_burst", again.dial_burst >= 1, "must be 1 or more"),
            ("limits.frame", self.limits.frame >= 1024, "must be 1,024 bytes or more"),
            ("limits.bad_frames", self.limits.bad_frames >= 1, "must be 1 or more"),
        ];
        match rules.into_iter().find(|(_, holds, _)| !holds) {
            Some((what, _, why)) => Err(Misuse::new(what, why)),
            None => Ok(()),
        }
    }
}

/// Where tokens come from (section 1).
#[derive(Clone, Debug)]
pub enum Auth {
    /// The session asks for them itself, by OAuth 2.0 client credentials, and renews them.
    ClientCredentials {
        /// The base of the token URL; `/oauth/token` is added.
        login_url: Endpoint,
        /// The client's id.
        client_id: String,
        /// The client's secret.
        client_secret: Secret,
    },
    /// This one, as long as the server takes it. It cannot be renewed.
    Token(Secret),
    /// The session asks its caller, by [`Action::Token`](crate::Action::Token): for a cache that several
    /// sessions share, or for an application with a login of its own.
    External,
}

/// Liveness of a connection (section 5).
#[derive(Clone, Debug)]
pub struct Heartbeat {
    /// From one ping to the next. 30 s; 10 ms at least.
    pub interval: Duration,
    /// From a ping to its pong. 10 s.
    pub pong_timeout: Duration,
    /// For writing a ping. 5 s.
    pub write_timeout: Duration,
    /// Accept nothing but the pong as proof of life. Off by default.
    pub strict: bool,
}

impl Default for Heartbeat {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(30),
            pong_timeout: Duration::from_secs(10),
            write_timeout: Duration::from_secs(5),
            strict: false,
        }
    }
}

/// The buffer between the connection and the application (section 6).
#[derive(Clone, Debug)]
pub struct Buffer {
    /// How many events it holds. 1,024. Under [`Policy::Pause`] one frame may go over it.
    pub capacity: usize,
    /// How much memory its events may take, in bytes. 64 MiB: 1,024 events are far below it, unless a peer sends
    /// names of megabytes.
    pub bytes: usize,
    /// What happens when it is full.
    pub policy: Policy,
    /// How long [`Policy::Pause`] may pause at a time before it drops the oldest. 60 s.
    pub pause_max: Duration,
    /// Share of dropped events in a window, in percent, above which a warning is given. 5.
    pub drop_warning: u8,
    /// The length of that window. 10 s: the interval at which metrics are reported.
    pub drop_window: Duration,
    /// A batch that takes the application longer than this is reported. 500 ms.
    pub lag: Duration,
    /// Let the measured lag move the high-water mark at which reading pauses. Off by default.
    pub adaptive: bool,
}

impl Default for Buffer {
    fn default() -> Self {
        Self {
            capacity: 1024,
            bytes: 64 << 20,
            policy: Policy::Pause,
            pause_max: Duration::from_secs(60),
            drop_warning: 5,
            drop_window: Duration::from_secs(10),
            lag: Duration::from_millis(500),
            adaptive: false,
        }
    }
}

/// What happens when the buffer is full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Policy {
    /// Stop reading the socket, so that nothing is lost, for [`Buffer::pause_max`] at most.
    #[default]
    Pause,
    /// Drop the oldest buffered event.
    DropOldest,
    /// Drop the event that has just come.
    DropNewest,
    /// End the session.
    End,
}

impl Policy {
    /// All of them, the one that loses least by its nature first.
    pub const ALL: [Self; 4] = [Self::Pause, Self::DropOldest, Self::DropNewest, Self::End];

    /// The name on the command line and in the configuration file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::DropOldest => "drop-oldest",
            Self::DropNewest => "drop-newest",
            Self::End => "end",
        }
    }
}

/// Reconnecting (section 7).
#[derive(Clone, Debug)]
pub struct Reconnect {
    /// The delay before the first new attempt; it doubles from there. 1 s.
    pub base: Duration,
    /// The longest delay. 30 s.
    pub max: Duration,
    /// Draw each delay from zero to its value ("full jitter"), above a floor of 100 ms. On by default.
    pub jitter: bool,
    /// Attempts in a row that fail to go live before the session gives up; `None` for no limit. 5.
    pub max_attempts: Option<u32>,
    /// A connection that has been live for so long starts the doubling again. 60 s.
    pub healthy_after: Duration,
    /// Dials that may be made at once, whatever the delays say. 30.
    pub dial_burst: u32,
    /// After that, one dial in this time. 30 s.
    pub dial_refill: Duration,
}

impl Default for Reconnect {
    fn default() -> Self {
        Self {
            base: Duration::from_secs(1),
            max: Duration::from_secs(30),
            jitter: true,
            max_attempts: Some(5),
            healthy_after: Duration::from_secs(60),
            dial_burst: 30,
            dial_refill: Duration::from_secs(30),
        }
    }
}

/// Bounds on what a peer can make us do (section 4).
#[derive(Clone, Debug)]
pub struct Limits {
    /// The largest frame, in bytes. 4 MiB.
    pub frame: usize,
    /// What a compressed frame may grow to, in bytes. 16 MiB.
    pub inflated: usize,
    /// What a compressed frame may grow to, in multiples of its size. 200.
    pub ratio: usize,
    /// Take a binary frame that is neither JSON, gzip nor zlib for raw deflate. Off by default: anything
    /// can look like it.
    pub raw_deflate: bool,
    /// So many frames in a row that cannot be opened end the connection. 50.
    pub bad_frames: u32,
    /// How many events the duplicate filter remembers. 65,536: a busy site's last quarter of an hour, in
    /// 2 MiB at the most. At most 268,435,456.
    pub duplicates: usize,
    /// An event dated further ahead than this does not count as the newest. 5 min: more than clocks of
    /// servers differ.
    pub future: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            frame: 4 << 20,
            inflated: 16 << 20,
            ratio: 200,
            raw_deflate: false,
            bad_frames: 50,
            duplicates: 1 << 16,
            future: Duration::from_secs(300),
        }
    }
}

/// How long each step may take (sections 1, 2, 3 and 7).
#[derive(Clone, Debug)]
pub struct Timeouts {
    /// The whole token request. 10 s.
    pub token: Duration,
    /// From dialling to the end of the opening handshake. 15 s.
    pub dial: Duration,
    /// The answer to the authentication message. 10 s.
    pub authenticate: Duration,
    /// The answer to the subscription. 10 s.
    pub subscribe: Duration,
    /// Any other request to the REST API. 15 s.
    pub request: Duration,
    /// The answer to our close frame. 3 s.
    pub close: Duration,
    /// For the application to take what is buffered, once the session closes. 5 s.
    pub drain: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            token: Duration::from_secs(10),
            dial: Duration::from_secs(15),
            authenticate: Duration::from_secs(10),
            subscribe: Duration::from_secs(10),
            request: Duration::from_secs(15),
            close: Duration::from_secs(3),
            drain: Duration::from_secs(5),
        }
    }
}
