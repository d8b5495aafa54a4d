//! What a simulated world is like: everything is drawn from its seed.

use std::fmt;
use std::time::Duration;

use rosterline_core::{Auth, Backfill, Config, Endpoint, Policy, Rng, Secret, Service, Subscription};

use super::keep::Keep;
use super::trouble::{Strike, Trouble};
use crate::faults::{FaultPlan, FrameFault, HttpFault, When};
use crate::feed::Pace;
use crate::runtime::Clock;
use crate::scenario::Scenario;
use crate::server::{Credentials, STREAM_PATH, ServerConfig};

/// The secret of the world's client. Whatever prints it has a leak.
pub(crate) const CANARY: &str = "CANARY-7f3a9c51";

/// How the session of a world is driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// By the real driver, on a runtime in virtual time.
    Driver,
    /// At its door, by a loop of a few lines.
    Door,
}

/// Who fills gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repairs {
    /// Nobody.
    Nobody,
    /// The application, from a source that knows everything.
    Application,
    /// The session, which asks the REST API.
    Session,
}

/// How the application parts with its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Farewell {
    /// It closes it, and takes the rest.
    Close,
    /// It closes it, and takes nothing for longer than the session waits.
    Stall,
    /// It goes, and the session finds out.
    Leave,
}

/// A world before it begins. The same seed and length give the same one.
#[derive(Clone, Debug)]
pub struct Options {
    /// The seed of everything.
    pub seed: u64,
    /// How long there is trouble; then all of it stops, and everything has to come right.
    pub length: Duration,
    /// How the session is driven.
    pub way: Way,
    /// What goes wrong, besides the frames.
    pub strikes: Vec<Strike>,
    /// What goes wrong with frames, each with how many in a hundred.
    pub frames: Vec<(u8, FrameFault)>,
    /// How many interactions there are, if not as many as the time has room for.
    pub interactions: Option<u64>,
    /// How many people there are in a flood at most.
    pub(crate) people: u64,
    /// Who fills gaps.
    pub(crate) repairs: Repairs,
    /// How many events the application takes at a time, and how long it rests then.
    pub(crate) appetite: (usize, Duration),
    /// How the application parts with the session in the end.
    pub(crate) farewell: Farewell,
    /// Whether trouble may be such that the session gives up.
    pub(crate) mortal: bool,
    /// How long messages take, and how much longer at most.
    pub(crate) latency: (Duration, Duration),
    close_expired: bool,
    token_lifetime: Duration,
}

impl Options {
    /// Draws a world in which there is trouble for so long.
    #[must_use]
    pub fn swarm(seed: u64, length: Duration) -> Self {
        let mut rng = Rng::stream(seed, "swarm");
        // In some worlds nothing goes wrong: then nothing may be lost, and no connection given up.
        let quiet = rng.chance(2);
        let likely = |chance: u64| if quiet { 0 } else { chance };
        // Every subset has its chance: what hides behind one trouble shows where it is missing.
        // Only a wrong clock is rare: nobody can be held to much there.
        let chance = |trouble: &Trouble| likely(if *trouble == Trouble::ClockSet { 10 } else { 45 });
        let troubles: Vec<_> =
            Trouble::ALL.into_iter().filter(|trouble| rng.chance(chance(trouble))).collect();
        let mut frames = Vec::new();
        for (most, fault) in FRAMES {
            if rng.chance(likely(35)) {
                frames.push((u8::try_from(1 + rng.up_to(most - 1)).expect("it is small"), fault));
            }
        }
        let appetite = match rng.up_to(9) {
            0 if !quiet => (1, Duration::from_millis(1_500)),
            1 if !quiet => (50, Duration::from_secs(20)),
            _ => (usize::MAX, Duration::ZERO),
        };
        let calm = Duration::from_secs([30, 120, 600][pick(&mut rng, 3)]);
        let millis = |(a, b)| (Duration::from_millis(a), Duration::from_millis(b));
        Self {
            seed,
            length,
            way: if rng.chance(50) { Way::Driver } else { Way::Door },
            strikes: Strike::draw(seed, &troubles, calm, length),
            frames,
            interactions: None,
            people: u64::MAX,
            repairs: match rng.chance(40) {
                true if Rng::stream(seed, "backfill").chance(50) => Repairs::Session,
                true => Repairs::Application,
                false => Repairs::Nobody,
            },
            appetite,
            farewell: [Farewell::Close, Farewell::Close, Farewell::Stall, Farewell::Leave][pick(&mut rng, 4)],
            mortal: rng.chance(likely(12)),
            latency: millis([(0, 0), (5, 3), (150, 100)][pick(&mut rng, 3)]),
            close_expired: rng.chance(likely(50)),
            token_lifetime: Duration::from_secs([120, 900, 86_399][pick(&mut rng, 3)]),
        }
    }

    /// The same world with only a part of it.
    #[must_use]
    pub fn keep(mut self, keep: &Keep) -> Self {
        let chosen = |places: &Option<Vec<usize>>, place: usize| {
            places.as_ref().is_none_or(|places| places.contains(&place))
        };
        let mut place = 0..;
        self.strikes.retain(|_| chosen(&keep.strikes, place.next().unwrap_or_default()));
        let mut place = 0..;
        self.frames.retain(|_| chosen(&keep.frames, place.next().unwrap_or_default()));
        self.length = keep.length.unwrap_or(self.length);
        self.strikes.retain(|strike| strike.at < self.length);
        self.interactions = keep.interactions.or(self.interactions);
        self.people = keep.people.unwrap_or(self.people);
        self
    }

