//! From settings to the configuration of a session and its client.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::time::Duration;

use rosterline_core::config::{Buffer, Heartbeat, Reconnect};
use rosterline_core::{Auth, Backfill, Config, Endpoint, Misuse, Secret, Service, Subscription, Topic};

use super::urls::{Cloud, Urls};
use super::values::{self, Dialect};
use super::{Settings, Wrong};

/// What `watch` connects with.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) config: Config,
    /// Authorities to trust besides the system's, as PEM.
    pub(crate) authorities: Option<Vec<u8>>,
    /// The proxy's URL. It may hold a password.
    pub(crate) proxy: Option<Secret>,
}

impl Connection {
    /// Reads and checks everything that a session needs.
    pub(crate) fn read(settings: &Settings) -> Result<Self, Wrong> {
        let mut config = match settings.need("dialect", values::dialect)? {
            Dialect::Stream => stream(settings)?,
            Dialect::Notifications => notifications(settings)?,
        };
        config.allow_insecure = settings.is_on("allow-insecure")?;
        config.heartbeat = Heartbeat {
            interval: settings.need("heartbeat", values::duration)?,
            pong_timeout: settings.need("pong-timeout", values::duration)?,
            ..Heartbeat::default()
        };
        config.buffer = Buffer {
            capacity: settings.need("buffer", values::number)?,
            policy: settings.need("policy", values::policy)?,
            pause_max: settings.need("pause-max", values::duration)?,
            ..Buffer::default()
        };
        config.reconnect = Reconnect {
            base: settings.need("backoff-base", values::duration)?,
            max: settings.need("backoff-max", values::duration)?,
            jitter: settings.need("jitter", values::jitter)?,
            max_attempts: settings.need("max-attempts", values::attempts)?,
            ..Reconnect::default()
        };
        config.timeouts.drain = settings.need("drain", values::duration)?;
        config.seed = settings.read("seed", values::number)?.unwrap_or_else(random);
        config.check().map_err(|misuse| refused(settings, &misuse))?;
        let authorities = match settings.text("ca-file") {
            Some(path) => Some(read_file(settings, "ca-file", path)?),
            None => None,
        };
        let proxy = settings.text("proxy").map(Secret::new);
        Ok(Self { config, authorities, proxy })
    }
}

fn stream(settings: &Settings) -> Result<Config, Wrong> {
    let urls = Urls::read(settings)?;
    only_of(settings, &["queue", "user", "conversation", "topic"], "notifications")?;
    let auth = auth(settings, urls.login.as_ref())?;
    let repair = settings.read("repair", values::yes_or_no)?.unwrap_or(false);
    // Also where nobody asks for them: a slip is a slip.
    let settle = settings.need("settle", values::duration)?;
    settings.need("details", values::yes_or_no)?;
    let source = repair.then(|| source(settings, urls.api, settle)).transpose()?;
    let mut config = Config::new(urls.stream, auth, subscription(settings)?);
    if let Service::Stream { backfill, .. } = &mut config.service {
        *backfill = source;
    }
    Ok(config)
}

/// Where the gaps of the stream are filled from.
fn source(settings: &Settings, api_url: Option<Endpoint>, settle: Duration) -> Result<Backfill, Wrong> {
    let Some(api_url) = api_url else {
        let why = "is not set; with --repair on, give it beside --stream-url, or give --region";
        return Err(settings.wrong("api-url", why));
    };
    Ok(Backfill { api_url, settle })
}

fn notifications(settings: &Settings) -> Result<Config, Wrong> {
    let urls = Cloud::read(settings)?;
    only_of(settings, &["interaction", "channel"], "stream")?;
    let topics = topics(settings)?;
    let auth = auth(settings, Some(&urls.login))?;
    let mut config = Config::notifications(urls.api, auth, topics);
    if let Service::Notifications(service) = &mut config.service {
        service.stream_url = urls.stream;
        service.details = settings.need("details", values::yes_or_no)?;
        service.repair = settings.read("repair", values::yes_or_no)?.unwrap_or(true);
        service.settle = settings.need("settle", values::duration)?;
    }
    Ok(config)
}

/// Refuses settings of the other dialect, if they were given on purpose.
fn only_of(settings: &Settings, names: &[&'static str], dialect: &str) -> Result<(), Wrong> {
    match names.iter().find(|name| !settings.list(name).is_empty()) {
        Some(name) => Err(settings
            .wrong(name, format!("is of the {dialect} dialect; give --dialect {dialect}, or leave it out"))),
        None => Ok(()),
    }
}

/// What the flags ask for, each topic once.
fn topics(settings: &Settings) -> Result<Vec<Topic>, Wrong> {
    let mut topics = Vec::new();
    let named = |name: &'static str, make: &dyn Fn(&str) -> Result<Vec<Topic>, Misuse>| {
        settings.read_all(name, |text| make(text).map_err(|wrong| wrong.why.into()))
    };
    let one = |topic: Result<Topic, Misuse>| topic.map(|topic| vec![topic]);
    topics.extend(named("queue", &|id| one(Topic::queue(id)))?);
    topics.extend(named("user", &|id| one(Topic::user(id)))?);
    topics.extend(named("conversation", &|id| Topic::conversation(id))?);
    topics.extend(named("topic", &|name| one(Topic::new(name)))?);
    let mut topics: Vec<Topic> = topics.into_iter().flatten().collect();
    let mut seen = BTreeSet::new();
    topics.retain(|topic| seen.insert(topic.clone()));
    if topics.is_empty() {
        return Err(settings.wrong(
            "queue",
            "is not set; this dialect follows what is named: give --queue, --user, --conversation or --topic",
        ));
    }
    Ok(topics)
}

