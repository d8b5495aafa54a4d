//! What the REST API knows of the interactions: the truth of the stream, as conversations with sessions (docs/stream.md,
//! section 7).

use std::collections::BTreeMap;

use rosterline_core::{Id, PresenceKind, Timestamp, UnixMillis, Word};
use serde_json::{Map, Value, json};

use super::truth::Truth;
use crate::analytics::Analysed;
use crate::fact::Fact;

/// An interaction, up to a moment.
pub(super) struct Interaction<'t> {
    id: &'t Id,
    stays: Vec<Stay<'t>>,
}

/// One communication of a participant, from its join to its leave.
struct Stay<'t> {
    participant: &'t Id,
    channel: &'t Word,
    from: Timestamp,
    to: Option<Timestamp>,
    reason: Option<&'t Word>,
}

/// All interactions up to a moment, in the order of their beginning.
pub(super) fn interactions(truth: &Truth, until: UnixMillis) -> Vec<Interaction<'_>> {
    gather(truth, until, |_| true)
}

/// One of them.
pub(super) fn interaction<'t>(truth: &'t Truth, id: &Id, until: UnixMillis) -> Option<Interaction<'t>> {
    gather(truth, until, |fact| fact.interaction == *id).pop()
}

fn gather(truth: &Truth, until: UnixMillis, wanted: impl Fn(&Fact) -> bool) -> Vec<Interaction<'_>> {
    let facts = truth.told().map(|told| &told.fact);
    let known = facts.filter(|fact| fact.at.unix_millis() <= until && wanted(fact));
    let mut facts: Vec<(&Fact, PresenceKind)> = known.filter_map(|it| Some((it, it.presence()?))).collect();
    facts.sort_by_key(|(fact, kind)| (fact.at, *kind));
    let mut places: BTreeMap<&Id, usize> = BTreeMap::new();
    let mut all: Vec<Interaction<'_>> = Vec::new();
    for (fact, kind) in facts {
        let id = &fact.interaction;
        let place = *places.entry(id).or_insert(all.len());
        if place == all.len() {
            all.push(Interaction { id, stays: Vec::new() });
        }
        all[place].take(fact, kind);
    }
    all.retain(|interaction| !interaction.stays.is_empty());
    all
}

impl<'t> Interaction<'t> {
    /// A leave without a join is of nobody whom the API knows.
    fn take(&mut self, fact: &'t Fact, kind: PresenceKind) {
        let is_theirs =
            |stay: &&mut Stay<'_>| *stay.participant == fact.participant && *stay.channel == fact.channel;
        let open = self.stays.iter_mut().rev().find(is_theirs).filter(|stay| stay.to.is_none());
        match (kind, open) {
            (PresenceKind::Joined, None) => self.stays.push(Stay {
                participant: &fact.participant,
                channel: &fact.channel,
                from: fact.at,
                to: None,
                reason: None,
            }),
            (PresenceKind::Left, Some(stay)) => {
                (stay.to, stay.reason) = (Some(fact.at), fact.reason.as_ref());
            }
            (PresenceKind::Joined, Some(_)) | (PresenceKind::Left, None) => {}
        }
    }

    /// As the API for conversations shows it.
    pub(super) fn snapshot(&self) -> Value {
        let party = |(number, stay): (usize, &Stay<'_>)| {
            let state = if stay.to.is_some() { "terminated" } else { "connected" };
            let mut call =
                json!({ "id": stay.session(number), "state": state, "connectedTime": stay.from.to_string() });
            if let Some(to) = stay.to {
                call["disconnectedTime"] = to.to_string().into();
            }
            if let Some(reason) = stay.reason {
                call["disconnectType"] = (**reason).into();
            }
            let mut party = Map::new();
            party.insert("id".into(), stay.participant.to_string().into());
            party.insert(list_of(stay.channel).into(), json!([call]));
            Value::Object(party)
        };
        let parties: Vec<Value> = self.stays.iter().enumerate().map(party).collect();
        json!({ "id": self.id.to_string(), "startTime": self.started().to_string(), "participants": parties })
    }
}

impl Stay<'_> {
    fn session(&self, number: usize) -> String {
        format!("{}-{number}", self.participant)
    }
}

impl Analysed for Interaction<'_> {
    fn id(&self) -> &Id {
        self.id
    }

    fn started(&self) -> UnixMillis {
        self.stays.first().map_or(UnixMillis(0), |first| first.from.unix_millis())
    }

    fn ended(&self) -> Option<UnixMillis> {
        let ends: Option<Vec<UnixMillis>> =
            self.stays.iter().map(|stay| Some(stay.to?.unix_millis())).collect();
        ends?.into_iter().max()
    }

    /// The stream knows neither queues nor users nor purposes.
    fn has(&self, _dimension: &str, _value: &str) -> bool {
        false
    }

    fn document(&self) -> Value {
        let party = |(number, stay): (usize, &Stay<'_>)| {
            let mut segment = json!({ "segmentStart": stay.from.to_string(), "segmentType": "interact" });
            if let Some(to) = stay.to {
                segment["segmentEnd"] = to.to_string().into();
            }
            if let Some(reason) = stay.reason {
                segment["disconnectType"] = (**reason).into();
            }
            json!({ "participantId": stay.participant.to_string(), "sessions": [
                { "sessionId": stay.session(number), "mediaType": &**stay.channel, "segments": [segment] }] })
        };
        let parties: Vec<Value> = self.stays.iter().enumerate().map(party).collect();
        let mut out = json!({ "conversationId": self.id.to_string(), "conversationStart": self.started().to_string(),
            "participants": parties });
        if let Some(end) = self.ended() {
            out["conversationEnd"] = end.to_string().into();
        }
        out
    }
}

/// Where the API for conversations keeps the communications of a medium.
fn list_of(channel: &str) -> &str {
    match channel {
        "voice" => "calls",
        "chat" => "chats",
        "video" => "videos",
        other => other,
    }
}
