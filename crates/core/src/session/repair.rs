//! Fills gaps by asking the service: open conversations one by one, unknown ones by the details query
//! (docs/notifications.md, section 6).

use alloc::vec::Vec;
use core::time::Duration;

use super::jobs::Job;
use super::requests::Asked;
use super::{Session, Timer};
use crate::dialect::notifications::analytics::Page;
use crate::dialect::notifications::rest::{self, Ask};
use crate::dialect::notifications::snapshot::Snapshot;
use crate::gap::{Gap, GapCause, GapId, Scope};
use crate::session::interest::Chosen;
use crate::wire::json::Json;
use crate::{Cause, Quota, Step, Timestamp};

/// The details query reaches back so far behind the start of a gap: clocks differ, and data comes late.
const MARGIN: Duration = Duration::from_secs(300);
/// So often in a row a request of a repair may fail.
const MOST_TRIES: u32 = 10;
/// So many requests of a window are left to the channels.
const RESERVE: u32 = 20;

impl Session {
    /// A gap opens: it stands in the stream from here on, and its repair begins.
    pub(super) fn open_gap(&mut self, cause: GapCause, from: Timestamp, to: Timestamp, scope: Scope) {
        let gap = self.buffer.gap(cause, from, to, scope);
        self.begin_repair(&gap, false);
    }

    /// The application has been handed a gap.
    pub(super) fn gap_told(&mut self, gap: &Gap) {
        self.gaps.told(gap);
        match self.repairs.job(gap.id) {
            Some(job) => {
                job.told = true;
                let held = core::mem::take(&mut job.held);
                let done = job.done;
                held.into_iter().for_each(|presence| self.bring(presence));
                if done {
                    self.repaired(gap.id);
                }
            }
            None if gap.cause == GapCause::Overflow => {
                self.begin_repair(gap, true);
            }
            None => {}
        }
    }

    /// Begins it, or begins it again if the gap has become larger before it was told.
    fn begin_repair(&mut self, gap: &Gap, told: bool) {
        let Some(settle) = self.config.service.settle().filter(|_| !self.is_closing()) else { return };
        if self.repairs.current.take_if(|current| *current == gap.id).is_some() {
            self.cancel(|what| what == Asked::Repair);
        }
        let (held, recovered) =
            self.repairs.take(gap.id).map_or((Vec::new(), 0), |job| (job.held, job.recovered));
        let (open, query) = match &gap.scope {
            Scope::All => (self.book.open().cloned().collect(), true),
            Scope::Only(ids) => (ids.iter().cloned().collect(), false),
        };
        self.repairs.add(Job {
            gap: gap.id,
            from: gap.from,
            to: gap.to,
            query,
            open,
            by_analytics: false,
            page: 1,
            // Not from the gap's end: an event of tomorrow may have made that.
            settled: self.now + settle,
            asked: self.now,
            until: gap.to.unix_millis(),
            due: self.now,
            tries: 0,
            told,
            held,
            recovered,
            done: false,
        });
        // A request that is on its way goes on; what follows it comes to this one.
        if !self.is_asked(Asked::Repair) {
            self.timers.arm(Timer::Repair, self.now);
        }
    }

    /// The next request is due, or the last one has taken too long.
    pub(super) fn on_repair_due(&mut self) {
        if self.is_asked(Asked::Repair) {
            self.cancel(|what| what == Asked::Repair);
            return self.on_repair_replied(Err(Cause::Timeout(Step::Repair)));
        }
        self.repair_on();
    }

    /// Asks for the next thing, if it is time.
    fn repair_on(&mut self) {
        let now = self.now;
        if let Some(gap) = self.repairs.next(now) {
            let reset = self.quota.filter(|quota| quota.count + RESERVE >= quota.allowed.max(2 * RESERVE));
            if let Some(Quota { reset, .. }) = reset {
                self.quota = None;
                let wait = Duration::from_secs(u64::from(reset.min(300)));
                self.repairs.jobs.iter_mut().for_each(|job| job.due = job.due.max(now + wait));
            } else if let Some(ask) = self.next_ask(gap) {
                self.repairs.current = Some(gap);
                if self.ask(Asked::Repair, ask) {
                    return self.timers.arm(Timer::Repair, now + self.config.timeouts.request);
                }
                // There is no token now; one is being got.
                self.repairs
                    .jobs
                    .iter_mut()
                    .for_each(|job| job.due = job.due.max(now + Duration::from_secs(1)));
            }
        }
        self.timers.set(Timer::Repair, self.repairs.due());
    }

