//! What is known of one communication of a participant, whoever told it and in whatever order.

use alloc::vec::Vec;

use rosterline_core::{Id, Leg, Word};

#[cfg(feature = "serde")]
use crate::json;

/// One communication of a participant, as far as it is known; only in the `notifications` dialect
/// (docs/notifications.md).
///
/// Of two statements about the same communication the smaller text stands, whichever came first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Communication {
    /// Which one.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::plain"))]
    pub session: Id,
    /// What the participant is in it: `customer`, `agent`, `acd`, `ivr`, or any other word that the service uses.
    #[cfg_attr(
        feature = "serde",
        serde(serialize_with = "json::maybe", skip_serializing_if = "Option::is_none")
    )]
    pub purpose: Option<Word>,
    /// The user, if the participant is one.
    #[cfg_attr(
        feature = "serde",
        serde(serialize_with = "json::maybe", skip_serializing_if = "Option::is_none")
    )]
    pub user: Option<Id>,
    /// The queue, if one was named.
    #[cfg_attr(
        feature = "serde",
        serde(serialize_with = "json::maybe", skip_serializing_if = "Option::is_none")
    )]
    pub queue: Option<Id>,
}

/// Whoever speaks in an interaction. All others are machines and places, as `acd`, `ivr` and `voicemail`.
const PEOPLE: [&str; 6] = ["agent", "user", "customer", "external", "station", "group"];

/// All that was told of one communication. What stands is a function of the set of statements.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    stands: Communication,
    /// Statements that do not stand, each once.
    others: Vec<Statement>,
}

/// Something that was told of a communication.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Statement {
    Purpose(Word),
    User(Id),
    Queue(Id),
}

impl Told {
    /// The most statements about one communication that do not stand: a service has no reason for a second one.
    const MOST: usize = 16;

    /// Nothing but the communication itself.
    pub(crate) const fn of(session: Id) -> Self {
        Self { stands: Communication { session, purpose: None, user: None, queue: None }, others: Vec::new() }
    }

    pub(crate) const fn stands(&self) -> &Communication {
        &self.stands
    }

    /// How much is known beyond that there is this communication.
    pub(crate) fn facts(&self) -> u64 {
        let Communication { session: _, purpose, user, queue } = &self.stands;
        let known = [purpose.is_some(), user.is_some(), queue.is_some()];
        (known.into_iter().filter(|known| *known).count() + self.others.len()) as u64
    }

    /// Whether the statements have room for whatever a leg says.
    pub(crate) fn has_room(&self) -> bool {
        self.others.len() + 3 <= Self::MOST
    }

    /// Takes what a leg says; whether that was news.
    pub(crate) fn hear(&mut self, leg: &Leg) -> bool {
        let Communication { session: _, purpose, user, queue } = &mut self.stands;
        let told = Some(&leg.purpose).filter(|purpose| !purpose.is_empty());
        // All three have to be heard: no operator that stops at the first.
        merge(purpose, told, Statement::Purpose, &mut self.others)
            | merge(user, leg.user.as_ref(), Statement::User, &mut self.others)
            | merge(queue, leg.queue.as_ref(), Statement::Queue, &mut self.others)
    }
}

impl Communication {
    /// What one statement says.
    pub(crate) fn of(leg: &Leg) -> Self {
        let mut told = Told::of(leg.session.clone());
        told.hear(leg);
        told.stands
    }

    /// Whether it is known to be one of a machine or a place, and not of somebody.
    pub(crate) fn is_of_no_person(&self) -> bool {
        self.purpose.as_ref().is_some_and(|purpose| !PEOPLE.contains(&&**purpose))
    }
}

fn merge<T: Clone + Ord>(
    stands: &mut Option<T>,
    told: Option<&T>,
    statement: impl Fn(T) -> Statement,
    others: &mut Vec<Statement>,
) -> bool {
    let Some(told) = told.filter(|told| stands.as_ref() != Some(told)) else { return false };
    let Some(known) = stands else {
        *stands = Some(told.clone());
        return true;
    };
    let loser = if told < known { core::mem::replace(known, told.clone()) } else { told.clone() };
    let loser = statement(loser);
    let is_new = !others.contains(&loser);
    if is_new {
        others.push(loser);
    }
    is_new
}
