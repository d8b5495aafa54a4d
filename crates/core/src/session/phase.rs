//! Where a session stands, and the only ways from one place to another.

use alloc::format;
use alloc::string::String;

use crate::State;

/// The phases of a session. The ones from [`Opening`](Self::Opening) to [`Closing`](Self::Closing) have a
/// connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Nothing is open; an attempt has its time.
    Waiting,
    /// A token is being got.
    Authorizing,
    /// A channel is being created. Only in the `notifications` dialect.
    Preparing,
    /// Dialled, not open yet.
    Opening,
    /// Open; the token was sent.
    Authenticating,
    /// Accepted; the subscription was sent.
    Subscribing,
    /// Confirmed.
    Live,
    /// Another connection has taken over: this one is asked a last ping, and says goodbye once that is answered. Only in the
    /// `notifications` dialect.
    Parting,
    /// Our close frame was sent; the connection ends when the peer has answered.
    Closing,
    /// Over.
    Ended,
}

/// What moves a session from one phase to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edge {
    /// The time of the attempt has come.
    Start,
    /// There is a token, and a channel has to be created first.
    Prepare,
    /// There is all that is needed to dial.
    Granted,
    /// The opening handshake succeeded.
    Opened,
    /// The same, in a dialect that does not authenticate on the connection.
    Entered,
    /// The server accepted the token.
    Accepted,
    /// The server confirmed the subscription.
    Confirmed,
    /// The application wants another subscription.
    Resubscribe,
    /// Another connection is confirmed for the same.
    Retire,
    /// The attempt failed, or the connection was lost.
    Lost,
    /// The connection is to end: with the session, or because another one has taken over.
    End,
}

impl Phase {
    const ALL: [Self; 10] = [
        Self::Waiting,
        Self::Authorizing,
        Self::Preparing,
        Self::Opening,
        Self::Authenticating,
        Self::Subscribing,
        Self::Live,
        Self::Parting,
        Self::Closing,
        Self::Ended,
    ];

    /// The transition table. `None`: this edge does not leave this phase.
    pub(crate) const fn next(self, edge: Edge) -> Option<Self> {
        Some(match (self, edge) {
            (Self::Waiting, Edge::Start) => Self::Authorizing,
            (Self::Authorizing, Edge::Prepare) => Self::Preparing,
            (Self::Authorizing | Self::Preparing, Edge::Granted) => Self::Opening,
            (Self::Opening, Edge::Opened) => Self::Authenticating,
            (Self::Authenticating, Edge::Accepted) | (Self::Opening, Edge::Entered) => Self::Subscribing,
            (Self::Subscribing, Edge::Confirmed) => Self::Live,
            (Self::Subscribing | Self::Live, Edge::Resubscribe) => Self::Subscribing,
            (
                Self::Authorizing
                | Self::Preparing
                | Self::Opening
                | Self::Authenticating
                | Self::Subscribing
                | Self::Live,
                Edge::Lost,
            ) => Self::Waiting,
            (Self::Live, Edge::Retire) => Self::Parting,
            (Self::Parting | Self::Closing, Edge::Lost) => Self::Ended,
            (Self::Waiting | Self::Authorizing | Self::Preparing | Self::Opening, Edge::End) => Self::Ended,
            (Self::Authenticating | Self::Subscribing | Self::Live | Self::Parting, Edge::End) => {
                Self::Closing
            }
            _ => return None,
        })
    }

    /// What a user sees of it.
    pub(crate) const fn state(self) -> State {
        match self {
            Self::Waiting => State::Waiting,
            Self::Authorizing | Self::Preparing | Self::Opening => State::Connecting,
            Self::Authenticating => State::Authenticating,
            Self::Subscribing => State::Subscribing,
            Self::Live | Self::Parting => State::Live,
            Self::Closing => State::Draining,
            Self::Ended => State::Ended,
        }
    }

    /// The table as a Mermaid diagram, for ARCHITECTURE.md.
    #[cfg_attr(not(test), expect(dead_code, reason = "only the test that guards ARCHITECTURE.md draws it"))]
    pub(crate) fn diagram() -> String {
        let mut lines = String::from("stateDiagram-v2\n    [*] --> Waiting\n");
        for from in Self::ALL {
            for edge in Edge::ALL {
                if let Some(to) = from.next(edge) {
                    lines += &format!("    {from:?} --> {to:?}: {edge:?}\n");
                }
            }
        }
        lines + "    Ended --> [*]\n"
    }
}

impl Edge {
    const ALL: [Self; 11] = [
        Self::Start,
        Self::Prepare,
        Self::Granted,
        Self::Opened,
        Self::Entered,
        Self::Accepted,
        Self::Confirmed,
        Self::Resubscribe,
        Self::Retire,
        Self::Lost,
        Self::End,
    ];
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;
    use std::vec::Vec;

    #[test]
    fn every_phase_is_reached_and_every_edge_is_used() {
        let mut reached = vec![Phase::Waiting];
        let mut used = Vec::new();
        let mut next = 0;
        while let Some(&phase) = reached.get(next) {
            for edge in Edge::ALL {
                if let Some(to) = phase.next(edge) {
                    used.push(edge);
                    if !reached.contains(&to) {
                        reached.push(to);
                    }
                }
            }
            next += 1;
        }
        assert!(Phase::ALL.iter().all(|phase| reached.contains(phase)), "{reached:?}");
        assert!(Edge::ALL.iter().all(|edge| used.contains(edge)), "{used:?}");
    }

    #[test]
    fn every_phase_can_end_and_the_end_is_final() {
        for phase in Phase::ALL {
            let ends = match phase {
                Phase::Closing => phase.next(Edge::Lost),
                Phase::Ended => Some(Phase::Ended),
                Phase::Waiting
                | Phase::Authorizing
                | Phase::Preparing
                | Phase::Opening
                | Phase::Authenticating
                | Phase::Subscribing
                | Phase::Live
                | Phase::Parting => phase.next(Edge::End),
            };
            assert!(matches!(ends, Some(Phase::Ended | Phase::Closing)), "{phase:?}");
        }
        assert!(Edge::ALL.iter().all(|edge| Phase::Ended.next(*edge).is_none()));
    }

    #[test]
    fn architecture_md_shows_this_table() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ARCHITECTURE.md");
        let Ok(page) = std::fs::read_to_string(page) else { return };
        let diagram = Phase::diagram();
        assert!(diagram.starts_with("stateDiagram-v2\n"));
        assert!(page.contains(&diagram), "put this into ARCHITECTURE.md:\n{diagram}");
    }
}
