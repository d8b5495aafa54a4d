//! A world in virtual time: a session, its server, the network between them, an application, and everything that can go
//! wrong, drawn from one seed. Whoever looks on knows what must hold, and says where it did not.

mod app;
mod calls;
mod campaign;
mod connection;
mod dials;
mod digest;
mod door;
mod eye;
mod keep;
mod options;
mod seat;
mod shrink;
mod strike;
mod tally;
mod trouble;
mod verdict;
mod witness;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rosterline_core::{Id, Instant, State};
use rosterline_driver::{Hooks, Tap, split_with};

use crate::runtime::{Clock, Virtual, VirtualWire, Weather};
use crate::server::{Filter, Server};
use crate::stage::Stage;
use app::App;
use door::AtTheDoor;
use eye::Eye;
use options::{Farewell, Repairs};
use seat::{Driven, Seat, Taken};
use strike::Effect;
use witness::Witness;

pub use campaign::{Summary, campaign, cloud_campaign};
pub(crate) use digest::Digest;
pub use keep::{Keep, NoKeep};
pub use options::{Options, Way};
pub use shrink::Shrunk;
pub(crate) use tally::Expected;
pub use tally::Tally;
pub use trouble::{Strike, Trouble};
pub use witness::Violation;

/// Once all trouble has stopped, the session has to be live within this, whatever was going on: what may still be
/// waited for is the end of a silence, an answer that asked for patience, two attempts with all their steps, and the
/// rests between them.
const CONVERGENCE: Duration = Duration::from_secs(360);

/// How long everything goes well before the end.
const CALM: Duration = Duration::from_secs(60);

/// After the application has closed the session, or has gone.
const FAREWELL: Duration = Duration::from_secs(40);

/// The counts are added up each time that everything has come to rest so often.
const COUNTED: u64 = 4;

/// What the server puts into one frame at most.
const MOST_IN_A_FRAME: u64 = 256;

/// In so many turns whatever can happen at one moment has happened.
const MOST_TURNS: u32 = 100_000;

/// What became of a world.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The hash of everything that happened at the session's door, and of what the application made of it.
    pub hash: u64,
    /// How often what occurred.
    pub tally: Tally,
    /// What did not hold, if something did not.
    pub violation: Option<Violation>,
    /// How much time has passed in it.
    pub lasted: Duration,
    /// Events that the server had to tell.
    pub events: u64,
}

/// A world at work.
pub(crate) struct World {
    options: Options,
    clock: Clock,
    network: Virtual,
    stage: Stage<VirtualWire>,
    seat: Box<dyn Seat>,
    witness: Arc<Mutex<Witness>>,
    app: App,
    /// What lasts at the moment, and until when.
    lasting: Vec<(Instant, Effect)>,
    /// What was subscribed to at one time or another, but for everything.
    filters: Vec<Filter>,
    /// Events that do not fit together, as numbers, and their interactions: the server's truth does not have them.
    odd: (Vec<u64>, Vec<Id>),
    /// The session's time of day was wrong at one time or another.
    was_wrong: bool,
    /// When the session was told to end, or the application went.
    closed: Option<Instant>,
    last_received: u64,
    /// Of the session's buffer.
    capacity: u64,
    checks: u64,
}

impl Options {
    /// Lets the world happen, from its beginning to its end.
    #[must_use]
    pub fn run(self) -> Outcome {
        World::new(self, None).run()
    }

    /// The same, with somebody else at the session's door as well.
    #[must_use]
    pub fn run_before(self, tap: Box<dyn Tap>) -> Outcome {
        World::new(self, Some(tap)).run()
    }
}

