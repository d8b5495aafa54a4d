//! Plays a scenario, step by step, with everything at rest in between.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_core::Stream as _;
use rosterline_core::{Event, GapId};
use rosterline_driver::{Events, Handle, Runtime};
use rosterline_sim::{Clock, Stage, Wire};

use super::log::Log;
use super::scenario::Step;
use super::seat::Seat;

/// A session in its seat, its server on the stage, and the clock of both.
pub(crate) struct Player<R: Runtime, S, W> {
    pub(crate) seat: S,
    pub(crate) stage: Stage<W>,
    pub(crate) clock: Clock,
    pub(crate) log: Log,
    pub(crate) events: Option<Events<R>>,
    pub(crate) handle: Handle<R>,
    /// Gaps that the application was told of, and has not repaired.
    pub(crate) gaps: VecDeque<GapId>,
}

impl<R: Runtime, S: Seat, W: Wire> Player<R, S, W> {
    /// Plays it to its end; the trace.
    pub(crate) fn play(mut self, steps: &[Step]) -> String {
        self.settle();
        for step in steps {
            self.step(step);
            self.settle();
        }
        // The session may be anywhere; nobody listens any more.
        self.events = None;
        self.pass(Duration::from_secs(60));
        assert!(self.seat.is_done(), "the driver has not ended\n{}", self.log.text());
        self.log.note(&format!("{:?}", self.handle.stats()));
        self.log.text()
    }

    fn step(&mut self, step: &Step) {
        self.log.note(&format!("{step:?}").chars().take(200).collect::<String>());
        let now = self.clock.now();
        match step {
            Step::Tell(facts) => self.stage.server().emit(facts.clone(), now),
            Step::Send(frame) => self.stage.server().send(frame, now),
            Step::Ping => self.stage.ping(),
            Step::Pass(time) => self.pass(*time),
            Step::Jump(time) => {
                self.clock.jump(now + *time);
                self.clock.ring();
            }
            Step::Take(most) => self.take(*most),
            Step::End(end) => self.stage.server().end(end, now),
            Step::FailTokens(count, fault) => self.stage.server().fail_tokens(*count, fault.clone()),
            Step::FailUpgrades(count, fault) => self.stage.server().fail_upgrades(*count, fault.clone()),
            Step::Repair(facts) => {
                let Some(gap) = self.gaps.pop_front() else { return };
                let events =
                    facts.iter().filter_map(|fact| fact.to_presence(now, fact.at.unix_millis())).collect();
                let result = self.handle.recovered(gap, events);
                self.log.note(&format!("repaired: {}", result.is_ok()));
            }
            Step::Subscribe(subscription) => self.handle.subscribe(subscription.clone()),
            Step::Close => self.handle.close(),
            Step::Leave => self.events = None,
        }
    }

    /// Lets everything happen that can happen at this time, one thing after the other.
    fn settle(&mut self) {
        loop {
            let now = self.clock.now();
            let before = self.seat.idle();
            if self.stage.listen(now) {
                continue;
            }
            let flying = before.is_none() || self.log.in_flight(self.stage.lines());
            if flying || self.seat.idle() != before {
                self.seat.wait(&self.log);
            } else if !self.stage.act(now) {
                return;
            }
        }
    }

    /// Lets time pass, from one deadline to the next.
    fn pass(&mut self, time: Duration) {
        let end = self.clock.now() + time;
        loop {
            self.settle();
            let next = self.log.deadline().into_iter().chain(self.stage.poll_timeout()).min();
            let next = next.filter(|at| *at < end && !self.seat.is_done());
            self.clock.jump(next.unwrap_or(end));
            self.clock.ring();
            if next.is_none() {
                return self.settle();
            }
        }
    }

    fn take(&mut self, most: usize) {
        for _ in 0..most {
            let Some(events) = &mut self.events else { return };
            match Pin::new(events).poll_next(&mut Context::from_waker(Waker::noop())) {
                Poll::Pending => return,
                Poll::Ready(None | Some(Err(_))) => self.events = None,
                Poll::Ready(Some(Ok(event))) => {
                    if let Event::Gap(gap) = event {
                        self.gaps.push_back(gap.id);
                    }
                    self.settle();
                }
            }
        }
    }
}
