//! Worlds of the `notifications` dialect by their seeds: the driver in virtual time against a [`Cloud`](crate::Cloud) on
//! which everything goes wrong, then nothing any more; and what must have become of it (docs/simulator.md).

mod options;
mod verdict;

use std::hash::{Hash as _, Hasher as _};
use std::time::Duration;

use rosterline_core::{Detail, Event, Instant, State, UnixMillis};

use crate::Clock;
use crate::cloud::Cloud;
use crate::runner::Runner;
use crate::world::{Digest, Expected, Outcome, Tally, Violation};
use options::Options;
use verdict::Verdict;

/// After the last trouble a session has this long to come back and to fill its gaps: longer than the longest delay of a
/// reconnect, ten retries of a request, and the time that data takes to settle.
const AFTERMATH: Duration = Duration::from_secs(600);

/// What has to occur in a run of many worlds.
pub(crate) const EXPECTED: Expected = &[
    ("end", &["channel-contention: 4 channels were taken ov"]),
    ("fact", &["told", "in an open gap", "complete timeline", "unanswered"]),
    ("gap", &["reconnect", "overflow", "repaired", "given up"]),
    ("move", &["socket-closing", "new-token", "done"]),
    ("rejected", &["bad-json"]),
    (
        "retry",
        &[
            "another client has taken over the channel",
            "answer to a ping took too long",
            "closed by the server (1001)",
            "connection lost (1006): the other end hung up",
            "the channel is gone: evicted or expired",
        ],
    ),
    ("source", &["snapshot", "detail", "backfill"]),
];

/// Runs the world of a seed, with trouble for `length`.
#[must_use]
pub fn run_cloud(seed: u64, length: Duration) -> Outcome {
    let options = Options::swarm(seed);
    let clock = Clock::new();
    let runtime = options.runtime(clock.clone());
    let cloud = Cloud::new(options.cloud(), Instant::ZERO);
    let config = options.config(&cloud);
    let mut watcher = Watcher { takes_every: options.takes_every, ..Watcher::default() };
    let mut runner = Runner::new(cloud, config, clock, runtime, None).expect("the settings are valid");
    for nap in options.naps {
        runner.pass(length / 2, |runner| watcher.look(runner));
        runner.nap(nap);
    }
    watcher.takes_every = Duration::ZERO;
    runner.stage.server().calm();
    runner.pass(AFTERMATH, |runner| watcher.look(runner));
    // Whatever was under way at the last moment may be told of a little later.
    runner.stage.server().quiet();
    runner.pass(Duration::from_secs(30), |runner| watcher.look(runner));
    let lasted = runner.clock.now().since(Instant::ZERO);
    let cloud = runner.stage.server();
    let events = cloud.facts().len() as u64;
    let verdict = Verdict::of(&watcher.told, cloud, &options.queues(), watcher.live, watcher.ended);
    verdict.count(&mut watcher.tally);
    let at = Instant::ZERO + lasted;
    let violation = verdict.violation.map(|(invariant, what)| Violation { invariant, at, what });
    Outcome { hash: watcher.digest.finish(), tally: watcher.tally, violation, lasted, events }
}

/// Takes what the session tells, now and then.
struct Watcher {
    told: Vec<Event>,
    tally: Tally,
    digest: Digest,
    takes_every: Duration,
    next: Instant,
    /// When the session was live for the first time.
    live: Option<UnixMillis>,
    ended: Option<UnixMillis>,
}

impl Default for Watcher {
    fn default() -> Self {
        Self {
            told: Vec::new(),
            tally: Tally::default(),
            digest: Digest::new(),
            takes_every: Duration::ZERO,
            next: Instant::ZERO,
            live: None,
            ended: None,
        }
    }
}

impl Watcher {
    /// Takes everything, if it is time. Never enough.
    fn look(&mut self, runner: &mut Runner<Cloud>) -> bool {
        let now = runner.clock.now();
        if now < self.next {
            return false;
        }
        self.next = now + self.takes_every;
        while let Some(event) = runner.take() {
            format!("{} {event:?}", now.0).hash(&mut self.digest);
            self.count(&event, runner.clock.wall());
            self.told.push(event);
        }
        false
    }

    fn count(&mut self, event: &Event, wall: UnixMillis) {
        match event {
            Event::Presence(presence) => {
                let source = presence.leg.as_ref().map_or("none", |leg| leg.source.name());
                self.tally.count("source", source);
            }
            Event::Status(status) => {
                if status.state == State::Live {
                    self.live.get_or_insert(wall);
                }
                match &status.detail {
                    Detail::Moving { why } => self.tally.count("move", why.name()),
                    Detail::Moved => self.tally.count("move", "done"),
                    Detail::MoveFailed(_) => self.tally.count("move", "failed"),
                    Detail::RepairFailed { .. } => self.tally.count("gap", "given up"),
                    Detail::Retry { cause, .. } => self.tally.count("retry", format!("{cause:.40}")),
                    // Counted by the worlds of the other dialect, or of a later core.
                    Detail::None
                    | Detail::TokenRenewed
                    | Detail::RenewalFailed(_)
                    | Detail::Lagging { .. }
                    | Detail::Dropping { .. }
                    | Detail::PauseEnded
                    | Detail::TopicRefused { .. }
                    | Detail::Notice { .. }
                    | _ => {}
                }
            }
            Event::Gap(gap) => self.tally.count("gap", gap.cause.name()),
            Event::Repaired(_) => self.tally.count("gap", "repaired"),
            Event::Rejected(rejected) => self.tally.count("rejected", rejected.reason.name()),
            Event::Ended(cause) => {
                self.ended = Some(wall);
                self.tally.count("end", format!("{cause:.40}"));
            }
            Event::Unanswered(_) => self.tally.count("fact", "unanswered"),
            // Not of this dialect, or of a later core.
            Event::Unknown(_) | _ => {}
        }
    }
}