    fn next_ask(&mut self, gap: GapId) -> Option<Ask> {
        let now = self.now;
        let servers = (0..self.shares.len()).map(|share| self.servers_time(share, now)).max();
        let job = self.repairs.job(gap)?;
        if let Some(id) = job.open.last() {
            return Some(if job.by_analytics {
                rest::conversation_details(id)
            } else {
                rest::conversation(id)
            });
        }
        if job.page == 1 {
            let to = job.to.unix_millis();
            (job.asked, job.until) = (now, servers.map_or(to, |servers| servers.max(to)));
        }
        let from = job.from.unix_millis().before(MARGIN);
        Some(rest::details(from, job.until, job.page))
    }

    pub(super) fn on_repair_replied(&mut self, result: Result<&[u8], Cause>) {
        let Some(gap) = self.repairs.current.take() else { return };
        let now = self.now;
        match result.and_then(readable) {
            Ok(body) => self.on_brought(gap, body),
            Err(Cause::Http { status: 404, .. }) if self.is_gone(gap) => {}
            Err(cause) if cause.is_fatal() => self.give_up(gap, cause),
            Err(cause) => {
                let delay = self.repairs.backoff.next().max(cause.retry_after().unwrap_or_default());
                let Some(job) = self.repairs.job(gap) else { return };
                job.tries += 1;
                // One new token is worth a try; a second would be refused as the first was.
                let is_first = job.tries == 1;
                job.due = now + delay;
                if job.tries >= MOST_TRIES {
                    self.give_up(gap, cause);
                } else if is_first && cause.wants_new_token() && self.keeper.doubt() {
                    self.ask_for_token();
                }
            }
        }
        self.repair_on();
    }

    /// A conversation is not there. Whether the repair goes on, by another way to it or without it.
    fn is_gone(&mut self, gap: GapId) -> bool {
        let Some(job) = self.repairs.job(gap) else { return false };
        if job.open.is_empty() {
            return false;
        }
        job.by_analytics = !job.by_analytics;
        if !job.by_analytics {
            job.open.pop();
            // What cannot be had by its id yet may be among what has settled.
            job.query = true;
        }
        true
    }

    fn on_brought(&mut self, gap: GapId, body: Json<'_>) {
        self.repairs.backoff.reset();
        let Some(job) = self.repairs.job(gap) else { return };
        job.tries = 0;
        let (by_analytics, single) = (job.by_analytics, job.open.pop().is_some());
        job.by_analytics = false;
        let full = if single && !by_analytics {
            self.learn(gap, &Snapshot::of_answer(body));
            false
        } else {
            let page = Page::new(body);
            let chosen = Chosen::of(&page, &self.config.service, |id| single || self.book.knows(id));
            self.learn(gap, &chosen);
            !single && page.conversations() >= rest::PAGE
        };
        if let Some(job) = self.repairs.job(gap).filter(|job| full && job.page < rest::MOST_PAGES) {
            job.page += 1;
            return;
        }
        if !single {
            self.queried(gap);
        }
        self.advance_job(gap);
    }

    /// The query has been answered to its last page. It counts if the data had settled when it began.
    fn queried(&mut self, gap: GapId) {
        let Some(job) = self.repairs.job(gap) else { return };
        job.page = 1;
        if job.asked >= job.settled {
            job.query = false;
        } else {
            job.due = job.settled;
        }
    }

    /// What is left of the repair, if anything.
    fn advance_job(&mut self, gap: GapId) {
        let Some(job) = self.repairs.job(gap) else { return };
        if job.open.is_empty() && !job.query {
            job.done = true;
            if job.told {
                self.repaired(gap);
            }
        }
    }
}

/// The body of an answer, which is an object whatever was asked for.
fn readable(body: &[u8]) -> Result<Json<'_>, Cause> {
    let json = Json::read_bytes(body).filter(|json| json.is_object());
    json.ok_or_else(|| Cause::BadReply { step: Step::Repair, what: "it is no JSON object".into() })
}
