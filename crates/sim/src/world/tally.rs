//! How often what has occurred: a run in which something never did has not tested it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// Counts by name, in groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<(&'static str, Cow<'static, str>), u64>);

impl Tally {
    /// One more.
    pub(crate) fn count(&mut self, group: &'static str, name: impl Into<Cow<'static, str>>) {
        *self.0.entry((group, name.into())).or_default() += 1;
    }

    /// Takes the counts of another one over.
    pub fn add(&mut self, other: &Self) {
        for (key, count) in &other.0 {
            *self.0.entry(key.clone()).or_default() += count;
        }
    }

    /// Every count, by group and name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str, u64)> {
        self.0.iter().map(|((group, name), count)| (*group, &**name, *count))
    }

    /// What of this has not occurred.
    pub(crate) fn missing(&self, expected: Expected) -> Vec<(&'static str, &'static str)> {
        let all = expected.iter().flat_map(|(group, names)| names.iter().map(|name| (*group, *name)));
        all.filter(|(group, name)| !self.0.contains_key(&(*group, Cow::Borrowed(*name)))).collect()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut last = "";
        for (group, name, count) in self.iter() {
            if group != last {
                writeln!(f, "{}{group}", if last.is_empty() { "" } else { "\n" })?;
                last = group;
            }
            writeln!(f, "  {count:>12}  {name}")?;
        }
        Ok(())
    }
}

/// How the state that an application sees can change; that a session is over is its last item, and no state.
pub(crate) const EDGES: [&str; 11] = [
    "authenticating -> subscribing",
    "authenticating -> waiting",
    "connecting -> authenticating",
    "connecting -> waiting",
    "draining -> ended",
    "live -> draining",
    "live -> subscribing",
    "live -> waiting",
    "subscribing -> live",
    "subscribing -> waiting",
    "waiting -> connecting",
];

/// Names, in groups, of what has to occur in a run of many worlds.
pub(crate) type Expected = &'static [(&'static str, &'static [&'static str])];

/// What has to occur.
pub(crate) const EXPECTED: Expected = &[
    (
        "trouble",
        &[
            "clock-set",
            "clog",
            "close",
            "contradiction",
            "cut",
            "deaf",
            "dialogue",
            "flood",
            "garbage",
            "half-open",
            "handshake",
            "login",
            "nap",
            "pause",
            "reset",
            "resubscribe",
            "silent-in",
            "silent-out",
            "slow",
            "suspend",
            "unreachable",
        ],
    ),
    ("state", &EDGES),
    ("request", &["token", "repair"]),
    (
        "timer",
        &[
            "TokenRequest",
            "TokenRenewal",
            "Repair",
            "Retry",
            "Step",
            "Healthy",
            "Ping",
            "PingWrite",
            "Pong",
            "Pause",
            "CloseAnswer",
            "Drain",
        ],
    ),
    (
        "closed by the server",
        &["1000", "1001", "1002", "1008", "1009", "1011", "1012", "1013", "4000", "4401", "4403"],
    ),
    ("end of a connection", &["Broken", "status 401", "status 503", "protocol 1009", "dropped"]),
    ("end of a session", &["Requested", "Overflow", "Refused", "Exhausted"]),
    ("failure", &["Dns", "Connect", "Tls", "Proxy", "Broken", "Resource"]),
    ("gap", &["reconnect", "ended", "overflow", "shutdown", "repaired"]),
    (
        "rejected",
        &[
            "bad-utf8",
            "bad-json",
            "too-large",
            "bad-compression",
            "missing-field",
            "bad-field",
            "bad-timestamp",
            "bad-event",
        ],
    ),
    (
        "news",
        &[
            "token renewed",
            "renewal failed",
            "lagging",
            "dropping",
            "clock moved",
            "pause ended",
            "notice",
            "unknown event",
        ],
    ),
    (
        "anomaly",
        &["conflict", "future-time", "joined-twice", "late", "left-twice", "left-without-join", "still-open"],
    ),
    ("timeline", &["completed", "amended", "final", "evicted"]),
];