impl World {
    fn new(options: Options, other: Option<Box<dyn Tap>>) -> Self {
        let clock = Clock::new();
        let network = Virtual::in_weather(clock.clone(), Weather::new(options.seed));
        let stage = Stage::new(Server::new(options.server(), Instant::ZERO), network.wire());
        let config = options.config();
        let capacity = config.buffer.capacity as u64;
        let witness = Arc::new(Mutex::new(Witness::new(&config, clock.clone())));
        let tap = Box::new(Eye::new(witness.clone(), other));
        const SOUND: &str = "the settings of a world are in range";
        let seat: Box<dyn Seat> = match options.way {
            Way::Driver => {
                let hooks = Hooks { tap: Some(tap), ..Hooks::default() };
                let (driver, events, handle) = split_with(config, network.clone(), hooks).expect(SOUND);
                Box::new(Driven::new(driver, events, handle))
            }
            Way::Door => Box::new(AtTheDoor::new(config, network.clone(), tap).expect(SOUND)),
        };
        let app = App::new(&options);
        let (lasting, filters) = (Vec::new(), Vec::new());
        let mut world = Self {
            options,
            clock,
            network,
            stage,
            seat,
            witness,
            app,
            lasting,
            filters,
            odd: (Vec::new(), Vec::new()),
            was_wrong: false,
            closed: None,
            last_received: 0,
            capacity,
            checks: 0,
        };
        world.change_weather();
        world
    }

    fn run(mut self) -> Outcome {
        self.settle();
        for strike in self.options.strikes.clone() {
            self.pass_until(Instant::ZERO + strike.at);
            self.strike(&strike);
            self.settle();
        }
        self.pass_until(Instant::ZERO + self.options.length);
        self.calm();
        self.converge();
        self.pass_until(self.clock.now() + CALM);
        self.mend();
        self.part();
        self.judge();
        let events = self.stage.server().counts().events;
        let witness = self.witness();
        let mut tally = witness.tally.clone();
        tally.add(&self.app.tally);
        Outcome {
            hash: witness.hash() ^ std::hash::Hasher::finish(&self.app.digest),
            tally,
            violation: witness.violation.clone(),
            lasted: self.clock.now().since(Instant::ZERO),
            events,
        }
    }

    fn witness(&self) -> MutexGuard<'_, Witness> {
        self.witness.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn violate(&self, invariant: &'static str, what: impl Into<String>) {
        self.witness().violate(invariant, what);
    }

    /// Whether there is nothing more to be seen.
    fn is_over(&self) -> bool {
        self.seat.is_done() || self.witness().violation.is_some()
    }

    /// Lets time pass, from one thing that is due to the next.
    fn pass_until(&mut self, end: Instant) {
        while !self.is_over() && self.clock.now() < end {
            let next = self.next_due().filter(|at| *at < end);
            self.clock.jump(next.unwrap_or(end));
            self.wake();
            self.settle();
        }
    }

    /// Whoever waits for this moment runs.
    fn wake(&mut self) {
        let now = self.clock.now();
        if self.lasting.iter().any(|(until, _)| *until <= now) {
            self.lasting.retain(|(until, _)| *until > now);
            self.change_weather();
        }
        self.clock.ring();
        self.network.deliver();
    }

    fn next_due(&self) -> Option<Instant> {
        let now = self.clock.now();
        let session = self.witness().deadline.map(|deadline| self.clock.when(deadline.at));
        let lasting = self.lasting.iter().map(|(until, _)| *until);
        let others =
            [session, self.stage.poll_timeout(), self.network.poll_timeout(), self.app.poll_timeout(now)];
        others.into_iter().flatten().chain(lasting).filter(|at| *at > now).min()
    }

    /// Lets everything happen that can happen at this moment.
    fn settle(&mut self) {
        for turn in 0.. {
            let now = self.clock.now();
            if turn > MOST_TURNS {
                self.violate("I-13", "it spins");
            }
            let any = self.stage.listen(now) | self.seat.work() | self.consume(now) | self.stage.act(now);
            if !any || self.witness().violation.is_some() {
                break;
            }
        }
        self.check();
    }

