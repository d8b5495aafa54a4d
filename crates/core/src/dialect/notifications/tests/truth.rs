//! Conversations as they really were, and what each source says of them.

use alloc::collections::BTreeSet;
use alloc::vec;

use proptest::prelude::*;

use super::*;

/// What really happened. Times are milliseconds after noon.
#[derive(Clone, Debug)]
pub(super) struct Truth {
    pub(super) participants: Vec<Vec<Life>>,
}

/// One session. Only agents may be offered what they never take.
#[derive(Clone, Debug)]
pub(super) struct Life {
    pub(super) party: &'static str,
    /// 0: a call, 1: a callback, 2: a chat.
    pub(super) medium: usize,
    pub(super) offered: i64,
    pub(super) joined: Option<i64>,
    pub(super) left: Option<i64>,
}

pub(super) const MEDIA: [(&str, &str, &str); 3] =
    [("calls", "voice", "VOICE"), ("callbacks", "callback", "CALLBACK"), ("chats", "chat", "CHAT")];

/// Something that a source says.
#[derive(Clone, Copy, Debug)]
pub(super) enum Said {
    /// The whole conversation as it stood then; vaguely, without times where there is only one session.
    Snapshot { at: i64, vague: bool },
    /// The same from a topic for calls alone.
    Flat { at: i64 },
    /// The same from the analytics.
    Page { at: i64 },
    /// The start or the end of a session, told with an error of less than a second.
    Detail { participant: usize, session: usize, is_end: bool, error: i64 },
}

fn life() -> impl Strategy<Value = Life> {
    let party = prop::sample::select(vec!["customer", "acd", "flow", "user", "user", "user"]);
    let length = || prop::option::weighted(0.7, 5_000..600_000i64);
    (party, 0..3usize, 0..600_000i64, 0..60_000i64, length(), any::<bool>()).prop_map(
        |(party, medium, offered, ringing, length, answered)| {
            let answered = answered || party != "user";
            let ringing = if party == "user" { ringing } else { 0 };
            let joined = answered.then_some(offered + ringing);
            let left = length.map(|length| offered + ringing + length);
            Life { party, medium, offered, joined, left }
        },
    )
}

fn truth() -> impl Strategy<Value = Truth> {
    let participant = prop::collection::vec(life(), 1..3).prop_map(|mut sessions| {
        // A participant is one thing, and has at most one session on a medium.
        let party = sessions[0].party;
        for (position, session) in sessions.iter_mut().enumerate() {
            session.medium = (session.medium + position) % 3;
            session.party = party;
            session.joined = session.joined.or((party != "user").then_some(session.offered));
        }
        let mut media = BTreeSet::new();
        sessions.retain(|session| media.insert(session.medium));
        sessions
    });
    prop::collection::vec(participant, 1..5).prop_map(|participants| Truth { participants })
}

fn said(truth: &Truth) -> impl Strategy<Value = Said> + use<> {
    let sessions: Vec<(usize, usize)> = truth
        .participants
        .iter()
        .enumerate()
        .flat_map(|(participant, sessions)| (0..sessions.len()).map(move |session| (participant, session)))
        .collect();
    let moment = 0..1_300_000i64;
    let detail = (prop::sample::select(sessions), any::<bool>(), -900..900i64);
    prop_oneof![
        4 => (moment.clone(), any::<bool>()).prop_map(|(at, vague)| Said::Snapshot { at, vague }),
        1 => moment.clone().prop_map(|at| Said::Flat { at }),
        1 => moment.prop_map(|at| Said::Page { at }),
        4 => detail.prop_map(|((participant, session), is_end, error)| {
            Said::Detail { participant, session, is_end, error }
        }),
    ]
}

pub(super) fn history() -> impl Strategy<Value = (Truth, Vec<Said>)> {
    truth().prop_flat_map(|truth| {
        let said = prop::collection::vec(said(&truth), 0..24);
        (Just(truth), said)
    })
}

pub(super) fn noon(millis_: i64) -> Timestamp {
    UnixMillis(millis("12:00:00") + millis_).into()
}

fn text(time: Option<i64>) -> Value {
    time.map_or(Value::Null, |time| json!(noon(time).to_string()))
}

