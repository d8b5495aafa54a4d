//! What is asked of the REST API, as text (docs/notifications.md, sections 1 and 6).

use alloc::format;
use alloc::string::String;
use core::fmt::Write as _;

use crate::wire::encode;
use crate::{Id, Secret, Topic, UnixMillis};

/// A request, without its host and headers. It has no `Debug`: a path may name a channel.
pub(crate) struct Ask {
    pub(crate) method: &'static str,
    /// From the first slash on.
    pub(crate) path: String,
    /// JSON, or empty.
    pub(crate) body: String,
}

/// So many conversations are asked for at a time. More is refused by some, less costs requests.
pub(crate) const PAGE: usize = 100;

/// So many pages there are at most: the service refuses to go beyond 100,000 results. The interval is to be split then.
pub(crate) const MOST_PAGES: u32 = 1000;

/// In milliseconds.
const DAY: i64 = 86_400_000;

/// Creates a channel (section 1).
pub(crate) fn create_channel() -> Ask {
    Ask { method: "POST", path: "/api/v2/notifications/channels".into(), body: "{}".into() }
}

/// Replaces the subscriptions of a channel by these, which makes it live for another day (section 1). Those that are
/// refused cost the others nothing.
pub(crate) fn subscribe<'t>(channel: &Secret, topics: impl IntoIterator<Item = &'t Topic>) -> Ask {
    Ask { method: "PUT", ..add_topics(channel, topics) }
}

/// Adds to the subscriptions of a channel.
pub(crate) fn add_topics<'t>(channel: &Secret, topics: impl IntoIterator<Item = &'t Topic>) -> Ask {
    let mut path = String::from("/api/v2/notifications/channels/");
    segment(&mut path, channel.expose());
    path.push_str("/subscriptions?ignoreErrors=true");
    let mut body = String::from("[");
    for topic in topics {
        body.push_str(if body.len() == 1 { "{\"id\":" } else { ",{\"id\":" });
        encode::quote(&mut body, topic.as_str());
        body.push('}');
    }
    body.push(']');
    Ask { method: "POST", path, body }
}

/// Asks for a conversation as it stands (section 6). The answer is a [`Snapshot`](super::snapshot::Snapshot).
pub(crate) fn conversation(id: &Id) -> Ask {
    let mut path = String::from("/api/v2/conversations/");
    id.with_str(|id| segment(&mut path, id));
    Ask { method: "GET", path, body: String::new() }
}

/// Asks the analytics for one conversation that is over (section 6). The answer is a [`Page`](super::analytics::Page).
pub(crate) fn conversation_details(id: &Id) -> Ask {
    let mut path = String::from("/api/v2/analytics/conversations/");
    id.with_str(|id| segment(&mut path, id));
    path.push_str("/details");
    Ask { method: "GET", path, body: String::new() }
}

/// Asks the analytics for the conversations that were there in an interval (section 6), page by page from 1. The answer is
/// a [`Page`](super::analytics::Page).
///
/// Whoever ends between two pages has to stay in the list, or those behind them would move up to a page that was read. So
/// the end may lie a day behind the interval; what is new in the list comes last.
pub(crate) fn details(from: UnixMillis, to: UnixMillis, page: u32) -> Ask {
    let (start, end, latest) = (reach(from), to, UnixMillis(to.0.saturating_add(DAY)));
    let body = format!(
        "{{\"interval\":\"{start}/{end}\",\"order\":\"asc\",\"orderBy\":\"conversationStart\",\
         \"paging\":{{\"pageSize\":{PAGE},\"pageNumber\":{page}}},\
         \"conversationFilters\":[{{\"type\":\"or\",\"predicates\":[\
         {{\"type\":\"dimension\",\"dimension\":\"conversationEnd\",\"operator\":\"notExists\"}},\
         {{\"type\":\"dimension\",\"dimension\":\"conversationEnd\",\"operator\":\"matches\",\"value\":\"{from}/{latest}\"}}]}}]}}"
    );
    Ask { method: "POST", path: "/api/v2/analytics/conversations/details/query".into(), body }
}

/// Where an interval has to begin so that it finds what was there at `from`. The query finds what *started* on a day that
/// the interval touches: the day of `from` and the one before, by UTC.
fn reach(from: UnixMillis) -> UnixMillis {
    UnixMillis(from.0.saturating_sub(from.0.rem_euclid(DAY)).saturating_sub(DAY))
}

/// Appends `text` as one segment of a path (RFC 3986).
fn segment(path: &mut String, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                path.push(char::from(byte));
            }
            _ => write!(path, "%{byte:02X}").expect("a String takes everything"),
        }
    }
}
