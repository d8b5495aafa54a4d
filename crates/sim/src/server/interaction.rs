//! An interaction as the REST API has it: participants with their communications (docs/stream.md, section 7).

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;

use rosterline_core::{Id, PresenceKind, Timestamp, UnixMillis, Word};
use serde_json::{Map, Value, json};

use crate::analytics::Analysed;
use crate::fact::Fact;

/// An interaction, up to a moment.
#[derive(Debug)]
pub(super) struct Interaction {
    id: Id,
    stays: Vec<Stay>,
    /// The last communication of each participant in each medium.
    last: HashMap<(Id, Word), usize>,
    /// As the analytics show it, once somebody has asked: a client that repairs asks for the same again and again.
    document: OnceLock<String>,
}

/// One communication of a participant, from its join to its leave.
#[derive(Debug)]
struct Stay {
    participant: Id,
    channel: Word,
    from: Timestamp,
    to: Option<Timestamp>,
    reason: Option<Word>,
}

impl Interaction {
    pub(super) fn new(id: Id) -> Self {
        Self { id, stays: Vec::new(), last: HashMap::new(), document: OnceLock::new() }
    }

    /// Takes the next event in the order of time. A leave without a join is of nobody whom the API knows.
    pub(super) fn take(&mut self, fact: &Fact, kind: PresenceKind) {
        let whose = (fact.participant.clone(), fact.channel.clone());
        let last = self.last.get(&whose).map(|place| &mut self.stays[*place]);
        match (kind, last.filter(|stay| stay.to.is_none())) {
            (PresenceKind::Joined, None) => {
                self.last.insert(whose, self.stays.len());
                self.stays.push(Stay {
                    participant: fact.participant.clone(),
                    channel: fact.channel.clone(),
                    from: fact.at,
                    to: None,
                    reason: None,
                });
            }
            (PresenceKind::Left, Some(stay)) => {
                (stay.to, stay.reason) = (Some(fact.at), fact.reason.clone());
            }
            (PresenceKind::Joined, Some(_)) | (PresenceKind::Left, None) => return,
        }
        self.document = OnceLock::new();
    }

    /// Whether nobody is known to have been in it.
    pub(super) fn is_empty(&self) -> bool {
        self.stays.is_empty()
    }

    /// As the API for conversations shows it.
    pub(super) fn snapshot(&self) -> Value {
        let party = |(number, stay): (usize, &Stay)| {
            let state = if stay.to.is_some() { "terminated" } else { "connected" };
            let mut call =
                json!({ "id": stay.session(number), "state": state, "connectedTime": stay.from.to_string() });
            if let Some(to) = stay.to {
                call["disconnectedTime"] = to.to_string().into();
            }
            if let Some(reason) = &stay.reason {
                call["disconnectType"] = (**reason).into();
            }
            let mut party = Map::new();
            party.insert("id".into(), stay.participant.to_string().into());
            party.insert(list_of(&stay.channel).into(), json!([call]));
            Value::Object(party)
        };
        let parties: Vec<Value> = self.stays.iter().enumerate().map(party).collect();
        json!({ "id": self.id.to_string(), "startTime": self.started().to_string(), "participants": parties })
    }

    fn analysed(&self) -> Value {
        let party = |(number, stay): (usize, &Stay)| {
            let mut segment = json!({ "segmentStart": stay.from.to_string(), "segmentType": "interact" });
            if let Some(to) = stay.to {
                segment["segmentEnd"] = to.to_string().into();
            }
            if let Some(reason) = &stay.reason {
                segment["disconnectType"] = (**reason).into();
            }
            json!({ "participantId": stay.participant.to_string(), "sessions": [
                { "sessionId": stay.session(number), "mediaType": &*stay.channel, "segments": [segment] }] })
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

impl Stay {
    fn session(&self, number: usize) -> String {
        format!("{}-{number}", self.participant)
    }
}

impl Analysed for &Interaction {
    fn id(&self) -> &Id {
        &self.id
    }

    fn started(&self) -> UnixMillis {
        self.stays.first().map_or(UnixMillis(0), |first| first.from.unix_millis())
    }

    fn ended(&self) -> Option<UnixMillis> {
        let is_over = self.stays.iter().all(|stay| stay.to.is_some());
        let ends = self.stays.iter().filter_map(|stay| stay.to);
        ends.max().filter(|_| is_over).map(Timestamp::unix_millis)
    }

    /// The stream knows neither queues nor users nor purposes.
    fn has(&self, _dimension: &str, _value: &str) -> bool {
        false
    }

    fn document(&self) -> Cow<'_, str> {
        self.document.get_or_init(|| self.analysed().to_string()).into()
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
