//! What a live connection brings: frames, pongs, and the time that passes without them (sections 4 to 6).

use alloc::vec::Vec;
use core::time::Duration;

use super::Session;
use super::end::NORMAL;
use crate::dialect::stream::{self, Awaited, Meaning};
use crate::gap::{Gap, Repair};
use crate::session::heartbeat::Overdue;
use crate::session::phase::Phase;
use crate::wire::{Answer, Body, Content, Next, Stamp};
use crate::{
    Action, Cause, ConnId, Detail, Event, Frame, Instant, Message, Place, Presence, Reason, Rejected,
    Service, Step, Timestamp,
};

impl Session {
    pub(super) fn on_frame(&mut self, conn: ConnId, frame: Frame<'_>) {
        let Some(l) = self.lane_of(conn).filter(|&l| self.lanes[l].phase != Phase::Opening) else {
            self.stats.stale += 1;
            return;
        };
        self.stats.frames += 1;
        let now = self.now;
        let heartbeat = self.lanes[l].heartbeat().into_iter();
        match frame {
            Frame::Ping => heartbeat.for_each(|heartbeat| heartbeat.life(now)),
            Frame::Pong(payload) => self.on_pong(l, payload),
            Frame::Text(text) => {
                heartbeat.for_each(|heartbeat| heartbeat.life(now));
                self.on_message(l, conn, Body::Text(text), text.len());
            }
            Frame::Binary(bytes) => {
                heartbeat.for_each(|heartbeat| heartbeat.life(now));
                self.on_message(l, conn, Body::Binary(bytes), bytes.len());
            }
        }
    }

    fn on_pong(&mut self, l: usize, payload: &[u8]) {
        let sent = self.lanes[l].heartbeat().and_then(|heartbeat| heartbeat.pong(payload));
        self.on_pong_of(sent);
    }

    /// A pong came, the answer to a ping of this time if it is one at all.
    pub(super) fn on_pong_of(&mut self, sent: Option<Option<Instant>>) {
        match sent {
            None => self.stats.stray_pongs += 1,
            Some(sent) => {
                self.stats.last_pong = Some(self.wall());
                sent.into_iter().for_each(|sent| self.stats.round_trip.record(sent, self.now));
            }
        }
    }

    fn on_message(&mut self, l: usize, conn: ConnId, body: Body<'_>, size: usize) {
        self.stats.bytes += size as u64;
        if matches!(self.config.service, Service::Notifications(_)) {
            return self.on_notification(l, body);
        }
        let stamp = Stamp { arrived: self.now, received: self.wall() };
        match self.decoder.decode(body, stamp, &self.config.limits, self.config.deliver_unknown) {
            Ok(content) => self.on_content(l, conn, content),
            Err(reason) => self.on_bad_frame(l, reason),
        }
    }

    fn on_content(&mut self, l: usize, conn: ConnId, content: Content) {
        self.lanes[l].link.iter_mut().for_each(|link| link.bad_frames = 0);
        if content.has_events {
            self.receive_all(l);
        }
        match content.answer {
            Some(answer) => self.on_answer(l, conn, &answer),
            None if !content.has_events => self.stats.notices += 1,
            None => {}
        }
    }

    fn receive_all(&mut self, l: usize) {
        let before = (self.stats.received, self.stats.dropped);
        while let Some(next) = self.decoder.next() {
            self.receiving(l);
            match next {
                Next::Presence => {
                    self.stats.received += 1;
                    self.on_presence(l);
                }
                Next::Unknown(unknown) => {
                    self.stats.received += 1;
                    let at = unknown.received.into();
                    self.deliver(Event::Unknown(unknown), at);
                }
                Next::Filtered(count) => {
                    self.stats.received += u64::from(count);
                    self.stats.filtered += u64::from(count);
                }
                Next::Rejected { reason, place } => {
                    self.stats.received += 1;
                    self.reject(reason, place);
                }
            }
        }
        self.counted(before);
    }

    /// Events have come and perhaps been dropped since the counters stood at `before`.
    pub(super) fn counted(&mut self, before: (u64, u64)) {
        let (received, dropped) = (self.stats.received - before.0, self.stats.dropped - before.1);
        let warning = self.watch.count(received, dropped, self.now);
        warning.into_iter().for_each(|warning| self.report(warning));
        self.end_if_overrun();
    }

    /// Under the policy `end`: once for all events that came together, so that what is lost is one gap.
    pub(super) fn end_if_overrun(&mut self) {
        if self.buffer.is_overrun() {
            self.end(Cause::Overflow);
        }
    }

    /// One join or leave from the server, which the decoder holds.
    fn on_presence(&mut self, l: usize) {
        let Some(presence) = self.decoder.presence() else { return };
        let (at, is_new) = (presence.at, self.duplicates.is_new(presence));
        if is_new {
            self.saw(l, at);
        } else {
            self.stats.duplicate += 1;
        }
        match self.decoder.take_presence() {
            Some(presence) if is_new => self.deliver(Event::Presence(presence), at),
            Some(_) | None => {}
        }
    }

    /// An event of this time has come: perhaps the newest so far.
    pub(super) fn saw(&mut self, l: usize, at: Timestamp) {
        let (clock, now, future) = (self.anchor, self.now, self.config.limits.future);
        let latest = || clock.wall_at(now).after(future).into();
        self.shares[self.lanes[l].share].recovery.saw(at, now, latest);
    }

