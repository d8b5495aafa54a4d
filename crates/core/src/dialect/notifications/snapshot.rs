//! Snapshots of a whole conversation (docs/notifications.md, section 2): from an all-media topic, from a media topic, and
//! from the REST API. One reader takes all three; they differ in what they leave out.

use crate::rejected::Path;
use crate::wire::json::Json;
use crate::{Id, Reason, Timestamp, Word};

use super::spelling;
use super::statement::{Account, Moment, Report, Statement, Wrong};

/// A snapshot that is not read yet.
pub(crate) struct Snapshot<'a> {
    body: Json<'a>,
    /// What the body is called.
    root: &'static str,
    account: Account,
    /// The end of a media topic's name, as `calls`; empty for anything else.
    list: &'a str,
}

impl<'a> Snapshot<'a> {
    /// The body of a frame; `list` is the end of a media topic's name, and empty for an all-media topic.
    pub(super) const fn of_topic(body: Json<'a>, list: &'a str) -> Self {
        Self { body, root: "eventBody", account: Account::Snapshot, list }
    }

    /// The answer to a request for one conversation (section 6).
    pub(crate) const fn of_answer(body: Json<'a>) -> Self {
        Self { body, root: "body", account: Account::Conversation, list: "" }
    }

    fn conversation(&self, each: &mut dyn FnMut(Result<Statement, Wrong>)) -> Result<(), Wrong> {
        let at = Path::new(self.root);
        let [id, participants, end] = at.object(self.body, &["id", "participants", "endTime"])?;
        let conversation = at.name("id", id)?;
        let ended = at.time("endTime", end)?;
        let mut index = 0;
        at.list("participants", participants, |json| {
            let at = at.step("participants", index);
            index += 1;
            match self.participant(at, json, &conversation, ended) {
                Ok(participant) => participant.read(each),
                Err(wrong) => each(Err(wrong)),
            }
        })
    }

    fn participant(
        &self,
        at: Path,
        json: Json<'a>,
        conversation: &Id,
        conversation_ended: Option<Timestamp>,
    ) -> Result<Participant<'a>, Wrong> {
        let names =
            ["id", "purpose", "userId", "queueId", "user", "queue", "startTime", "connectedTime", "endTime"];
        let [id, purpose, user_id, queue_id, user, queue, start, connected, end] = at.object(json, &names)?;
        Ok(Participant {
            json,
            at,
            list: self.list,
            connected: at.time("connectedTime", connected)?,
            ended: at.time("endTime", end)?,
            conversation_ended,
            said: Statement {
                conversation: conversation.clone(),
                participant: at.name("id", id)?,
                session: None,
                channel: None,
                purpose: at.word("purpose", purpose)?,
                user: at.id("userId", user_id)?.or(reference(at, "user", user)?),
                queue: at.id("queueId", queue_id)?.or(reference(at, "queue", queue)?),
                offered: at.time("startTime", start)?,
                joined: None,
                left: None,
                reason: None,
                account: self.account,
            },
        })
    }
}

impl Report for Snapshot<'_> {
    fn read(&self, each: &mut dyn FnMut(Result<Statement, Wrong>)) {
        if let Err(wrong) = self.conversation(each) {
            each(Err(wrong));
        }
    }
}

/// A participant, before its communications are read.
struct Participant<'a> {
    json: Json<'a>,
    at: Path,
    list: &'a str,
    connected: Option<Timestamp>,
    ended: Option<Timestamp>,
    conversation_ended: Option<Timestamp>,
    /// What is true of each of its communications.
    said: Statement,
}

/// What a communication's `state` says about presence. Other words, `alerting` or `parked`, say nothing by themselves.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Connected,
    Ended,
    Other,
}

impl State {
    fn new(word: Option<&str>) -> Self {
        match word {
            Some("connected") => Self::Connected,
            Some("disconnected" | "terminated") => Self::Ended,
            _ => Self::Other,
        }
    }
}