/// Another seed for each process, so that a fleet does not reconnect in step.
fn random() -> u64 {
    RandomState::new().hash_one(std::process::id())
}

fn subscription(settings: &Settings) -> Result<Subscription, Wrong> {
    let subscription = match settings.list("interaction") {
        [] => Ok(Subscription::all()),
        [one] => Subscription::interaction(one),
        _ => {
            let why = "this dialect follows one interaction or all of them; give one, or leave it out";
            return Err(settings.wrong("interaction", why));
        }
    };
    let all = subscription.and_then(|chosen| chosen.channels(settings.list("channel")));
    all.map_err(|misuse| refused(settings, &misuse))
}

/// A token that is given, or the client's credentials: whichever comes from the stronger origin. The
/// token if both are equally strong: it is the more special wish.
fn auth(settings: &Settings, login_url: Option<&Endpoint>) -> Result<Auth, Wrong> {
    let strength = |name: &str| settings.given(name).map(|given| given.origin.rank());
    let secret = strongest(settings, "client-secret-file", "client-secret");
    let token = strongest(settings, "token-file", "token");
    let token = token.filter(|token| strength(token) >= secret.and_then(strength));
    if let Some(token) = token {
        return Ok(Auth::Token(secret_of(settings, token)?));
    }
    let missing = |name: &str, why: &str| Err(settings.wrong(name, why));
    let Some(client_id) = settings.text("client-id") else {
        return missing(
            "client-id",
            "is not set; set GENESYS_CLIENT_ID, or give --client-id or --token-file",
        );
    };
    let Some(secret) = secret else {
        return missing(
            "client-secret",
            "is not set; set GENESYS_CLIENT_SECRET, or give --client-secret-file",
        );
    };
    let Some(login_url) = login_url.cloned() else {
        return missing(
            "login-url",
            "is not set; give it beside --stream-url, or give --region or --api-url",
        );
    };
    let client_secret = secret_of(settings, secret)?;
    Ok(Auth::ClientCredentials { login_url, client_id: client_id.to_string(), client_secret })
}

/// The one of two settings that comes from the stronger origin; the first if they are equally strong.
fn strongest(settings: &Settings, first: &'static str, second: &'static str) -> Option<&'static str> {
    let rank = |name: &str| settings.given(name).map(|given| given.origin.rank());
    match (rank(first), rank(second)) {
        (None, None) => None,
        (a, b) if a >= b => Some(first),
        _ => Some(second),
    }
}

/// A secret: the text of the setting itself, or of the file that it names, without its last line break.
fn secret_of(settings: &Settings, name: &'static str) -> Result<Secret, Wrong> {
    let text = settings.text(name).unwrap_or_default();
    let secret = if name.ends_with("-file") {
        let bytes = read_file(settings, name, text)?;
        let text =
            String::from_utf8(bytes).map_err(|_| settings.wrong(name, "holds something that is no text"))?;
        Secret::new(text.trim_end_matches(['\r', '\n']))
    } else {
        Secret::new(text)
    };
    let text = secret.expose();
    if text.is_empty() {
        return Err(settings.wrong(name, "is empty"));
    }
    if text.chars().any(char::is_control) {
        return Err(settings.wrong(name, "holds a control character or a second line; a secret is one line"));
    }
    Ok(secret)
}

fn read_file(settings: &Settings, name: &'static str, path: &str) -> Result<Vec<u8>, Wrong> {
    let shown = Path::new(path).display();
    std::fs::read(path).map_err(|error| settings.wrong(name, format!("cannot read {shown}: {error}")))
}

/// What the core found, under the name that the setting has here.
fn refused(settings: &Settings, misuse: &Misuse) -> Wrong {
    let name = match misuse.what {
        "stream_url" if settings.text("stream-url").is_none() => "api-url",
        "stream_url" => "stream-url",
        "api_url" => "api-url",
        "topics" => "topic",
        "login_url" if settings.text("login-url").is_none() => "api-url",
        "login_url" => "login-url",
        "client_id" => "client-id",
        "heartbeat.interval" => "heartbeat",
        "heartbeat.pong_timeout" => "pong-timeout",
        "buffer.capacity" => "buffer",
        "reconnect.base" => "backoff-base",
        "reconnect.max" => "backoff-max",
        "reconnect.max_attempts" => "max-attempts",
        "interaction" => "interaction",
        "channel" => "channel",
        other => return Wrong::new(other, None, &*misuse.why),
    };
    let advice = if misuse.why.contains("no TLS") { "; use TLS, or give --allow-insecure" } else { "" };
    settings.wrong(name, misuse.why.replace("reconnect.base", "backoff-base") + advice)
}

/// How long a closing session is waited for before the process ends without it: the drain, the closing
/// handshake, and a little for the output.
pub(crate) fn patience(config: &Config) -> Duration {
    config.timeouts.drain + config.timeouts.close + Duration::from_secs(2)
}
