//! An event in a few words, without what is personal: enough to know it again.

use rosterline_core::{Cause, Event};

use crate::Dialect;

/// The first so many characters of a word: a name of a channel is shorter.
const MOST: usize = 40;

/// What is the same in the recorded run and in its replay, pseudonyms or not.
pub(crate) fn gist(event: &Event, dialect: Dialect) -> String {
    match event {
        Event::Presence(it) => format!("presence {} {} {}", it.at, it.kind.name(), cut(&it.channel)),
        Event::Unanswered(it) => format!("unanswered {}", cut(&it.channel)),
        // The type is a topic there, which names whom it is about.
        Event::Unknown(_) if dialect == Dialect::Notifications => "unknown".to_string(),
        Event::Unknown(it) => format!("unknown {}", cut(&it.kind)),
        Event::Status(it) => format!("status {} {} {}", it.state.name(), it.attempt, it.at),
        Event::Gap(it) => {
            format!("gap {} {} {} {} {}", it.id.0, it.cause.name(), it.from, it.to, it.dropped)
        }
        Event::Repaired(it) => format!("repaired {} {}", it.gap.id.0, it.recovered),
        Event::Rejected(it) => format!("rejected {} {} {}", it.reason.name(), it.place, it.count),
        Event::Ended(cause) => format!("ended {}", cause_name(cause)),
        // An event of a later core.
        _ => "other".to_string(),
    }
}

fn cut(word: &str) -> String {
    word.chars().take(MOST).collect()
}

const fn cause_name(cause: &Cause) -> &'static str {
    match cause {
        Cause::Requested => "requested",
        Cause::Overflow => "overflow",
        Cause::Network { .. } => "network",
        Cause::Timeout(_) => "timeout",
        Cause::Http { .. } => "http",
        Cause::BadToken(_) => "bad-token",
        Cause::BadReply { .. } => "bad-reply",
        Cause::ChannelGone => "channel-gone",
        Cause::ChannelTaken => "channel-taken",
        Cause::ChannelContention { .. } => "channel-contention",
        Cause::Refused { .. } => "refused",
        Cause::Closed { .. } => "closed",
        Cause::Protocol { .. } => "protocol",
        Cause::BadFrames { .. } => "bad-frames",
        Cause::Exhausted { .. } => "exhausted",
        // A cause of a later core.
        _ => "other",
    }
}
