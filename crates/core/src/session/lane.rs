//! A lane: one way to the server, from nothing to live and back again, with everything that belongs to it alone.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::channel::Channel;
use super::moving::Retired;
use crate::reconnect::Backoff;
use crate::session::heartbeat::Heartbeat;
use crate::session::phase::Phase;
use crate::session::recovery::Recovery;
use crate::session::timers::Timers;
use crate::{ConnId, Id, State, Timestamp, Topic};

/// Where a session stands with one of its connections. The `stream` dialect has one lane; the `notifications` dialect has
/// one for each channel, and a second one beside it for as long as a planned move takes.
#[derive(Debug)]
pub(super) struct Lane {
    /// Its name within the session.
    pub(super) key: u32,
    pub(super) phase: Phase,
    pub(super) timers: Timers,
    pub(super) link: Option<Link>,
    /// What it is subscribed to: the place in the session's list.
    pub(super) share: usize,
    /// Attempts in a row that have not gone live.
    pub(super) attempts: u32,
    /// The server has refused a token, and has not accepted another since.
    pub(super) refused: bool,
    /// How many tokens there had been when it last used one.
    pub(super) token: u64,
    pub(super) backoff: Backoff,
    /// In the `notifications` dialect, once it was created.
    pub(super) channel: Option<Channel>,
    /// A frame has come on its connection.
    pub(super) heard: bool,
    /// Up to here everything was told when its first frame came.
    pub(super) before: Option<Timestamp>,
    /// Another lane has taken over: this one is only read to its end.
    pub(super) retired: Option<Retired>,
}

/// What belongs to one connection, and goes with it.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) conn: ConnId,
    /// From the first confirmation on.
    pub(super) heartbeat: Option<Heartbeat>,
    /// Pings, of those that are messages, that the service has still to answer.
    pub(super) unanswered: u32,
    /// Frames in a row that could not be opened.
    pub(super) bad_frames: u32,
    /// The server has said that it is about to close it.
    pub(super) is_closing: bool,
}

/// What one lane, or two during a move, are subscribed to.
#[derive(Debug, Default)]
pub(super) struct Share {
    /// In the `notifications` dialect.
    pub(super) topics: Vec<Topic>,
    /// The details of conversations that were discovered.
    pub(super) details: BTreeMap<Id, Vec<Topic>>,
    pub(super) recovery: Recovery,
    /// A subscription has been confirmed at least once.
    pub(super) was_live: bool,
}

impl Lane {
    /// A lane that waits for its first attempt.
    pub(super) fn new(key: u32, share: usize, backoff: Backoff) -> Self {
        Self {
            key,
            phase: Phase::Waiting,
            timers: Timers::default(),
            link: None,
            share,
            attempts: 0,
            refused: false,
            token: 0,
            backoff,
            channel: None,
            heard: false,
            before: None,
            retired: None,
        }
    }

    /// The heartbeat, once there is one.
    pub(super) fn heartbeat(&mut self) -> Option<&mut Heartbeat> {
        self.link.as_mut().and_then(|link| link.heartbeat.as_mut())
    }

    /// Whether the answers on the way to live are still to come.
    pub(super) fn awaits_answers(&self) -> bool {
        self.link.as_ref().is_some_and(|link| link.heartbeat.is_none())
    }

    pub(super) const fn state(&self) -> State {
        self.phase.state()
    }

    /// How far it has come on its way to live.
    pub(super) const fn progress(&self) -> u8 {
        match self.phase {
            Phase::Ended => 0,
            Phase::Waiting => 1,
            Phase::Authorizing => 2,
            Phase::Preparing => 3,
            Phase::Opening => 4,
            Phase::Authenticating => 5,
            Phase::Subscribing => 6,
            Phase::Live | Phase::Parting | Phase::Closing => 7,
        }
    }
}
