//! What the tool has to say, line by line, and the fields of each line in the order of the contract.

use std::time::Duration;

use rosterline_core::{
    Cause, Detail, Event, Gap, Histogram, Presence, Rejected, State, Stats, Status, Timestamp, UnixMillis,
    Unknown,
};
use rosterline_timeline::Timeline;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// One line of the output.
#[derive(Clone, Debug)]
pub(crate) enum Line {
    Event(Presence),
    Raw(Unknown),
    Timeline(Box<Timeline>),
    /// A gap, and once it is closed, how many events were recovered.
    Gap(Gap, Option<u64>),
    Status(Status),
    /// The end of the session.
    Ended(Cause, u32, UnixMillis),
    Rejected(Rejected),
    Summary(Box<Summary>),
}

impl Serialize for Line {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Event(presence) => event(presence, serializer),
            Self::Raw(unknown) => raw(unknown, serializer),
            Self::Timeline(timeline) => TimelineLine { kind: "timeline", timeline }.serialize(serializer),
            Self::Gap(gap, recovered) => self::gap(gap, *recovered, serializer),
            Self::Status(Status { state, attempt, at, detail }) => {
                status(*state, *attempt, *at, &self::detail(detail), serializer)
            }
            Self::Ended(cause, attempt, at) => status(State::Ended, *attempt, *at, &why(cause), serializer),
            Self::Rejected(rejected) => self::rejected(rejected, serializer),
            Self::Summary(summary) => summary.serialize(serializer),
        }
    }
}

/// Serializes through `Display`.
struct Text<T>(T);

impl<T: std::fmt::Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

fn event<S: Serializer>(event: &Presence, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("kind", "event")?;
    map.serialize_entry("at", &Text(event.at))?;
    map.serialize_entry("received", &Text(event.received))?;
    map.serialize_entry("interaction", &Text(&event.interaction))?;
    map.serialize_entry("participant", &Text(&event.participant))?;
    map.serialize_entry("action", event.kind.name())?;
    map.serialize_entry("channel", &*event.channel)?;
    if let Some(reason) = &event.reason {
        map.serialize_entry("reason", &**reason)?;
    }
    if let Some(leg) = &event.leg {
        map.serialize_entry("purpose", &*leg.purpose)?;
        if let Some(user) = &leg.user {
            map.serialize_entry("user", &Text(user))?;
        }
        if let Some(queue) = &leg.queue {
            map.serialize_entry("queue", &Text(queue))?;
        }
        map.serialize_entry("session", &Text(&leg.session))?;
        map.serialize_entry("source", leg.source.name())?;
    }
    map.end()
}

fn raw<S: Serializer>(unknown: &Unknown, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("kind", "raw")?;
    map.serialize_entry("received", &Text(unknown.received))?;
    map.serialize_entry("type", &*unknown.kind)?;
    // As it came, but on one line: the peer may have written line breaks between its fields.
    match serde_json::from_str::<&RawValue>(&unknown.json) {
        Ok(json) if !unknown.json.contains(['\n', '\r']) => map.serialize_entry("event", json)?,
        Ok(_) => map.serialize_entry("event", &serde_json::from_str::<Value>(&unknown.json).ok())?,
        Err(_) => map.serialize_entry("event", &*unknown.json)?,
    }
    map.end()
}

#[derive(Serialize)]
struct TimelineLine<'a> {
    kind: &'static str,
    #[serde(flatten)]
    timeline: &'a Timeline,
}

fn gap<S: Serializer>(gap: &Gap, recovered: Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("kind", "gap")?;
    map.serialize_entry("id", &gap.id.0)?;
    map.serialize_entry("cause", gap.cause.name())?;
    map.serialize_entry("from", &Text(gap.from))?;
    map.serialize_entry("to", &Text(gap.to))?;
    map.serialize_entry("dropped", &gap.dropped)?;
    map.serialize_entry("repaired", &recovered.is_some())?;
    if let Some(recovered) = recovered {
        map.serialize_entry("recovered", &recovered)?;
    }
    map.end()
}

