//! Names of topics, and what they are about (docs/notifications-mock.md).

use rosterline_core::Id;

/// A name has so many characters at most, one that combines several included.
pub(super) const LONGEST: usize = 200;
/// The lists of communications that have a topic of their own.
pub(super) const LISTS: [&str; 9] = [
    "calls",
    "callbacks",
    "chats",
    "cobrowseSessions",
    "emails",
    "messages",
    "screenshares",
    "socialexpressions",
    "videos",
];
/// The detail events that there are.
pub(super) const DETAILS: [&str; 16] = [
    "acd.start",
    "acd.end",
    "acw",
    "attributes",
    "contact",
    "customer.start",
    "customer.end",
    "flow.start",
    "flow.end",
    "flow.outcome",
    "outbound",
    "user.start",
    "user.end",
    "voicemail.start",
    "voicemail.end",
    "wrapup",
];
/// Beginnings of topics that exist, and of which nothing is told here.
const SILENT: [&str; 4] = ["v2.analytics.", "v2.conversations.", "v2.detail.events.agent.", "v2.system."];

/// What a topic is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// Conversations of a queue, on all media or one.
    Queue(Id, String),
    /// Conversations of a user.
    User(Id, String),
    /// One kind of detail event of a conversation.
    Detail(Id, String),
    /// Something that exists and of which nothing is told here.
    Silent,
}

/// The names behind a topic that combines several: `a.b?c&d` is `a.b.c` and `a.b.d`.
pub(super) fn expand(topic: &str) -> Vec<String> {
    match topic.split_once('?') {
        None => vec![topic.to_owned()],
        Some((before, parts)) => parts.split('&').map(|part| format!("{before}.{part}")).collect(),
    }
}

/// Reads one name; `None` if there is no such topic.
pub(super) fn about(name: &str) -> Option<About> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    if !name.chars().all(plain) || name.split('.').any(str::is_empty) {
        return None;
    }
    let after = |before: &str| name.strip_prefix(before)?.split_once('.');
    if let Some((id, rest)) = after("v2.routing.queues.") {
        let list = list(rest).map(|list| About::Queue(Id::new(id), list));
        return list.or((rest == "users").then_some(About::Silent));
    }
    if let Some((id, rest)) = after("v2.users.") {
        let other = rest == "conversations.summaries" || !rest.contains('.');
        return list(rest).map(|list| About::User(Id::new(id), list)).or(other.then_some(About::Silent));
    }
    if let Some((id, rest)) = after("v2.detail.events.conversation.") {
        return DETAILS.contains(&rest).then(|| About::Detail(Id::new(id), rest.to_owned()));
    }
    SILENT.iter().any(|known| name.starts_with(known)).then_some(About::Silent)
}

/// The list of a topic of conversations, empty for all media.
fn list(rest: &str) -> Option<String> {
    match rest.strip_prefix("conversations")?.strip_prefix('.') {
        None => (rest == "conversations").then(String::new),
        Some(list) => LISTS.contains(&list).then(|| list.to_owned()),
    }
}
