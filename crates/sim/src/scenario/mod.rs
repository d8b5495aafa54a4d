//! What happens in a contact centre, by name.

mod cast;
mod plot;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use rosterline_core::{Id, PresenceKind, Rng, Timestamp, UnixMillis, Word};

use crate::fact::Fact;

/// A kind of interaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Scenario {
    /// Of every kind below, in a seeded mixture.
    #[default]
    All,
    /// A call reaches an agent and ends.
    Inbound,
    /// A call is handed from one agent to another.
    Transfer,
    /// A second agent joins, and all talk together.
    Conference,
    /// A second agent is asked while the customer is on hold.
    Consult,
    /// A chat starts with a bot, which hands over to an agent.
    ChatBot,
    /// The customer gives up before anybody answers.
    Abandoned,
    /// The first agent never answers; another one does, or the queue times out.
    NoAnswer,
}

impl Scenario {
    /// All of them, in the order of the command line's help.
    pub const ALL: [Self; 8] = [
        Self::All,
        Self::Inbound,
        Self::Transfer,
        Self::Conference,
        Self::Consult,
        Self::ChatBot,
        Self::Abandoned,
        Self::NoAnswer,
    ];

    /// What [`Scenario::All`] draws from. Plain calls are the most frequent, as in life.
    const MIXTURE: [Self; 9] = [
        Self::Inbound,
        Self::Inbound,
        Self::Transfer,
        Self::Transfer,
        Self::Conference,
        Self::Consult,
        Self::ChatBot,
        Self::Abandoned,
        Self::NoAnswer,
    ];

    /// This one, or for [`Scenario::All`] one that is drawn.
    pub(crate) fn or_drawn(self, rng: &mut Rng) -> Self {
        if self == Self::All {
            Self::MIXTURE[rng.up_to(Self::MIXTURE.len() as u64 - 1) as usize]
        } else {
            self
        }
    }

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Inbound => "inbound",
            Self::Transfer => "transfer",
            Self::Conference => "conference",
            Self::Consult => "consult",
            Self::ChatBot => "chat-bot",
            Self::Abandoned => "abandoned",
            Self::NoAnswer => "no-answer",
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Scenario {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let known = Self::ALL.into_iter().find(|scenario| scenario.name() == text);
        known.ok_or_else(|| UnknownName::new("scenario", text, &Self::ALL.map(Self::name)))
    }
}

/// A name that stands for nothing; its message lists those that do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName(String);

impl UnknownName {
    pub(crate) fn new(what: &str, given: &str, known: &[&str]) -> Self {
        Self(format!("{what} {given:?} is unknown; use one of: {}", known.join(", ")))
    }
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UnknownName {}

/// One interaction from its first event to its last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// Its identifier, a UUID of version 4.
    pub interaction: Id,
    /// Its medium.
    pub channel: Word,
    /// What happens, in order of time. Everybody who joins leaves.
    pub steps: Vec<Step>,
}

/// One event of a [`Script`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When, from the interaction's start.
    pub offset: Duration,
    /// The event's type.
    pub kind: Word,
    /// Who it is about.
    pub participant: Id,
    /// Why.
    pub reason: Option<Word>,
}

impl Script {
    /// The next interaction of this kind that `rng` gives. It takes 3 to 8 s, as long as a demonstration
    /// has patience for; [`Pace`](crate::Pace) stretches it.
    #[must_use]
    pub fn generate(scenario: Scenario, rng: &mut Rng) -> Self {
        plot::generate(scenario, rng)
    }

    /// From the first event to the last.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.steps.last().map_or(Duration::ZERO, |step| step.offset)
    }

    /// The facts of this script, if it starts at `start` and goes at its own pace.
    #[must_use]
    pub fn facts(&self, start: UnixMillis) -> Vec<Fact> {
        self.steps.iter().map(|step| self.fact(step, start.after(step.offset))).collect()
    }

    pub(crate) fn fact(&self, step: &Step, at: UnixMillis) -> Fact {
        Fact {
            at: Timestamp::from(at),
            kind: step.kind.clone(),
            interaction: self.interaction.clone(),
            participant: step.participant.clone(),
            channel: self.channel.clone(),
            reason: step.reason.clone(),
        }
    }
}

/// The names of the two types that the timeline is made of.
const JOINED: &str = PresenceKind::Joined.name();
const LEFT: &str = PresenceKind::Left.name();