fn rejected<S: Serializer>(rejected: &Rejected, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("kind", "rejected")?;
    map.serialize_entry("reason", rejected.reason.name())?;
    map.serialize_entry("where", &Text(rejected.place))?;
    map.serialize_entry("count", &rejected.count)?;
    map.end()
}

/// The fields of a status's `detail`, in their order.
pub(crate) type Details = Vec<(&'static str, Value)>;

fn status<S: Serializer>(
    state: State,
    attempt: u32,
    at: UnixMillis,
    detail: &Details,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    struct Object<'a>(&'a Details);
    impl Serialize for Object<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
        }
    }
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("kind", "status")?;
    map.serialize_entry("at", &Text(at))?;
    map.serialize_entry("state", state.name())?;
    map.serialize_entry("attempt", &attempt)?;
    map.serialize_entry("detail", &Object(detail))?;
    map.end()
}

/// What a status has to say beside its state.
pub(crate) fn detail(detail: &Detail) -> Details {
    let news = |what: &str| ("news", Value::from(what));
    match detail {
        Detail::None => Vec::new(),
        Detail::Retry { cause, delay } => {
            let mut fields = why(cause);
            fields.push(("delay_ms", millis(*delay).into()));
            fields
        }
        Detail::TokenRenewed => vec![news("token-renewed")],
        Detail::RenewalFailed(cause) => {
            let mut fields = vec![news("renewal-failed")];
            fields.extend(why(cause));
            fields
        }
        Detail::Lagging { took } => vec![news("lagging"), ("took_ms", millis(*took).into())],
        Detail::Dropping { dropped, received } => {
            vec![news("dropping"), ("dropped", (*dropped).into()), ("received", (*received).into())]
        }
        Detail::ClockMoved { by_ms } => vec![news("clock-moved"), ("by_ms", (*by_ms).into())],
        Detail::PauseEnded => vec![news("pause-ended")],
        Detail::Moving { why } => vec![news("moving"), ("why", why.name().into())],
        Detail::Moved => vec![news("moved")],
        Detail::MoveFailed(cause) => {
            let mut fields = vec![news("move-failed")];
            fields.extend(why(cause));
            fields
        }
        Detail::TopicRefused { topic, why } => {
            vec![news("topic-refused"), ("topic", (&**topic).into()), ("reason", (&**why).into())]
        }
        Detail::RepairFailed { gap, cause } => {
            let mut fields = vec![news("repair-failed"), ("gap", gap.0.into())];
            fields.extend(why(cause));
            fields
        }
        Detail::Notice { status, message } => {
            vec![news("notice"), ("status", (&**status).into()), ("message", (&**message).into())]
        }
        // A detail of a later core: its state still stands.
        _ => Vec::new(),
    }
}

/// A cause in words, what to do about it, and its number where it has one.
pub(crate) fn why(cause: &Cause) -> Details {
    let mut fields = vec![("cause", Value::from(cause.to_string()))];
    if !cause.hint().is_empty() {
        fields.push(("hint", cause.hint().into()));
    }
    fields.extend(number(cause));
    fields
}

