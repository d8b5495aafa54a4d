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
    /// Changes so far.
    pub(super) version: u64,
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
    pub(super) held: bool,
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
        self.version += 1;
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
            Act::Hold | Act::Unhold => {
                party.held = act == Act::Hold;
                None
            }
            Act::Disconnect(reason) => {
                (party.disconnected, party.reason, party.held) = (Some(at), reason, false);
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
    /// The state of its communication. One in after-call work is `connected` still (notifications.md, 5.2, trap 3).
    pub(super) fn state(&self, media: Media) -> &'static str {
        match (self.connected, self.disconnected) {
            _ if self.working => "connected",
            (_, Some(_)) if self.user.is_some() || !media.is_terminated => "disconnected",
            (_, Some(_)) => "terminated",
            (Some(_), None) => "connected",
            (None, None) => "alerting",
        }
    }
}
