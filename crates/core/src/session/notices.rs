//! What the service says on a channel: snapshots and details become events, the rest is about the channel itself
//! (docs/notifications.md, sections 4 and 8).

use super::Session;
use super::end::NORMAL;
use crate::dialect::notifications::Report;
use crate::dialect::notifications::frame::{self, Answer, Message, System, SystemKind};
use crate::dialect::notifications::told::Told;
use crate::event::Move;
use crate::session::heartbeat::Heartbeat;
use crate::wire::index::Index;
use crate::wire::{Body, Stamp};
use crate::{Cause, Detail, Event, Offer, Step, Unknown, Word};

impl Session {
    pub(super) fn on_notification(&mut self, l: usize, body: Body<'_>) {
        if !self.lanes[l].heard {
            self.on_first_frame(l);
        }
        let mut index = core::mem::take(&mut self.index);
        self.on_frame_of_channel(l, body, &mut index);
        self.index = index;
    }

    fn on_frame_of_channel(&mut self, l: usize, body: Body<'_>, index: &mut Index) {
        let message = match frame::read(body, &self.config.limits, index) {
            Ok(message) => message,
            Err(reason) => return self.on_bad_frame(l, reason),
        };
        self.lanes[l].link.iter_mut().for_each(|link| link.bad_frames = 0);
        let is_retired = self.lanes[l].retired.is_some();
        match message {
            // Of a channel that was let go nothing counts but the events that were under way.
            Message::Answer(_) | Message::System(_) if is_retired => self.stats.notices += 1,
            Message::Heartbeat => {}
            Message::Pong => self.on_text_pong(l),
            Message::Answer(answer) => self.on_socket_answer(l, &answer),
            Message::System(system) => return self.on_system(l, &system),
            Message::Snapshot(snapshot) => self.on_report(l, &snapshot),
            Message::Detail(detail) => self.on_report(l, &detail),
            Message::Other { topic, body } => self.on_other(l, &topic, body),
        }
        self.heard(l);
    }

    fn on_text_pong(&mut self, l: usize) {
        let heartbeat = self.lanes[l].heartbeat();
        let sent = heartbeat.and_then(Heartbeat::plain_pong);
        self.on_pong_of(sent);
        self.on_answered(l);
    }

    /// We ask for nothing on the socket, but a channel that is gone is also told of here.
    fn on_socket_answer(&mut self, l: usize, answer: &Answer<'_>) {
        self.stats.notices += 1;
        if answer.result == "404" {
            return self.close_link(l, NORMAL, Cause::ChannelGone);
        }
        let (status, message) = (self.scrub(&answer.status), self.scrub(&answer.message));
        self.report(Detail::Notice { status, message });
    }

    fn on_system(&mut self, l: usize, system: &System<'_>) {
        let ours = self.lanes[l].channel.as_ref().map(|channel| channel.id.expose());
        let is_about_us = system.channel.as_deref().is_none_or(|named| ours.is_none_or(|ours| ours == named));
        match system.kind {
            // Word of a channel that is gone already.
            SystemKind::NoLongerSubscribed { .. } if !is_about_us => self.stats.notices += 1,
            SystemKind::SocketClosing => {
                self.lanes[l].link.iter_mut().for_each(|link| link.is_closing = true);
                self.move_on(l, Move::Closing);
            }
            SystemKind::NoLongerSubscribed { another } => {
                let cause = if another { Cause::ChannelTaken } else { Cause::ChannelGone };
                self.close_link(l, NORMAL, cause);
            }
            SystemKind::TokenRevoked => {
                self.keeper.doubt();
                self.close_link(
                    l,
                    NORMAL,
                    Cause::Http { step: Step::Channel, status: 401, retry_after: None },
                );
            }
            SystemKind::Other => {
                self.stats.notices += 1;
                let message = self.scrub(&system.message);
                self.report(Detail::Notice { status: "system".into(), message });
            }
        }
    }

    /// What tells nothing of presence.
    fn on_other(&mut self, l: usize, topic: &str, body: &str) {
        self.stats.received += 1;
        self.receiving(l);
        if !self.config.deliver_unknown {
            self.stats.filtered += 1;
            return;
        }
        let received = self.wall();
        let unknown = Unknown { kind: Word::from(topic), json: body.into(), received };
        self.deliver(Event::Unknown(unknown), received.into());
        self.end_if_overrun();
    }

    /// What a snapshot or a detail event tells: everything that is not known yet is an event.
    fn on_report(&mut self, l: usize, report: &dyn Report) {
        self.receiving(l);
        let stamp = Stamp { arrived: self.now, received: self.wall() };
        let mut told = core::mem::take(&mut self.told);
        self.book.take(report, stamp, &mut |one| told.push(one));
        let before = (self.stats.received, self.stats.dropped);
        for one in told.drain(..) {
            match one {
                Told::New(presence) => {
                    self.stats.received += 1;
                    let at = presence.at;
                    self.discovered(&presence.interaction);
                    self.saw(l, at);
                    self.deliver(Event::Presence(presence), at);
                }
                Told::Known => {
                    self.stats.received += 1;
                    self.stats.duplicate += 1;
                }
                Told::Missed(offer) => self.on_missed(offer),
                Told::Rejected { reason, place } => {
                    self.stats.received += 1;
                    self.reject(reason, place);
                }
            }
        }
        self.told = told;
        self.counted(before);
    }

    /// Somebody did not answer.
    pub(super) fn on_missed(&mut self, offer: Offer) {
        self.stats.unanswered += 1;
        self.buffer.note(Event::Unanswered(offer));
    }
}
