//! What was said to whom.

use std::collections::VecDeque;

use rosterline_core::Instant;

use super::ConnId;
use crate::fact::{Fact, Number};

/// An event that the server had to tell, and the connections that it was written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The event.
    pub fact: Fact,
    /// When the server learnt of it.
    pub at: Instant,
    /// The connections that it was handed to, once for each time: a duplicate stands here twice. Empty if
    /// nobody was there to be told.
    pub written: Vec<ConnId>,
}

/// The newest events told, so many at most.
#[derive(Debug)]
pub(crate) struct Truth {
    told: VecDeque<Told>,
    forgotten: Number,
    limit: usize,
}

impl Truth {
    pub(crate) fn new(limit: usize) -> Self {
        Self { told: VecDeque::new(), forgotten: 0, limit: limit.max(1) }
    }

    pub(crate) fn learn(&mut self, fact: Fact, at: Instant) -> Number {
        if self.told.len() == self.limit {
            self.told.pop_front();
            self.forgotten += 1;
        }
        self.told.push_back(Told { fact, at, written: Vec::new() });
        self.end() - 1
    }

    pub(crate) fn written(&mut self, number: Number, conn: ConnId) {
        let place = number.checked_sub(self.forgotten).and_then(|place| usize::try_from(place).ok());
        if let Some(told) = place.and_then(|place| self.told.get_mut(place)) {
            told.written.push(conn);
        }
    }

    /// How many are not remembered any more.
    pub(crate) const fn forgotten(&self) -> Number {
        self.forgotten
    }

    /// The number of the event that comes next.
    pub(crate) fn end(&self) -> Number {
        self.forgotten + self.told.len() as Number
    }

    /// An event, if it is remembered.
    pub(crate) fn fact(&self, number: Number) -> Option<&Fact> {
        let place = number.checked_sub(self.forgotten)?;
        self.told.get(usize::try_from(place).ok()?).map(|told| &told.fact)
    }

    pub(crate) fn told(&self) -> impl Iterator<Item = &Told> {
        self.told.iter()
    }
}
