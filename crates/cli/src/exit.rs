//! How the process ends: the exit codes of the contract.

use std::process::ExitCode;

use rosterline_core::Cause;

/// The end of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything asked for was done.
    Ok = 0,
    /// Our own fault, or the system's.
    Internal = 1,
    /// A flag, a variable or the config file is wrong.
    Usage = 2,
    /// The server does not accept the credentials, or does not permit what was asked for.
    Refused = 3,
    /// The session never went live.
    NeverConnected = 4,
    /// The session was live, and could not be made again; or its buffer was full under the policy `end`.
    GaveUp = 5,
    /// Something may have been missed (with `--fail-on-gap`).
    Gap = 6,
    /// A replay went otherwise than its recording, or gave something else than was asserted.
    Mismatch = 7,
    /// A second signal cut the end short.
    Interrupted = 130,
}

impl Exit {
    /// What the end of a session means. `was_live`: whether it ever was.
    pub(crate) fn of(cause: &Cause, was_live: bool) -> Self {
        let lost = |was_live| if was_live { Self::GaveUp } else { Self::NeverConnected };
        match cause {
            Cause::Requested => Self::Ok,
            Cause::Refused { .. } => Self::Refused,
            Cause::Overflow => Self::GaveUp,
            Cause::Exhausted { was_live, .. } => lost(*was_live),
            Cause::Network { .. }
            | Cause::Timeout(_)
            | Cause::Http { .. }
            | Cause::BadToken(_)
            | Cause::Closed { .. }
            | Cause::Protocol { .. }
            | Cause::BadReply { .. }
            | Cause::ChannelGone
            | Cause::ChannelTaken
            | Cause::ChannelContention { .. }
            | Cause::BadFrames { .. } => lost(was_live),
            // A cause of a later core.
            _ => lost(was_live),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rosterline_core::Step;

    #[test]
    fn ends_of_sessions() {
        let refused =
            Cause::Refused { step: Step::Token, status: "invalid_client".into(), message: "".into() };
        let exhausted =
            |was_live| Cause::Exhausted { attempts: 5, was_live, last: Box::new(Cause::Timeout(Step::Dial)) };
        assert_eq!(Exit::of(&Cause::Requested, false), Exit::Ok);
        assert_eq!(Exit::of(&refused, true) as u8, 3);
        assert_eq!(Exit::of(&exhausted(false), false) as u8, 4);
        assert_eq!(Exit::of(&exhausted(true), true) as u8, 5);
        assert_eq!(Exit::of(&Cause::Overflow, true) as u8, 5);
    }
}
