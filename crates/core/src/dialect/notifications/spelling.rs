//! One word for one thing: each source spells them in a way of its own (docs/notifications.md, section 2).

use crate::Word;

/// Why a session ended: in snapshots, in detail events, in the analytics.
const REASONS: [[&str; 3]; 21] = [
    ["client", "CLIENT", "client"],
    ["endpoint", "ENDPOINT", "endpoint"],
    ["endpoint.dnd", "DND_ENDPOINT", "dndEndpoint"],
    ["error", "ERROR", "error"],
    ["inactivity", "INACTIVITY", "inactivity"],
    ["other", "OTHER", "other"],
    ["peer", "PEER", "peer"],
    ["session.expired", "SESSION_EXPIRED", "sessionExpired"],
    ["spam", "SPAM", "spam"],
    ["system", "SYSTEM", "system"],
    ["takeover", "TAKEOVER", "takeover"],
    ["timeout", "TIMEOUT", "timeout"],
    ["transfer", "TRANSFER", "transfer"],
    ["transfer.conference", "CONFERENCE_TRANSFER", "conferenceTransfer"],
    ["transfer.consult", "CONSULT_TRANSFER", "consultTransfer"],
    ["transfer.dnd", "DND_TRANSFER", "dndTransfer"],
    ["transfer.forward", "FORWARD_TRANSFER", "forwardTransfer"],
    ["transfer.noanswer", "NO_ANSWER_TRANSFER", "noAnswerTransfer"],
    ["transfer.notavailable", "NOT_AVAILABLE_TRANSFER", "notAvailableTransfer"],
    ["transport.failure", "TRANSPORT_FAILURE", "transportFailure"],
    ["uncallable", "UNCALLABLE", "uncallable"],
];

/// What the REST API writes otherwise than snapshots.
const REST: [[&str; 2]; 2] =
    [["endpoint.donotdisturb", "endpoint.dnd"], ["transfer.donotdisturb", "transfer.dnd"]];

/// The media: the list in a snapshot, and the word for what is in it.
const MEDIA: [[&str; 2]; 11] = [
    ["calls", "voice"],
    ["callbacks", "callback"],
    ["chats", "chat"],
    ["cobrowsesessions", "cobrowse"],
    ["emails", "email"],
    ["internalMessages", "internalmessage"],
    ["messages", "message"],
    ["screenMonitorings", "screenmonitoring"],
    ["screenshares", "screenshare"],
    ["socialExpressions", "socialexpression"],
    ["videos", "video"],
];

/// The reason in the snapshots' spelling. A word that no source is known to use is kept to the letter; the one by which
/// detail events say that there is none is none.
pub(super) fn reason(word: &str) -> Option<Word> {
    if matches!(word, "" | "UNKNOWN") {
        return None;
    }
    let row = REASONS.iter().find(|row| row.contains(&word));
    let rest = REST.iter().find(|[theirs, _]| *theirs == word);
    Some(match (row, rest) {
        (Some([ours, ..]), _) | (None, Some([_, ours])) => Word::constant(ours),
        (None, None) => Word::from(word),
    })
}

/// A list of communications that is known, in a snapshot or at the end of a topic, by name: how we name it, and the
/// word for its medium.
pub(super) fn list(name: &str) -> Option<(&'static str, &'static str)> {
    MEDIA.iter().find(|[list, _]| list.eq_ignore_ascii_case(name)).map(|[list, medium]| (*list, *medium))
}

/// The word for the medium of a list; of one that is not known, its name.
pub(super) fn channel(list_name: &str) -> Word {
    list(list_name).map_or_else(|| Word::from(list_name), |(_, medium)| Word::constant(medium))
}

/// The word for a medium, as detail events (`VOICE`) and the analytics (`voice`) write it.
pub(super) fn medium(word: &str) -> Option<Word> {
    if matches!(word, "" | "UNKNOWN" | "unknown") {
        return None;
    }
    let known = MEDIA.iter().find(|[_, medium]| medium.eq_ignore_ascii_case(word));
    Some(known.map_or_else(|| Word::from(word), |[_, medium]| Word::constant(medium)))
}
