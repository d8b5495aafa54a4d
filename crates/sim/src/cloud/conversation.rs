//! A conversation as it stands: the one truth that every answer and every frame is made from.

use rosterline_core::{Id, Rng, UnixMillis};

use super::story::{Act, Media, Role};

/// One conversation.
#[derive(Clone, Debug)]
pub(super) struct Conversation {
    pub(super) id: Id,
    pub(super) media: Media,
    pub(super) started: UnixMillis,
    pub(super) parties: Vec<Party>,
}

/// A participant, with its one communication.
#[derive(Clone, Debug)]
pub(super) struct Party {
    pub(super) id: Id,
    pub(super) session: Id,
    pub(super) role: Role,
    pub(super) user: Option<Id>,
    pub(super) queue: Option<Id>,
    /// When it was there for the first time; until then nobody sees it.
    pub(super) appeared: Option<UnixMillis>,
    pub(super) offered: Option<UnixMillis>,
    pub(super) connected: Option<UnixMillis>,
    pub(super) disconnected: Option<UnixMillis>,
    pub(super) reason: &'static str,
    /// When it was on hold, and until when.
    pub(super) holds: Vec<(UnixMillis, Option<UnixMillis>)>,
    /// After-call work goes on.
    pub(super) working: bool,
    pub(super) ended: Option<UnixMillis>,
}

/// A UUID of version 4, variant 1.
pub(super) fn uuid(rng: &mut Rng) -> Id {
    let bits = u128::from(rng.next_u64()) << 64 | u128::from(rng.next_u64());
    let bits = bits & !(0xF000 << 64 | 0xC << 60) | 0x4000 << 64 | 0x8 << 60;
    let hex = format!("{bits:032x}");
    Id::new(&[&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-"))
}

impl Conversation {
    /// Lets one act happen. Whether it is a join or a leave.
    pub(super) fn act(&mut self, party: usize, act: Act, at: UnixMillis) -> Option<bool> {
        let party = &mut self.parties[party];
        party.appeared.get_or_insert(at);
        match act {
            Act::Offer => {
                party.offered = Some(at);
                None
            }
            Act::Connect => {
                party.connected = Some(at);
                Some(true)
            }
            Act::Hold => {
                party.holds.push((at, None));
                None
            }
            Act::Unhold => {
                party.unhold(at);
                None
            }
            Act::Disconnect(reason) => {
                (party.disconnected, party.reason) = (Some(at), reason);
                party.unhold(at);
                let joined = party.connected.is_some();
                party.working = joined && party.user.is_some();
                if !party.working {
                    party.ended = Some(at);
                }
                joined.then_some(false)
            }
            Act::EndWork => {
                party.working = false;
                party.ended = Some(at);
                None
            }
        }
    }

    /// Those who have been there so far.
    pub(super) fn seen(&self) -> impl Iterator<Item = &Party> {
        self.parties.iter().filter(|party| party.appeared.is_some())
    }

    pub(super) fn concerns_queue(&self, queue: &Id) -> bool {
        self.seen().any(|party| party.queue.as_ref() == Some(queue))
    }

    pub(super) fn concerns_user(&self, user: &Id) -> bool {
        self.seen().any(|party| party.user.as_ref() == Some(user))
    }

    /// When the last session ended, if all have.
    pub(super) fn ended(&self) -> Option<UnixMillis> {
        let ends: Option<Vec<UnixMillis>> = self.seen().map(|party| party.disconnected).collect();
        ends?.into_iter().max()
    }
}

impl Party {
    /// Somebody who takes part as `role`, and has not yet appeared.
    pub(super) fn new(role: Role, id: Id, session: Id, user: Option<Id>, queue: Option<Id>) -> Self {
        Self {
            id,
            session,
            role,
            user,
            queue,
            appeared: None,
            offered: None,
            connected: None,
            disconnected: None,
            reason: "",
            holds: Vec::new(),
            working: false,
            ended: None,
        }
    }

    fn unhold(&mut self, at: UnixMillis) {
        self.holds.iter_mut().for_each(|(_, until)| _ = until.get_or_insert(at));
    }

    /// Since when it is on hold, if it is.
    pub(super) fn held_since(&self) -> Option<UnixMillis> {
        self.holds.last().filter(|(_, until)| until.is_none()).map(|(since, _)| *since)
    }

    /// The milliseconds that it was on hold, up to a moment.
    pub(super) fn held_for(&self, now: UnixMillis) -> i64 {
        self.holds.iter().map(|(since, until)| until.unwrap_or(now).0 - since.0).sum()
    }

    /// The queue that the service shows with it: a menu belongs to none.
    pub(super) fn shown_queue(&self) -> Option<&Id> {
        self.queue.as_ref().filter(|_| !self.is_flow())
    }

    /// Whether it is a menu or a bot.
    pub(super) fn is_flow(&self) -> bool {
        matches!(self.role.purpose, "ivr" | "botflow")
    }

    /// The state of its communication in a list. One in after-call work is `connected` still (docs/notifications-mock.md); mails and messages know no `terminated`.
    pub(super) fn state(&self, media: Media) -> &'static str {
        match (self.connected, self.disconnected) {
            _ if self.working => "connected",
            (_, Some(_)) if self.user.is_some() || matches!(media.list, "emails" | "messages") => {
                "disconnected"
            }
            (_, Some(_)) => "terminated",
            (Some(_), None) => "connected",
            (None, None) => "alerting",
        }
    }
}
