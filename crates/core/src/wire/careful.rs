//! Any element of `events`, whatever its shape: the reference that the reader by hand must agree with.

use alloc::borrow::Cow;

use crate::{Id, Presence, PresenceKind, Reason, Timestamp, Word};

use super::json::{Json, Object};
use super::queue::{Field, Sink};

/// The fields in the order in which they are judged: the first that is wrong is the one reported.
const FIELDS: [Field; 6] =
    [Field::Type, Field::Timestamp, Field::Participant, Field::Interaction, Field::Channel, Field::Reason];

/// What is wrong with an element.
type Wrong = (Reason, Field);

/// Judges one element.
pub(super) fn element(json: Json<'_>, sink: &mut Sink<'_>) {
    const NAMES: [&str; 6] = {
        let mut names = [""; 6];
        let mut i = 0;
        while i < 6 {
            names[i] = FIELDS[i].name();
            i += 1;
        }
        names
    };
    let Some(fields) = json.object(&NAMES) else {
        return sink.rejected(Reason::BadEvent, Field::Whole);
    };
    if let Some(kind) = other_type(&fields) {
        return sink.other(&kind, json.text());
    }
    match presence(&fields, sink) {
        Ok(presence) => sink.presence(presence),
        Err((reason, field)) => sink.rejected(reason, field),
    }
}

/// The type of an event, read by name.
pub(super) fn kind(name: &str) -> Option<PresenceKind> {
    [PresenceKind::Joined, PresenceKind::Left].into_iter().find(|kind| kind.name() == name)
}

/// The type of an event that is neither join nor leave: nothing else in it matters.
fn other_type<'a>(fields: &Object<'a, 6>) -> Option<Cow<'a, str>> {
    let once = fields.values[0].filter(|_| !fields.twice[0])?;
    once.string().filter(|name| kind(name).is_none())
}

fn presence(fields: &Object<'_, 6>, sink: &Sink<'_>) -> Result<Presence, Wrong> {
    if fields.twice.contains(&true) {
        return Err((Reason::BadEvent, Field::Whole));
    }
    let [kind_, timestamp, participant, interaction, channel, reason] = fields.values;
    let kind = kind(&text(kind_, Field::Type)?).ok_or((Reason::BadField, Field::Type))?;
    let at = Timestamp::parse(&text(timestamp, Field::Timestamp)?)
        .ok_or((Reason::BadTimestamp, Field::Timestamp))?;
    let participant = id(participant, Field::Participant)?;
    let interaction = id(interaction, Field::Interaction)?;
    let channel = Word::from(&*text(channel, Field::Channel)?);
    let reason = match reason.filter(|json| !json.is_null()) {
        None => None,
        given => Some(Word::from(&*text(given, Field::Reason)?)),
    };
    let (arrived, received) = (sink.stamp.arrived, sink.stamp.received);
    Ok(Presence { at, kind, interaction, participant, channel, reason, leg: None, arrived, received })
}

fn id(json: Option<Json<'_>>, field: Field) -> Result<Id, Wrong> {
    let text = text(json, field)?;
    if text.is_empty() { Err((Reason::BadField, field)) } else { Ok(Id::new(&text)) }
}

fn text(json: Option<Json<'_>>, field: Field) -> Result<Cow<'_, str>, Wrong> {
    let json = json.ok_or((Reason::MissingField, field))?;
    json.string().ok_or((Reason::BadField, field))
}
