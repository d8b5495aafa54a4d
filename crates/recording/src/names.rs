//! The names that stand in a recording for small enums of the core.

use rosterline_core::{Network, Reason, Step};

const NETWORKS: [(Network, &str); 6] = [
    (Network::Dns, "dns"),
    (Network::Connect, "connect"),
    (Network::Tls, "tls"),
    (Network::Proxy, "proxy"),
    (Network::Broken, "broken"),
    (Network::Resource, "resource"),
];

const STEPS: [(Step, &str); 8] = [
    (Step::Token, "token"),
    (Step::Dial, "dial"),
    (Step::Authenticate, "authenticate"),
    (Step::Channel, "channel"),
    (Step::Subscribe, "subscribe"),
    (Step::Repair, "repair"),
    (Step::Ping, "ping"),
    (Step::Pong, "pong"),
];

/// The reasons that refuse a whole frame.
const REASONS: [Reason; 5] =
    [Reason::BadUtf8, Reason::BadJson, Reason::TooLarge, Reason::BadCompression, Reason::Bomb];

pub(crate) fn of_network(kind: Network) -> String {
    name(&NETWORKS, kind)
}

/// A kind of trouble of a later release is that of a broken connection here.
pub(crate) fn network(name: &str) -> Network {
    value(&NETWORKS, name).unwrap_or(Network::Broken)
}

pub(crate) fn of_step(step: Step) -> String {
    name(&STEPS, step)
}

/// A step of a later release counts as dialling.
pub(crate) fn step(name: &str) -> Step {
    value(&STEPS, name).unwrap_or(Step::Dial)
}

pub(crate) fn reason(name: &str) -> Option<Reason> {
    REASONS.into_iter().find(|reason| reason.name() == name)
}

fn name<T: PartialEq + Copy>(table: &[(T, &'static str)], wanted: T) -> String {
    table.iter().find(|(value, _)| *value == wanted).map(|(_, name)| (*name).to_string()).unwrap_or_default()
}

fn value<T: Copy>(table: &[(T, &'static str)], wanted: &str) -> Option<T> {
    table.iter().find(|(_, name)| *name == wanted).map(|(value, _)| *value)
}