    /// The application takes what it wants, and fills what it can.
    fn consume(&mut self, now: Instant) -> bool {
        let mut any = false;
        while let Some(gap) = self.app.next_repair(now) {
            any = true;
            self.repair(&gap);
        }
        while self.app.is_hungry(now) {
            match self.seat.take() {
                Taken::Event(event) => self.app.take(event, now),
                Taken::Nothing | Taken::End => return any,
            }
            any = true;
        }
        any
    }

    /// What holds whenever everything is at rest.
    fn check(&mut self) {
        let now = self.clock.now();
        self.checks += 1;
        if self.checks % COUNTED == 0 {
            self.check_counts();
        }
        let deadline = self.witness().deadline;
        let late = deadline.is_none_or(|deadline| self.clock.when(deadline.at) <= now);
        if !self.seat.is_done() && late && self.witness().ended.is_none() {
            self.violate("I-12", format!("everything is at rest, and the next deadline is {deadline:?}"));
        }
        if let Some(broken) = self.app.broken.take() {
            self.violate("I-8", broken);
        }
    }

    /// Whatever was received has gone somewhere (I-1).
    fn check_counts(&mut self) {
        let stats = self.seat.stats();
        let sum = stats.accounted();
        if stats.received != sum || stats.received < self.last_received {
            self.violate("I-1", format!("received {} is not the sum {sum}", stats.received));
        }
        self.last_received = stats.received;
        // Under `pause` a frame is taken whole, and what comes before the answers of a server may fill the buffer once
        // more; what the application brings waits beside it.
        let most = 2 * self.capacity + MOST_IN_A_FRAME;
        if stats.buffered > most && self.options.repairs == Repairs::Nobody {
            self.violate("I-19", format!("{} events wait, where {most} may", stats.buffered));
        }
    }

    /// Trouble stops: nothing goes wrong from here on.
    fn calm(&mut self) {
        self.stage.server().calm();
        self.lasting.clear();
        self.clock.set_wall(0);
        self.options.latency = (Duration::ZERO, Duration::ZERO);
        self.network.weather(|weather| weather.failures.clear());
        self.change_weather();
        self.app.hurry();
        self.network.deliver();
        self.settle();
    }

    /// The session has to come to life again (I-16).
    fn converge(&mut self) {
        let end = self.clock.now() + CONVERGENCE;
        while !self.is_over() && self.witness().state != State::Live {
            if self.clock.now() >= end {
                let state = self.witness().state;
                let waits = self.witness().deadline;
                return self.violate(
                    "I-16",
                    format!("{CONVERGENCE:?} without trouble, and it is {state:?}: {waits:?}"),
                );
            }
            let next = self.next_due().map_or(end, |at| at.min(end));
            self.pass_until(next);
        }
    }

    /// The session has to fill every gap, or to say that it cannot (I-16).
    fn mend(&mut self) {
        let end = self.clock.now() + CONVERGENCE;
        while !self.is_over() && self.torn().is_some() && self.clock.now() < end {
            let next = self.next_due().map_or(end, |at| at.min(end));
            self.pass_until(next);
        }
        if let (false, Some(gap)) = (self.is_over(), self.torn()) {
            self.violate(
                "I-16",
                format!("{CONVERGENCE:?} without trouble, and nothing has become of {gap:?}"),
            );
        }
    }

    /// The application closes the session, or goes; it has to be over soon (I-17).
    fn part(&mut self) {
        if self.is_over() {
            return;
        }
        if self.options.farewell == Farewell::Stall {
            let now = self.clock.now();
            self.app.pause(now + FAREWELL / 2);
            self.pass_until(now + FAREWELL / 4);
        }
        self.closed = Some(self.clock.now());
        match self.options.farewell {
            Farewell::Close | Farewell::Stall => self.seat.close(),
            Farewell::Leave => self.seat.leave(),
        }
        self.settle();
        self.pass_until(self.clock.now() + FAREWELL);
        // What it did not want then it takes now.
        self.app.hurry();
        self.settle();
        if !self.seat.is_done() {
            self.violate("I-17", format!("it has not ended within {FAREWELL:?}"));
        }
    }
}
