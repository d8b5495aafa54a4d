//! What can go wrong in a world, and when it does.

use std::time::Duration;

use rosterline_core::Rng;

/// A kind of trouble that a world may have, each with its own rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trouble {
    /// The server hangs up without a close frame.
    Cut,
    /// The connection is reset; what is on its way is lost.
    Reset,
    /// Neither side hears the other any more, and nobody says so.
    HalfOpen,
    /// The server reads nothing any more, and goes on telling.
    Deaf,
    /// The server closes, with one of many codes.
    Close,
    /// For a while nothing arrives at the client.
    SilentIn,
    /// For a while nothing arrives at the server.
    SilentOut,
    /// For a while the client's socket gets rid of nothing.
    Clog,
    /// For a while everything takes long.
    Slow,
    /// The next dials or requests fail: names, routes, certificates, proxies, file descriptors.
    Unreachable,
    /// The next requests for a token are refused, late, or answered with nonsense.
    Login,
    /// The next opening handshakes are refused or late.
    Handshake,
    /// The next authentication or subscription is refused, ignored, or answered late.
    Dialogue,
    /// Frames that nobody can read, or that nobody asked for.
    Garbage,
    /// Events that do not fit together: twice, in conflict, from tomorrow.
    Contradiction,
    /// A great many events at once.
    Flood,
    /// The process sleeps: time passes, and nothing runs.
    Suspend,
    /// The machine sleeps, and its monotonic clock stands still.
    Nap,
    /// The time of day is set, rightly or wrongly.
    ClockSet,
    /// The application stops taking events for a while.
    Pause,
    /// The application wants something else.
    Resubscribe,
}

impl Trouble {
    /// All of them.
    pub const ALL: [Self; 21] = [
        Self::Cut,
        Self::Reset,
        Self::HalfOpen,
        Self::Deaf,
        Self::Close,
        Self::SilentIn,
        Self::SilentOut,
        Self::Clog,
        Self::Slow,
        Self::Unreachable,
        Self::Login,
        Self::Handshake,
        Self::Dialogue,
        Self::Garbage,
        Self::Contradiction,
        Self::Flood,
        Self::Suspend,
        Self::Nap,
        Self::ClockSet,
        Self::Pause,
        Self::Resubscribe,
    ];

    /// The name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cut => "cut",
            Self::Reset => "reset",
            Self::HalfOpen => "half-open",
            Self::Deaf => "deaf",
            Self::Close => "close",
            Self::SilentIn => "silent-in",
            Self::SilentOut => "silent-out",
            Self::Clog => "clog",
            Self::Slow => "slow",
            Self::Unreachable => "unreachable",
            Self::Login => "login",
            Self::Handshake => "handshake",
            Self::Dialogue => "dialogue",
            Self::Garbage => "garbage",
            Self::Contradiction => "contradiction",
            Self::Flood => "flood",
            Self::Suspend => "suspend",
            Self::Nap => "nap",
            Self::ClockSet => "clock-set",
            Self::Pause => "pause",
            Self::Resubscribe => "resubscribe",
        }
    }
}

/// One trouble that befalls a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strike {
    /// When, from the beginning.
    pub at: Duration,
    /// What.
    pub trouble: Trouble,
    /// How long, for those that last.
    pub lasting: Duration,
    /// Where its details are drawn from.
    pub(crate) force: u64,
}

impl Strike {
    /// Every strike within this time, one in `calm` on average, in order of time.
    pub(crate) fn draw(seed: u64, troubles: &[Trouble], calm: Duration, length: Duration) -> Vec<Self> {
        let mut rng = Rng::stream(seed, "troubles");
        let mut strikes = Vec::new();
        let mut at = Duration::ZERO;
        let most = u64::try_from(calm.as_millis()).expect("it is short") * 2;
        while let Some(last) = troubles.len().checked_sub(1) {
            at += Duration::from_millis(rng.up_to(most));
            if at >= length {
                break;
            }
            let trouble = troubles[usize::try_from(rng.up_to(last as u64)).expect("it is an index")];
            // Most are over before a heartbeat is; some outlast every deadline there is.
            let most = [2_000, 20_000, 120_000][usize::try_from(rng.up_to(2)).expect("it is small")];
            let lasting = Duration::from_millis(rng.up_to(most));
            strikes.push(Self { at, trouble, lasting, force: rng.next_u64() });
        }
        strikes
    }
}
