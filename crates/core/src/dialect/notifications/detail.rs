//! Detail events: starts and ends of the sessions of one conversation (docs/notifications.md, section 3).

use core::time::Duration;

use crate::rejected::Path;
use crate::wire::json::Json;
use crate::{Id, Timestamp, UnixMillis, Word};

use super::field::is_writable;
use super::spelling;
use super::statement::{Account, Moment, Report, Statement, Wrong};

/// A detail event that is not read yet.
pub(crate) struct Detail<'a> {
    kind: Kind,
    /// The conversation that its topic names.
    conversation: &'a str,
    body: Json<'a>,
}

/// Who it is about, and whether that is a start or an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kind {
    party: Party,
    is_end: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Party {
    Customer,
    User,
    Acd,
    Flow,
    Voicemail,
}

impl Party {
    /// The word for its purpose, until a snapshot has one: who is a `user` may be an agent, and a flow a bot.
    const fn purpose(self) -> Word {
        Word::constant(match self {
            Self::Customer => "customer",
            Self::User => "user",
            Self::Acd => "acd",
            Self::Flow => "ivr",
            Self::Voicemail => "voicemail",
        })
    }
}

impl<'a> Detail<'a> {
    /// The event of a topic, whose name ends with `name`. `None` for those that say nothing about joins and leaves:
    /// `acw`, `attributes`, `contact`, `flow.outcome`, `outbound`, `wrapup`, and what nobody knows.
    pub(super) fn of_topic(conversation: &'a str, name: &str, body: Json<'a>) -> Option<Self> {
        let (party, moment) = name.split_once('.')?;
        let party = match party {
            "customer" => Party::Customer,
            "user" => Party::User,
            "acd" => Party::Acd,
            "flow" => Party::Flow,
            "voicemail" => Party::Voicemail,
            _ => return None,
        };
        let is_end = match moment {
            "start" => false,
            "end" => true,
            _ => return None,
        };
        Some(Self { kind: Kind { party, is_end }, conversation, body })
    }

    fn statement(&self) -> Result<Statement, Wrong> {
        let names = [
            "eventTime",
            "conversationId",
            "participantId",
            "sessionId",
            "disconnectType",
            "mediaType",
            "userId",
            "queueId",
            "interactingDurationMs",
            "heldDurationMs",
            "callbackDurationMs",
        ];
        let at = Path::new("eventBody");
        let [time, conversation, participant, session, reason, medium, user, queue, talked, held, callback] =
            at.object(self.body, &names)?;
        let time = at.epoch("eventTime", time)?;
        let millis = |field, json| Ok(Duration::from_millis(at.millis(field, json)?.unwrap_or(0)));
        let talked = millis("interactingDurationMs", talked)? + millis("callbackDurationMs", callback)?;
        let held = millis("heldDurationMs", held)?;
        let (offered, joined, left) = self.moments(time, talked, held);
        Ok(Statement {
            conversation: at
                .id("conversationId", conversation)?
                .unwrap_or_else(|| Id::new(self.conversation)),
            participant: at.name("participantId", participant)?,
            session: Some(at.name("sessionId", session)?),
            channel: at.text("mediaType", medium)?.and_then(|word| spelling::medium(&word)),
            purpose: Some(self.kind.party.purpose()),
            user: at.id("userId", user)?,
            queue: at.id("queueId", queue)?,
            offered,
            joined,
            left,
            reason: at.text("disconnectType", reason)?.and_then(|word| spelling::reason(&word)),
            account: Account::Detail,
        })
    }

    /// When it was offered, joined and left, as far as the event says it. A user's start may be the ringing; only the
    /// end tells whether, and since when, there was talk, or a callback in hand. All others are connected from their
    /// start.
    fn moments(
        &self,
        time: Option<UnixMillis>,
        talked: Duration,
        held: Duration,
    ) -> (Option<Timestamp>, Option<Moment>, Option<Moment>) {
        let now = time.map_or(Moment::Now, |at| Moment::At(at.into()));
        match (self.kind.party, self.kind.is_end) {
            (Party::User, false) => (time.map(Timestamp::from), None, None),
            (Party::User, true) if talked.is_zero() => (None, None, Some(now)),
            (Party::User, true) => {
                let joined = time.map(|at| at.before(talked + held)).filter(|at| is_writable(*at));
                let joined = joined.map_or(Moment::Earlier, |at| Moment::At(at.into()));
                (None, Some(joined), Some(now))
            }
            (Party::Customer | Party::Acd | Party::Flow | Party::Voicemail, false) => (None, Some(now), None),
            (Party::Customer | Party::Acd | Party::Flow | Party::Voicemail, true) => {
                (None, Some(Moment::Earlier), Some(now))
            }
        }
    }
}

impl Report for Detail<'_> {
    fn read(&self, each: &mut dyn FnMut(Result<Statement, Wrong>)) {
        each(self.statement());
    }
}