    /// Whether nothing goes wrong here.
    pub(crate) fn is_quiet(&self) -> bool {
        let hungry = self.appetite.0 == usize::MAX && self.farewell != Farewell::Stall;
        self.strikes.is_empty() && self.frames.is_empty() && hungry && !self.close_expired
    }

    /// The settings of the world's session.
    #[must_use]
    pub fn config(&self) -> Config {
        let mut rng = Rng::stream(self.seed, "config");
        let url = |scheme: &str, path: &str| {
            Endpoint::new(&format!("{scheme}://sim.example.com{path}")).expect("a valid URL")
        };
        let auth = Auth::ClientCredentials {
            login_url: url("https", ""),
            client_id: "sim".to_owned(),
            client_secret: Secret::new(CANARY),
        };
        let mut config = Config::new(url("wss", STREAM_PATH), auth, Subscription::all());
        config.seed = self.seed;
        config.buffer.capacity = [16, 256, 1024][pick(&mut rng, 3)];
        config.buffer.policy = match rng.up_to(9) {
            0..=5 => Policy::Pause,
            6..=8 if self.mortal => Policy::End,
            6 | 7 => Policy::DropOldest,
            _ => Policy::DropNewest,
        };
        config.heartbeat.interval = Duration::from_secs([5, 30][pick(&mut rng, 2)]);
        config.heartbeat.strict = rng.chance(20);
        config.buffer.adaptive = rng.chance(20);
        config.reconnect.max_attempts = Some(5).filter(|_| self.mortal);
        config.reconnect.jitter = rng.chance(80);
        config.limits.frame = 64 << 10;
        config.limits.bad_frames = if rng.chance(30) { 2 } else { 50 };
        config.deliver_unknown = rng.chance(30);
        if let (Repairs::Session, Service::Stream { backfill, .. }) = (self.repairs, &mut config.service) {
            *backfill = Some(Backfill { api_url: url("https", ""), settle: SETTLE });
        }
        config
    }

    /// The server's settings.
    pub(crate) fn server(&self) -> ServerConfig {
        let plan = FaultPlan::new().close_expired(self.close_expired);
        let plan = self
            .frames
            .iter()
            .fold(plan, |plan, (percent, fault)| plan.frame(When::Percent(*percent), *fault));
        let plan = match self.repairs {
            Repairs::Session if !self.is_quiet() => {
                QUERIES.into_iter().fold(plan, |plan, fault| plan.query(When::Percent(5), fault))
            }
            Repairs::Session | Repairs::Application | Repairs::Nobody => plan,
        };
        ServerConfig {
            seed: self.seed,
            scenario: Some(Scenario::All),
            // About one event a second.
            pace: Pace::percent(10),
            interactions: self.interactions,
            plan,
            credentials: Some(Credentials { id: "sim".into(), secret: Secret::new(CANARY) }),
            token_lifetime: self.token_lifetime,
            lag: SETTLE / 2,
            wall: Clock::DAWN,
            ..ServerConfig::default()
        }
    }

    /// How far behind a newer event one may arrive that was told before it.
    pub(crate) fn disorder(&self) -> Duration {
        let held =
            |(_, fault): &(u8, FrameFault)| matches!(fault, FrameFault::Reorder | FrameFault::Delay(_));
        // What is held back so that another can overtake it waits a second at most.
        if self.frames.iter().any(held) { Duration::from_secs(1) + DELAY } else { Duration::ZERO }
    }
}

/// How long data takes to settle in the worlds; half of it, in truth.
const SETTLE: Duration = Duration::from_secs(6);

/// What befalls requests that fill gaps.
const QUERIES: [HttpFault; 4] = [
    HttpFault::refuse(503),
    HttpFault::refuse(429),
    HttpFault::Slow(Duration::from_secs(20)),
    HttpFault::Page,
];

/// How long a frame is delayed by that fault.
const DELAY: Duration = Duration::from_millis(800);

/// The faults of frames, and how many in a hundred they befall at most.
const FRAMES: [(u64, FrameFault); 12] = [
    (10, FrameFault::Duplicate),
    (10, FrameFault::Reorder),
    (10, FrameFault::Delay(DELAY)),
    (3, FrameFault::NoJson),
    (3, FrameFault::Truncated),
    (5, FrameFault::BadEvent),
    (5, FrameFault::BadTimestamp),
    (5, FrameFault::BadField),
    (10, FrameFault::ExtraFields),
    (10, FrameFault::Binary),
    (2, FrameFault::Gzip),
    (2, FrameFault::Zlib),
];

/// The header of a run: with the version of the crate it gives the same one again.
impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, length, way, strikes, frames, appetite, .. } = self;
        write!(f, "seed {seed} of version {}: {length:?} by the {way:?}, ", env!("CARGO_PKG_VERSION"))?;
        let mut names: Vec<_> = strikes.iter().map(|strike| strike.trouble.name()).collect();
        names.sort_unstable();
        names.dedup();
        write!(f, "{} strikes ({}), frames {frames:?}, ", strikes.len(), names.join(" "))?;
        let repairs = match self.repairs {
            Repairs::Application => "repairs",
            Repairs::Session => "leaves repairs to the session",
            Repairs::Nobody => "does not repair",
        };
        match appetite {
            (usize::MAX, _) => write!(f, "the application takes what there is and {repairs}"),
            (most, rest) => write!(f, "the application takes {most} each {rest:?} and {repairs}"),
        }
    }
}

pub(crate) fn pick(rng: &mut Rng, count: u64) -> usize {
    usize::try_from(rng.up_to(count - 1)).expect("it is small")
}