/// The close code or the HTTP status behind a cause.
fn number(cause: &Cause) -> Option<(&'static str, Value)> {
    match cause {
        Cause::Exhausted { last, .. } => number(last),
        Cause::Closed { code, .. } | Cause::Protocol { code, .. } => Some(("code", (*code).into())),
        Cause::Http { status, .. } => Some(("http_status", (*status).into())),
        // Without a closing handshake: what RFC 6455 calls 1006.
        Cause::Network { step, .. } => step.is_none().then(|| ("code", 1006.into())),
        Cause::Requested | Cause::Overflow | Cause::Timeout(_) | Cause::BadToken(_) => None,
        Cause::Refused { .. } | Cause::BadFrames { .. } | Cause::BadReply { .. } => None,
        // Or a cause of a later core.
        Cause::ChannelGone | Cause::ChannelTaken | Cause::ChannelContention { .. } | _ => None,
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// The last line: everything that was counted.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Summary {
    kind: &'static str,
    pub(crate) received: u64,
    pub(crate) delivered: u64,
    pub(crate) filtered: u64,
    pub(crate) duplicate: u64,
    pub(crate) rejected: u64,
    pub(crate) dropped: u64,
    pub(crate) reconnects: u64,
    pub(crate) gaps: u64,
    pub(crate) gaps_repaired: u64,
    pub(crate) interactions: u64,
    /// Events that were delivered when their interaction had left memory.
    pub(crate) too_late: u64,
    pub(crate) rtt_ms: RoundTrips,
    pub(crate) latency_ms: Latency,
    pub(crate) seconds: f64,
}

/// Round trips of the heartbeat, in milliseconds; 0 where none was measured.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct RoundTrips {
    pub(crate) last: f64,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

/// From a frame's arrival to its event's place in the output, in milliseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Latency {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    pub(crate) p999: f64,
}

impl Latency {
    pub(crate) fn of(histogram: &Histogram) -> Self {
        let at = |per_mille| in_millis(histogram.quantile(per_mille));
        Self { p50: at(500), p99: at(990), p999: at(999) }
    }
}

/// Milliseconds to the microsecond; 0 for nothing.
fn in_millis(duration: Option<Duration>) -> f64 {
    duration.map_or(0.0, |duration| duration.as_micros() as f64 / 1000.0)
}

impl Summary {
    /// The numbers at the end. What is still buffered will never be taken: it counts as dropped.
    pub(crate) fn new(
        stats: &Stats,
        latency: &Histogram,
        interactions: u64,
        too_late: u64,
        ran: Duration,
    ) -> Self {
        let trips = &stats.round_trip;
        Self {
            kind: "summary",
            received: stats.received,
            delivered: stats.delivered,
            filtered: stats.filtered,
            duplicate: stats.duplicate,
            rejected: stats.rejected,
            dropped: stats.dropped + stats.buffered,
            reconnects: stats.reconnects,
            gaps: stats.gaps,
            gaps_repaired: stats.gaps_repaired,
            interactions,
            too_late,
            rtt_ms: RoundTrips {
                last: in_millis(trips.last),
                p50: in_millis(trips.histogram.quantile(500)),
                p99: in_millis(trips.histogram.quantile(990)),
            },
            latency_ms: Latency::of(latency),
            seconds: millis(ran) as f64 / 1000.0,
        }
    }

    /// Whether every received event is accounted for.
    pub(crate) fn adds_up(&self) -> bool {
        self.received == self.delivered + self.filtered + self.duplicate + self.rejected + self.dropped
    }
}

/// The line that an event of the session makes, except for those of timelines. `wall`: when it was taken.
pub(crate) fn line(event: Event, attempt: u32, wall: UnixMillis) -> Option<Line> {
    match event {
        Event::Presence(presence) => Some(Line::Event(presence)),
        Event::Unknown(unknown) => Some(Line::Raw(unknown)),
        Event::Status(status) => Some(Line::Status(status)),
        Event::Gap(gap) => Some(Line::Gap(gap, None)),
        Event::Repaired(repair) => Some(Line::Gap(repair.gap, Some(repair.recovered))),
        Event::Rejected(rejected) => Some(Line::Rejected(rejected)),
        Event::Ended(cause) => Some(Line::Ended(cause, attempt, wall)),
        // It stands in its timeline. And of an event of a later core this release knows nothing to say.
        Event::Unanswered(_) | _ => None,
    }
}

/// A wall-clock time, as the timestamps of events are written.
pub(crate) fn wall(at: UnixMillis) -> Timestamp {
    Timestamp::from(at)
}
