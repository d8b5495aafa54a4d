//! The application of a world: takes events at its own pace, keeps timelines, and fills gaps from its source.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{Hash, Hasher as _};
use std::time::Duration;

use rosterline_core::{Detail, Event, Gap, GapCause, GapId, Id, Instant, Presence, Status};
use rosterline_timeline::{Applied, Limits, Timeline, Timelines, What};

use super::digest::Digest;
use super::options::{Options, Repairs};
use super::tally::Tally;

/// One interaction in so many is looked at closely.
const WATCHED: u64 = 8;

/// What the application knows.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) timelines: Timelines,
    /// What it was told, one number for each event: see [`content`].
    pub(crate) told: Vec<u64>,
    /// Every gap that it was told of.
    pub(crate) gaps: Vec<Gap>,
    /// The gaps that were filled, in the order in which they were.
    pub(crate) repaired: Vec<GapId>,
    /// The gaps of which the session has said that it cannot fill them.
    pub(crate) given_up: Vec<GapId>,
    /// Events that were dropped, by what the gaps say.
    pub(crate) dropped: u64,
    pub(crate) tally: Tally,
    pub(crate) digest: Digest,
    /// What does not hold for a timeline.
    pub(crate) broken: Option<String>,
    /// The last state of interactions that are looked at closely.
    watched: BTreeMap<Id, Timeline>,
    /// Takes nothing before this.
    rests: Instant,
    /// Taken since it rested.
    eaten: usize,
    appetite: (usize, Duration),
    repairs: bool,
    /// Gaps to be filled, and when.
    asked: VecDeque<(Instant, Gap)>,
}

impl App {
    pub(crate) fn new(options: &Options) -> Self {
        let mut limits = Limits::default();
        // Small enough that an hour sees timelines leave.
        (limits.retention, limits.gaps) = (Duration::from_secs(600), 4096);
        Self {
            timelines: Timelines::new(limits),
            told: Vec::new(),
            gaps: Vec::new(),
            repaired: Vec::new(),
            given_up: Vec::new(),
            dropped: 0,
            tally: Tally::default(),
            digest: Digest::new(),
            broken: None,
            watched: BTreeMap::new(),
            rests: Instant::ZERO,
            eaten: 0,
            appetite: options.appetite,
            repairs: options.repairs == Repairs::Application,
            asked: VecDeque::new(),
        }
    }

    /// Whether it takes an event now.
    pub(crate) fn is_hungry(&self, now: Instant) -> bool {
        self.rests <= now
    }

    /// When it will do something of its own accord.
    pub(crate) fn poll_timeout(&self, now: Instant) -> Option<Instant> {
        let repair = self.asked.front().map(|(at, _)| *at);
        Some(self.rests).filter(|at| *at > now).into_iter().chain(repair).min()
    }

    /// Takes nothing for so long.
    pub(crate) fn pause(&mut self, until: Instant) {
        self.rests = self.rests.max(until);
    }

    /// From here on it takes whatever there is.
    pub(crate) fn hurry(&mut self) {
        (self.rests, self.appetite) = (Instant::ZERO, (usize::MAX, Duration::ZERO));
    }

    /// The next gap to be filled.
    pub(crate) fn next_repair(&mut self, now: Instant) -> Option<Gap> {
        self.asked.front().filter(|(at, _)| *at <= now)?;
        self.asked.pop_front().map(|(_, gap)| gap)
    }

    pub(crate) fn take(&mut self, event: Event, now: Instant) {
        self.eaten += 1;
        if self.eaten >= self.appetite.0 {
            (self.eaten, self.rests) = (0, now + self.appetite.1);
        }
        self.timelines.advance(now);
        match event {
            Event::Presence(presence) => self.presence(&presence),
            Event::Gap(gap) => {
                self.timelines.gap(&gap);
                if matches!(gap.cause, GapCause::Overflow | GapCause::Shutdown) {
                    self.dropped += gap.dropped;
                }
                if self.repairs {
                    self.asked.push_back((now + Duration::from_secs(3), gap.clone()));
                }
                self.gaps.push(gap);
            }
            Event::Repaired(repair) => {
                self.timelines.repaired(repair.gap.id);
                self.repaired.push(repair.gap.id);
            }
            Event::Status(Status { detail: Detail::RepairFailed { gap, .. }, .. }) => self.given_up.push(gap),
            // The witness has seen them; and `Event` may grow.
            Event::Unknown(_)
            | Event::Unanswered(_)
            | Event::Status(_)
            | Event::Rejected(_)
            | Event::Ended(_)
            | _ => {}
        }
        while let Some(change) = self.timelines.poll_change() {
            let name = match change.what {
                What::Completed => "completed",
                What::Amended => "amended",
                What::Final => "final",
                What::Evicted(last) => {
                    let watched = self.watched.remove(&change.interaction);
                    self.count_anomalies(&last);
                    if watched.is_some_and(|known| known.revision > last.revision) {
                        self.broken = Some(format!("{}: its last revision fell", change.interaction));
                    }
                    "evicted"
                }
            };
            self.tally.count("timeline", name);
        }
    }

    fn presence(&mut self, presence: &Presence) {
        let number = content(presence);
        self.told.push(number);
        let applied = self.timelines.apply(presence);
        (number, applied).hash(&mut self.digest);
        if id_number(&presence.interaction) % WATCHED == 0 && applied == Applied::New {
            // A long timeline is looked at now and then only: to make one takes as long as it is.
            let known = self.watched.get(&presence.interaction).map_or(0, |known| known.entries.len());
            if known < 40 || number % 64 == 0 {
                self.look_at(&presence.interaction);
            }
        }
    }

    /// Revisions rise, and a difference brings from the last state to this one (I-8).
    fn look_at(&mut self, interaction: &Id) {
        let Some(now) = self.timelines.get(interaction) else { return };
        let empty = || Timeline::empty(interaction.clone());
        let mut known = self.watched.remove(interaction).unwrap_or_else(empty);
        let delta = now.since(&known);
        let rises = now.revision > known.revision;
        let same = known.patch(&delta).is_ok() && known == now;
        if !rises || !same {
            self.broken =
                Some(format!("{interaction}: revision {}, by differences {}", now.revision, known.revision));
        }
        now.revision.hash(&mut self.digest);
        self.watched.insert(interaction.clone(), now);
    }

    pub(crate) fn count_anomalies(&mut self, timeline: &Timeline) {
        for anomaly in &timeline.anomalies {
            self.tally.count("anomaly", anomaly.kind.name());
        }
    }
}

/// An event as a number: two are the same if they say the same.
pub(crate) fn content(event: &Presence) -> u64 {
    let mut digest = Digest::new();
    let Presence { at, kind, interaction, participant, channel, reason, leg: _, arrived: _, received: _ } =
        event;
    (at, kind, interaction, participant).hash(&mut digest);
    channel.hash(&mut digest);
    reason.hash(&mut digest);
    digest.finish()
}

/// An identifier as a number.
pub(crate) fn id_number(id: &Id) -> u64 {
    let mut digest = Digest::new();
    id.hash(&mut digest);
    digest.finish()
}
