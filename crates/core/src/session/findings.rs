//! What a repair finds, and how it ends (docs/notifications.md, section 6).

use super::Session;
use crate::dialect::notifications::Report;
use crate::dialect::notifications::book::Book;
use crate::dialect::notifications::told::Told;
use crate::gap::{GapId, Repair};
use crate::wire::Stamp;
use crate::{Cause, Detail, Event, Presence, Service};

/// So far outside of a gap, in milliseconds, a stream may have lost something that was under way: what came before and
/// after it on the wire need not have happened before and after it.
const SLACK: i64 = 2000;

impl Session {
    /// Takes what the service has told; what is new of it is brought.
    pub(super) fn learn(&mut self, gap: GapId, report: &dyn Report) {
        let stamp = Stamp { arrived: self.now, received: self.wall() };
        let mut told = core::mem::take(&mut self.told);
        match &self.config.service {
            Service::Notifications(_) => self.book.take(report, stamp, &mut |one| told.push(one)),
            // What the stream has told is known to the duplicate filter.
            Service::Stream { .. } => Book::new(Book::MOST).take(report, stamp, &mut |one| told.push(one)),
        }
        for one in told.drain(..) {
            match one {
                Told::New(presence) => self.found(gap, presence),
                // What was asked for and is known already was not received twice: nobody sent it.
                Told::Known => {}
                // A stream tells nothing of those.
                Told::Missed(offer) if self.config.subscription().is_none() => self.on_missed(offer),
                Told::Missed(_) => {}
                Told::Rejected { reason, place } => {
                    self.stats.received += 1;
                    self.reject(reason, place);
                }
            }
        }
        self.told = told;
    }

    fn found(&mut self, gap: GapId, presence: Presence) {
        let Some(presence) = self.as_missed(gap, presence) else { return };
        match self.repairs.job(gap) {
            Some(job) if !job.told => {
                job.recovered += 1;
                job.held.push(presence);
            }
            job => {
                job.into_iter().for_each(|job| job.recovered += 1);
                self.bring(presence);
            }
        }
    }

    /// A join or a leave that the service tells, as this session would have received it, if it would have: a stream knows no
    /// communications, and what happened outside of the gap was received, or before there was a subscription.
    fn as_missed(&mut self, gap: GapId, presence: Presence) -> Option<Presence> {
        let Service::Stream { subscription, .. } = &self.config.service else { return Some(presence) };
        let job = self.repairs.job(gap)?;
        let (from, to) = (job.from.unix_millis().0 - SLACK, job.to.unix_millis().0 + SLACK);
        let first = self.shares[0].recovery.first().map_or(from, |first| first.0);
        let is_within = (from.max(first)..=to).contains(&presence.at.unix_millis().0);
        let presence = Presence { leg: None, ..presence };
        let is_missed = is_within && subscription.includes(&presence) && !self.duplicates.knows(&presence);
        if is_missed {
            self.duplicates.is_new(&presence);
        }
        is_missed.then_some(presence)
    }

    pub(super) fn bring(&mut self, presence: Presence) {
        self.stats.received += 1;
        self.buffer.bring(Event::Presence(presence));
    }

    /// The gap is filled, and the application has it.
    pub(super) fn repaired(&mut self, gap: GapId) {
        let recovered = self.repairs.job(gap).map_or(0, |job| job.recovered);
        self.repairs.forget(gap);
        if let Some(gap) = self.gaps.repair(gap) {
            self.buffer.bring(Event::Repaired(Repair { gap, recovered }));
        }
    }

    pub(super) fn give_up(&mut self, gap: GapId, cause: Cause) {
        if let Some(job) = self.repairs.job(gap) {
            let held = core::mem::take(&mut job.held);
            // Better early than never: they are true.
            held.into_iter().for_each(|presence| self.bring(presence));
        }
        self.repairs.forget(gap);
        self.report(Detail::RepairFailed { gap, cause });
    }
}