impl Life {
    fn until(&self, at: i64) -> Option<Self> {
        let by = |time: Option<i64>| time.filter(|time| *time <= at);
        (self.offered <= at).then(|| Self { joined: by(self.joined), left: by(self.left), ..self.clone() })
    }

    pub(super) const fn facts(&self) -> usize {
        match (self.joined, self.left) {
            (None, _) => 0,
            (Some(_), None) => 1,
            (Some(_), Some(_)) => 2,
        }
    }

    const fn state(&self) -> &'static str {
        match (self.joined, self.left) {
            (_, Some(_)) => "disconnected",
            (Some(_), None) => "connected",
            (None, None) => "alerting",
        }
    }

    fn purpose(&self) -> &'static str {
        match self.party {
            "user" => "agent",
            "flow" => "ivr",
            other => other,
        }
    }
}

/// What a participant has been through until then.
pub(super) fn until(sessions: &[Life], at: i64) -> Vec<(usize, Life)> {
    sessions.iter().enumerate().filter_map(|(index, life)| Some((index, life.until(at)?))).collect()
}

pub(super) fn all_media(truth: &Truth, at: i64, vague: bool) -> Value {
    let participants = truth.participants.iter().enumerate().map(|(index, sessions)| {
        let sessions = until(sessions, at);
        let vague = vague && sessions.len() == 1;
        let mut participant = json!({ "id": format!("p{index}") });
        for (number, life) in sessions {
            let shown = |time: Option<i64>| text(time.filter(|_| !vague));
            participant["purpose"] = json!(life.purpose());
            participant[MEDIA[life.medium].0] = json!([{
                "id": format!("p{index}-s{number}"), "state": life.state(), "connectedTime": shown(life.joined),
                "disconnectedTime": shown(life.left),
            }]);
            if vague {
                participant["connectedTime"] = text(life.joined);
            }
        }
        participant
    });
    conversation(&participants.collect::<Vec<_>>())
}

pub(super) fn calls_alone(truth: &Truth, at: i64) -> Value {
    let mut participants = Vec::new();
    for (index, sessions) in truth.participants.iter().enumerate() {
        for (_, life) in until(sessions, at).iter().filter(|(_, life)| life.medium == 0) {
            participants.push(json!({
                "id": format!("p{index}"), "purpose": life.purpose(), "state": life.state(),
                "connectedTime": text(life.joined), "endTime": text(life.left),
            }));
        }
    }
    conversation(&participants)
}

pub(super) fn analytics(truth: &Truth, at: i64) -> Value {
    let participants = truth.participants.iter().enumerate().map(|(index, sessions)| {
        let sessions = until(sessions, at).into_iter().map(|(number, life)| {
            let alert_end = life.joined.or(life.left);
            let mut segments = vec![json!({
                "segmentType": "alert", "segmentStart": text(Some(life.offered)), "segmentEnd": text(alert_end),
            })];
            if life.joined.is_some() {
                segments.push(json!({
                    "segmentType": "interact", "segmentStart": text(life.joined), "segmentEnd": text(life.left),
                }));
            }
            json!({
                "sessionId": format!("p{index}-s{number}"), "mediaType": MEDIA[life.medium].1, "segments": segments,
            })
        });
        json!({ "participantId": format!("p{index}"), "sessions": sessions.collect::<Vec<_>>() })
    });
    json!({ "conversationId": CONVERSATION, "participants": participants.collect::<Vec<_>>() })
}

/// The frame of a detail event, if what it tells has happened, and how many facts that is.
pub(super) fn event(
    truth: &Truth,
    participant: usize,
    session: usize,
    is_end: bool,
    error: i64,
) -> Option<(String, usize)> {
    let life = &truth.participants[participant][session];
    let time = if is_end { life.left? } else { life.joined.unwrap_or(life.offered) };
    let talked = life.joined.map_or(0, |joined| time - joined);
    let body = json!({
        "eventTime": millis("12:00:00") + time + error, "participantId": format!("p{participant}"),
        "sessionId": format!("p{participant}-s{session}"), "mediaType": MEDIA[life.medium].2,
        "interactingDurationMs": talked / 3, "heldDurationMs": talked - talked / 3,
    });
    let facts = match (life.party, is_end) {
        ("user", false) => 0,
        ("user", true) => life.facts(),
        _ => 1,
    };
    Some((detail(&format!("{}.{}", life.party, if is_end { "end" } else { "start" }), &body), facts))
}