    #[inline]
    pub(super) fn deliver(&mut self, event: Event, at: Timestamp) {
        let (dropped, duplicates, book) = (&mut self.stats.dropped, &mut self.duplicates, &mut self.book);
        self.buffer.push(event, at, |lost| {
            *dropped += 1;
            // The application has not got it: whoever brings it again, the server or a repair, brings something new.
            if let Event::Presence(lost) = lost {
                duplicates.forget(lost);
                book.forget(lost);
            }
        });
    }

    pub(super) fn reject(&mut self, reason: Reason, place: Place) {
        self.stats.rejected += 1;
        self.buffer.note(Event::Rejected(Rejected { reason, place, count: 1 }));
    }

    /// A frame that could not be opened: one received, one rejected (section 4).
    pub(super) fn reject_frame(&mut self, reason: Reason) {
        self.stats.received += 1;
        self.reject(reason, Place::Frame);
    }

    pub(super) fn on_bad_frame(&mut self, l: usize, reason: Reason) {
        self.reject_frame(reason);
        let Some(link) = &mut self.lanes[l].link else { return };
        link.bad_frames += 1;
        let count = link.bad_frames;
        if count >= self.config.limits.bad_frames {
            self.close_link(l, 1008, Cause::BadFrames { count });
        }
    }

    fn on_answer(&mut self, l: usize, conn: ConnId, answer: &Answer) {
        let (awaited, step) = match self.lanes[l].phase {
            Phase::Authenticating => (Awaited::Acceptance, Step::Authenticate),
            Phase::Subscribing => (Awaited::Confirmation, Step::Subscribe),
            Phase::Live => (Awaited::Nothing, Step::Subscribe),
            Phase::Waiting
            | Phase::Authorizing
            | Phase::Preparing
            | Phase::Opening
            | Phase::Parting
            | Phase::Closing
            | Phase::Ended => return,
        };
        let told = || (self.scrub(&answer.status), self.scrub(&answer.message));
        match (stream::meaning(answer, awaited), awaited) {
            (Meaning::Yes, Awaited::Acceptance) => self.on_accepted(l, conn),
            (Meaning::Yes, Awaited::Confirmation) => self.on_confirmed(l),
            (Meaning::No, _) => {
                let (status, message) = told();
                self.close_link(l, NORMAL, Cause::Refused { step, status, message });
            }
            (Meaning::Notice, _) => {
                let (status, message) = told();
                self.stats.notices += 1;
                self.report(Detail::Notice { status, message });
            }
            (Meaning::Again, _) | (Meaning::Yes, Awaited::Nothing) => self.stats.notices += 1,
        }
    }

    pub(super) fn on_recovered(&mut self, gap: Gap, events: Vec<Presence>) {
        let mut recovered = 0;
        for event in events {
            self.stats.received += 1;
            // It proves nothing of what the server tells us, and so begins no later hole: a source may know of one
            // interaction and not of the next.
            if self.duplicates.is_new(&event) {
                recovered += 1;
                self.buffer.bring(Event::Presence(event));
            } else {
                self.stats.duplicate += 1;
            }
        }
        self.buffer.bring(Event::Repaired(Repair { gap, recovered }));
    }

    pub(super) fn send_ping(&mut self, l: usize) {
        let payload = self.beats.next_u64().to_be_bytes();
        let Some(link) = &mut self.lanes[l].link else { return };
        let (Some(heartbeat), conn) = (&mut link.heartbeat, link.conn) else { return };
        heartbeat.ping(payload, self.now);
        match self.config.service {
            Service::Stream { .. } => {
                self.actions.push_back(Action::Send { conn, message: Message::Ping(payload) });
            }
            Service::Notifications(_) => self.send_text_ping(l),
        }
        // A ping that still waits keeps its deadline, however soon the next one follows it.
        if self.lanes[l].timers.get(super::Timer::PingWrite).is_none() {
            self.lanes[l].timers.arm(super::Timer::PingWrite, self.now + self.config.heartbeat.write_timeout);
        }
    }

    pub(super) fn on_flushed(&mut self, conn: ConnId) {
        if let Some(l) = self.lane_of(conn) {
            self.lanes[l].timers.stop(super::Timer::PingWrite);
        }
    }

    pub(super) fn on_pong_overdue(&mut self, l: usize, due: Instant) {
        let now = self.now;
        match self.lanes[l].heartbeat().map(|heartbeat| heartbeat.overdue(due, now)) {
            Some(Overdue::Gone) => self.drop_link(l, Cause::Timeout(Step::Pong)),
            Some(Overdue::Probe) => self.send_ping(l),
            None => {}
        }
    }

    pub(super) fn on_pause_too_long(&mut self) {
        self.buffer.give_up_pause();
        self.report(Detail::PauseEnded);
    }

    pub(super) fn on_consumed(&mut self, took: Duration) {
        let warning = self.watch.consumed(took).filter(|_| !self.is_over());
        warning.into_iter().for_each(|warning| self.report(warning));
        if self.config.buffer.adaptive {
            self.buffer.adapt(self.watch.is_lagging());
        }
    }
}