impl Participant<'_> {
    /// Reads its communications; without any it is one itself, as in a media topic, if it has a state.
    fn read(&self, each: &mut dyn FnMut(Result<Statement, Wrong>)) {
        let mut has_some = false;
        self.json.fields(|key, value| match spelling::list(key) {
            Some((list, medium)) if !value.is_null() => {
                let mut index = 0;
                let read = value.elements(|json| {
                    has_some = true;
                    each(self.communication(self.at.step(list, index), Word::constant(medium), json));
                    index += 1;
                });
                if read.is_none() {
                    each(Err(self.at.field(list).wrong(Reason::BadField)));
                }
            }
            Some(_) => {}
            None => {
                let mut index = 0;
                let _ = value.elements(|json| {
                    if is_communication(json) {
                        has_some = true;
                        let at = self.at.step("communications", index);
                        each(self.communication(at, Word::from(key), json));
                    }
                    index += 1;
                });
            }
        });
        if !has_some {
            match self.alone() {
                Ok(Some(said)) => each(Ok(said)),
                Ok(None) => {}
                Err(wrong) => each(Err(wrong)),
            }
        }
    }

    fn communication(&self, at: Path, channel: Word, json: Json<'_>) -> Result<Statement, Wrong> {
        let names =
            ["id", "state", "disconnectType", "startAlertingTime", "connectedTime", "disconnectedTime"];
        let [id, state, reason, alerting, connected, ended] = at.object(json, &names)?;
        let state = State::new(at.text("state", state)?.as_deref());
        Ok(Statement {
            session: Some(at.name("id", id)?),
            channel: Some(channel),
            offered: at.time("startAlertingTime", alerting)?.or(self.said.offered),
            joined: self.joined(state, at.time("connectedTime", connected)?),
            left: self.left(state, at.time("disconnectedTime", ended)?),
            reason: at.text("disconnectType", reason)?.and_then(|word| spelling::reason(&word)),
            ..self.said.clone()
        })
    }

    /// The participant of a media topic: its times are those of its only communication.
    fn alone(&self) -> Result<Option<Statement>, Wrong> {
        let [state, reason] = self.at.object(self.json, &["state", "disconnectType"])?;
        let Some(state) = self.at.text("state", state)? else { return Ok(None) };
        let state = State::new(Some(&state));
        let reason = self.at.text("disconnectType", reason)?.and_then(|word| spelling::reason(&word));
        Ok(Some(Statement {
            channel: Some(self.list).filter(|list| !list.is_empty()).map(spelling::channel),
            joined: self.joined(state, self.connected),
            left: self.left(state, None),
            reason,
            ..self.said.clone()
        }))
    }

    /// The participant's time stands in for a communication's if it is of none of the others, which may have been
    /// connected before this one began to ring.
    fn joined(&self, state: State, own: Option<Timestamp>) -> Option<Moment> {
        let time = || self.connected.filter(|_| !self.has_connected_communication());
        match (own, state) {
            (Some(at), _) => Some(Moment::At(at)),
            (None, State::Connected) => Some(time().map_or(Moment::Now, Moment::At)),
            (None, State::Ended) => time().map(Moment::At),
            (None, State::Other) => None,
        }
    }

    /// A time of the end comes before the state: who is in after-call work is still `connected`.
    fn left(&self, state: State, own: Option<Timestamp>) -> Option<Moment> {
        match own.or(self.ended).or(self.conversation_ended) {
            Some(at) => Some(Moment::At(at)),
            None => (state == State::Ended).then_some(Moment::Now),
        }
    }

    fn has_connected_communication(&self) -> bool {
        let mut found = false;
        self.json.fields(|_, value| {
            let _ = value.elements(|json| {
                let fields = json.object(&["id", "connectedTime"]).map(|object| object.values);
                found |= matches!(fields, Some([Some(_), Some(time)]) if !time.is_null());
            });
        });
        found
    }
}

/// Whether an element of a list that nobody knows is a communication: it has a name and a state.
fn is_communication(json: Json<'_>) -> bool {
    let fields = json.object(&["id", "state"]).map(|object| object.values);
    matches!(fields, Some([Some(id), Some(state)]) if id.is_string() && state.is_string())
}

/// The id in a reference, as `{"id":"…","name":"…"}`.
fn reference(at: Path, field: &'static str, json: Option<Json<'_>>) -> Result<Option<Id>, Wrong> {
    let Some(json) = json else { return Ok(None) };
    let at = at.field(field);
    let [id] = at.object(json, &["id"])?;
    at.id(field, id)
}
