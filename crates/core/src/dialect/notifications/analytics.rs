//! What the analytics tell of conversations (docs/notifications.md, section 6): the answers of the details query, of the
//! details of one conversation, and of a list of them.

use crate::rejected::Path;
use crate::wire::json::Json;
use crate::{Id, Timestamp, Word};

use super::spelling;
use super::statement::{Account, Moment, Report, Statement, Wrong};

/// An answer that is not read yet.
pub(crate) struct Page<'a> {
    body: Json<'a>,
}

impl<'a> Page<'a> {
    pub(crate) const fn new(body: Json<'a>) -> Self {
        Self { body }
    }

    /// How many conversations are on this page: none on the one after the last.
    pub(crate) fn conversations(&self) -> usize {
        let mut count = 0;
        if let Some([Some(list)]) = self.body.object(&["conversations"]).map(|object| object.values) {
            let _ = list.elements(|_| count += 1);
        }
        count
    }

    fn page(&self, each: &mut dyn FnMut(Result<Statement, Wrong>)) -> Result<(), Wrong> {
        let at = Path::new("body");
        let [only, conversations] = at.object(self.body, &["conversationId", "conversations"])?;
        if only.is_some() {
            return conversation(at, self.body, each);
        }
        let mut index = 0;
        at.list("conversations", conversations, |json| {
            if let Err(wrong) = conversation(at.step("conversations", index), json, each) {
                each(Err(wrong));
            }
            index += 1;
        })
    }
}

impl Report for Page<'_> {
    fn read(&self, each: &mut dyn FnMut(Result<Statement, Wrong>)) {
        if let Err(wrong) = self.page(each) {
            each(Err(wrong));
        }
    }
}

fn conversation(
    at: Path,
    json: Json<'_>,
    each: &mut dyn FnMut(Result<Statement, Wrong>),
) -> Result<(), Wrong> {
    let [id, end, participants] = at.object(json, &["conversationId", "conversationEnd", "participants"])?;
    let id = at.name("conversationId", id)?;
    let end = at.time("conversationEnd", end)?;
    let mut index = 0;
    at.list("participants", participants, |json| {
        if let Err(wrong) = participant(at.step("participants", index), json, &id, end, each) {
            each(Err(wrong));
        }
        index += 1;
    })
}

fn participant(
    at: Path,
    json: Json<'_>,
    conversation: &Id,
    end: Option<Timestamp>,
    each: &mut dyn FnMut(Result<Statement, Wrong>),
) -> Result<(), Wrong> {
    let [id, purpose, user, sessions] =
        at.object(json, &["participantId", "purpose", "userId", "sessions"])?;
    let said = Statement {
        conversation: conversation.clone(),
        participant: at.name("participantId", id)?,
        session: None,
        channel: None,
        purpose: at.word("purpose", purpose)?,
        user: at.id("userId", user)?,
        queue: None,
        offered: None,
        joined: None,
        left: None,
        reason: None,
        account: Account::Analytics,
    };
    let mut index = 0;
    at.list("sessions", sessions, |json| {
        each(session(at.step("sessions", index), json, &said, end));
        index += 1;
    })
}

fn session(at: Path, json: Json<'_>, said: &Statement, end: Option<Timestamp>) -> Result<Statement, Wrong> {
    let [id, medium, segments] = at.object(json, &["sessionId", "mediaType", "segments"])?;
    let mut said = Statement {
        session: Some(at.name("sessionId", id)?),
        channel: at.text("mediaType", medium)?.and_then(|word| spelling::medium(&word)),
        ..said.clone()
    };
    let mut life = Life::default();
    let mut wrong = None;
    at.list("segments", segments, |json| {
        if let Err(found) = Segment::read(at.field("segments"), json).map(|segment| life.take(segment)) {
            wrong.get_or_insert(found);
        }
    })?;
    if let Some(wrong) = wrong {
        return Err(wrong);
    }
    said.queue = life.queue;
    said.offered = life.began;
    said.joined = life.joined.map(Moment::At);
    said.left = life.ended.filter(|_| !life.is_open).or(end).map(Moment::At);
    said.reason = life.reason.filter(|_| !life.is_open);
    Ok(said)
}

/// The types of the segments in which somebody takes part. In the others it rings, dials, waits or is wrapped up.
const PRESENT: [&str; 11] = [
    "barging",
    "callback",
    "coaching",
    "hold",
    "interact",
    "ivr",
    "monitoring",
    "parked",
    "screenmonitoring",
    "sharing",
    "voicemail",
];

/// One piece of a session.
struct Segment {
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    is_present: bool,
    is_wrapup: bool,
    queue: Option<Id>,
    reason: Option<Word>,
}

impl Segment {
    fn read(at: Path, json: Json<'_>) -> Result<Self, Wrong> {
        let names = ["segmentStart", "segmentEnd", "segmentType", "queueId", "disconnectType"];
        let [start, end, kind, queue, reason] = at.object(json, &names)?;
        let kind = at.text("segmentType", kind)?.unwrap_or_default();
        Ok(Self {
            start: at.time("segmentStart", start)?,
            end: at.time("segmentEnd", end)?,
            is_present: PRESENT.contains(&&*kind),
            is_wrapup: kind == "wrapup",
            queue: at.id("queueId", queue)?,
            reason: at.text("disconnectType", reason)?.and_then(|word| spelling::reason(&word)),
        })
    }
}

/// What the segments of a session make together, in whatever order they stand.
#[derive(Default)]
struct Life {
    began: Option<Timestamp>,
    joined: Option<Timestamp>,
    ended: Option<Timestamp>,
    /// A segment has no end yet.
    is_open: bool,
    queue: Option<Id>,
    reason: Option<Word>,
}

impl Life {
    /// Adds a segment. What comes after the talk, the wrap-up, adds only its queue.
    fn take(&mut self, segment: Segment) {
        self.queue = self.queue.take().or(segment.queue);
        if segment.is_wrapup {
            return;
        }
        let earlier = |known: Option<Timestamp>| known.into_iter().chain(segment.start).min();
        self.began = earlier(self.began);
        if segment.is_present {
            self.joined = earlier(self.joined);
        }
        self.is_open |= segment.end.is_none();
        if segment.end >= self.ended {
            self.ended = segment.end;
            self.reason = segment.reason;
        }
    }
}
