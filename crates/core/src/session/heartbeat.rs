//! Whether the peer is still there (section 5).

use alloc::collections::VecDeque;
use core::time::Duration;

use crate::config;
use crate::{Instant, Rng};

/// More unanswered pings than this are not remembered: only their round trips would be lost.
const MOST_AWAITED: usize = 32;

/// The heartbeat of one connection.
///
/// While our own backpressure pauses reading, no pong can be seen: the deadline stands still for that
/// time, though pings go on.
#[derive(Debug)]
pub(crate) struct Heartbeat {
    interval: Duration,
    pong_timeout: Duration,
    strict: bool,
    /// After so long a silence a ping goes out, whatever the interval says.
    quiet: Option<Duration>,
    next: Instant,
    /// When something was heard last.
    heard: Instant,
    awaited: VecDeque<Ping>,
    /// When the oldest ping was sent that nothing has proved life after.
    unproved: Option<Instant>,
    paused: Option<Instant>,
    /// A late timer has been given the benefit of the doubt.
    probed: bool,
}

#[derive(Debug)]
struct Ping {
    payload: [u8; 8],
    sent: Instant,
    /// What its deadline counts from: when it was sent, moved by the time in which nobody could see its pong.
    since: Instant,
    /// Whether the time of its pong says something about the network.
    timed: bool,
}

/// What an overdue pong means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overdue {
    /// The peer is gone.
    Gone,
    /// We were asleep ourselves: ask once more before condemning.
    Probe,
}

impl Heartbeat {
    /// Starts a heartbeat. The first beat comes after half an interval to a whole one, so that a fleet that
    /// came back together does not beat together.
    pub(crate) fn new(config: &config::Heartbeat, rng: &mut Rng, now: Instant) -> Self {
        let half = config.interval / 2;
        let spread = rng.up_to(u64::try_from(half.as_nanos()).unwrap_or(u64::MAX));
        Self {
            interval: config.interval,
            pong_timeout: config.pong_timeout,
            strict: config.strict,
            quiet: None,
            heard: now,
            next: now + half + Duration::from_nanos(spread),
            awaited: VecDeque::new(),
            unproved: None,
            paused: None,
            probed: false,
        }
    }

    /// No silence is to last longer than this: so long before its end that a pong can come in time, a ping goes out.
    pub(crate) fn with_quiet(self, longest: Option<Duration>) -> Self {
        Self { quiet: longest.map(|longest| longest.saturating_sub(self.pong_timeout)), ..self }
    }

    /// Takes note that a ping goes out now.
    pub(crate) fn ping(&mut self, payload: [u8; 8], now: Instant) {
        if self.awaited.len() == MOST_AWAITED {
            self.awaited.pop_front();
        }
        self.awaited.push_back(Ping { payload, sent: now, since: now, timed: self.paused.is_none() });
        self.unproved.get_or_insert(now);
        self.next = now + self.interval;
    }

    /// Something other than a pong arrived.
    pub(crate) fn life(&mut self, now: Instant) {
        self.heard = now;
        if !self.strict {
            self.proved(None);
        }
    }

    /// A pong arrived. `None`: no ping of ours awaits it, so it proves nothing. Otherwise the time at which
    /// its ping was sent, if the round trip can be measured.
    pub(crate) fn pong(&mut self, payload: &[u8]) -> Option<Option<Instant>> {
        let found = self.awaited.iter().position(|ping| ping.payload == payload)?;
        let answered = self.awaited.drain(..=found).next_back()?;
        let still = self.awaited.front().map(|ping| ping.since);
        self.proved(still.filter(|_| self.strict));
        Some(answered.timed.then_some(answered.sent))
    }

    /// A pong without a payload arrived: it answers the oldest ping. Otherwise as [`pong`](Self::pong).
    pub(crate) fn plain_pong(&mut self) -> Option<Option<Instant>> {
        let payload = self.awaited.front()?.payload;
        self.pong(&payload)
    }

    /// Reading stops: pongs cannot be seen from now on.
    pub(crate) fn pause(&mut self, now: Instant) {
        if self.paused.replace(self.paused.unwrap_or(now)).is_none() {
            self.awaited.iter_mut().for_each(|ping| ping.timed = false);
        }
    }

    /// Reading goes on: the deadlines move by the time that was lost.
    pub(crate) fn resume(&mut self, now: Instant) {
        let Some(paused) = self.paused.take() else { return };
        let pings = self.awaited.iter_mut().map(|ping| &mut ping.since);
        for since in pings.chain(&mut self.unproved) {
            *since = *since + now.since(paused.max(*since));
        }
    }

    /// The deadline of the pong has passed; it was due at `due`.
    pub(crate) fn overdue(&mut self, due: Instant, now: Instant) -> Overdue {
        let asleep = now.since(due) > self.pong_timeout;
        if !asleep || self.probed {
            return Overdue::Gone;
        }
        self.probed = true;
        self.unproved = None;
        // Their pongs may wait where we have not looked yet.
        self.awaited.iter_mut().for_each(|ping| ping.since = now);
        Overdue::Probe
    }

    /// When the next ping is due.
    pub(crate) fn next_ping(&self) -> Instant {
        match self.quiet {
            Some(quiet) if self.awaited.is_empty() => self.next.min(self.heard + quiet),
            Some(_) | None => self.next,
        }
    }

    /// When the peer counts as gone, if nothing is heard of it.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self.paused {
            Some(_) => None,
            None => self.unproved.map(|since| since + self.pong_timeout),
        }
    }

    fn proved(&mut self, unproved: Option<Instant>) {
        self.unproved = unproved;
        self.probed = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn at(seconds: u64) -> Instant {
        Instant(seconds * SECOND)
    }

    fn heartbeat(strict: bool) -> Heartbeat {
        let config = config::Heartbeat { strict, ..config::Heartbeat::default() };
        Heartbeat::new(&config, &mut Rng::stream(1, "beat"), at(0))
    }

    #[test]
    fn the_first_beat_is_spread_and_the_others_are_regular() {
        let mut beat = heartbeat(false);
        assert!((at(15)..=at(30)).contains(&beat.next_ping()));
        beat.ping([1; 8], at(20));
        assert_eq!(beat.next_ping(), at(50));
        assert_eq!(beat.deadline(), Some(at(30)));
    }

    #[test]
    fn a_pong_with_another_payload_proves_nothing() {
        let mut beat = heartbeat(false);
        beat.ping([1; 8], at(20));
        assert_eq!(beat.pong(&[2; 8]), None);
        assert_eq!(beat.pong(b""), None);
        assert_eq!(beat.deadline(), Some(at(30)));
        assert_eq!(beat.pong(&[1; 8]), Some(Some(at(20))));
        assert_eq!(beat.pong(&[1; 8]), None, "the second time it is a stray");
        assert_eq!(beat.deadline(), None);
    }

    #[test]
    fn data_proves_life_unless_strict() {
        for (strict, deadline) in [(false, None), (true, Some(at(30)))] {
            let mut beat = heartbeat(strict);
            beat.ping([1; 8], at(20));
            beat.life(at(22));
            assert_eq!(beat.deadline(), deadline);
        }
    }

    #[test]
    fn in_strict_mode_a_later_ping_keeps_its_own_deadline() {
        let mut beat = heartbeat(true);
        beat.ping([1; 8], at(20));
        beat.ping([2; 8], at(25));
        assert_eq!(beat.pong(&[1; 8]), Some(Some(at(20))));
        assert_eq!(beat.deadline(), Some(at(35)));
        assert_eq!(beat.pong(&[2; 8]), Some(Some(at(25))));
        assert_eq!(beat.deadline(), None);
    }

    #[test]
    fn a_pause_moves_the_deadline_by_its_length_and_its_pongs_are_not_timed() {
        let mut beat = heartbeat(false);
        beat.ping([1; 8], at(20));
        beat.pause(at(24));
        assert_eq!(beat.deadline(), None);
        beat.resume(at(84));
        assert_eq!(beat.deadline(), Some(at(90)));
        assert_eq!(beat.pong(&[1; 8]), Some(None));
    }

    #[test]
    fn a_ping_sent_within_a_pause_has_its_whole_time_after_it() {
        let mut beat = heartbeat(false);
        beat.pause(at(10));
        beat.ping([1; 8], at(20));
        beat.resume(at(60));
        assert_eq!(beat.deadline(), Some(at(70)));
    }

    #[test]
    fn in_strict_mode_the_pongs_that_waited_are_heard_one_after_the_other() {
        let mut beat = heartbeat(true);
        beat.ping([1; 8], at(20));
        beat.pause(at(22));
        beat.ping([2; 8], at(50));
        beat.ping([3; 8], at(80));
        beat.resume(at(100));
        assert_eq!(beat.deadline(), Some(at(108)));
        assert_eq!(beat.pong(&[1; 8]), Some(None));
        assert_eq!(beat.deadline(), Some(at(110)), "the second was sent within the pause");
        assert_eq!(beat.pong(&[2; 8]), Some(None));
        assert_eq!(beat.deadline(), Some(at(110)));

        let mut beat = heartbeat(true);
        beat.ping([1; 8], at(20));
        beat.ping([2; 8], at(25));
        assert_eq!(beat.overdue(at(30), at(600)), Overdue::Probe);
        beat.ping([3; 8], at(600));
        assert_eq!(beat.pong(&[1; 8]), Some(Some(at(20))));
        assert_eq!(beat.deadline(), Some(at(610)), "we were asleep, and have not looked");
    }

    #[test]
    fn who_wakes_late_asks_once_before_condemning() {
        let mut beat = heartbeat(false);
        beat.ping([1; 8], at(20));
        assert_eq!(beat.overdue(at(30), at(600)), Overdue::Probe);
        beat.ping([2; 8], at(600));
        assert_eq!(beat.deadline(), Some(at(610)));
        assert_eq!(beat.overdue(at(610), at(900)), Overdue::Gone);
        beat.life(at(905));
        beat.ping([3; 8], at(910));
        assert_eq!(beat.overdue(at(920), at(1200)), Overdue::Probe, "and once again after a sign of life");
        let mut beat = heartbeat(false);
        beat.ping([1; 8], at(20));
        assert_eq!(beat.overdue(at(30), at(40)), Overdue::Gone, "who is late by a timeout has seen enough");
    }
}
