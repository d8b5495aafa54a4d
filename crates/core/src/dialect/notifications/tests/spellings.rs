//! One word for one thing (docs/notifications.md, section 2).

use super::*;

/// Snapshot, REST conversation, detail event, analytics. The REST API writes all but two as snapshots do.
const ROWS: [[&str; 4]; 21] = [
    ["client", "client", "CLIENT", "client"],
    ["endpoint", "endpoint", "ENDPOINT", "endpoint"],
    ["endpoint.dnd", "endpoint.donotdisturb", "DND_ENDPOINT", "dndEndpoint"],
    ["error", "error", "ERROR", "error"],
    ["inactivity", "inactivity", "INACTIVITY", "inactivity"],
    ["other", "other", "OTHER", "other"],
    ["peer", "peer", "PEER", "peer"],
    ["session.expired", "session.expired", "SESSION_EXPIRED", "sessionExpired"],
    ["spam", "spam", "SPAM", "spam"],
    ["system", "system", "SYSTEM", "system"],
    ["takeover", "takeover", "TAKEOVER", "takeover"],
    ["timeout", "timeout", "TIMEOUT", "timeout"],
    ["transfer", "transfer", "TRANSFER", "transfer"],
    ["transfer.conference", "transfer.conference", "CONFERENCE_TRANSFER", "conferenceTransfer"],
    ["transfer.consult", "transfer.consult", "CONSULT_TRANSFER", "consultTransfer"],
    ["transfer.dnd", "transfer.donotdisturb", "DND_TRANSFER", "dndTransfer"],
    ["transfer.forward", "transfer.forward", "FORWARD_TRANSFER", "forwardTransfer"],
    ["transfer.noanswer", "transfer.noanswer", "NO_ANSWER_TRANSFER", "noAnswerTransfer"],
    ["transfer.notavailable", "transfer.notavailable", "NOT_AVAILABLE_TRANSFER", "notAvailableTransfer"],
    ["transport.failure", "transport.failure", "TRANSPORT_FAILURE", "transportFailure"],
    ["uncallable", "uncallable", "UNCALLABLE", "uncallable"],
];

/// How each source tells that a call of five minutes ended for this reason.
fn sources(snapshot_: &str, rest: &str, detail_: &str, analytics: &str) -> [Vec<Told>; 4] {
    let call = |reason: &str| {
        json!({
            "state": "disconnected", "disconnectType": reason, "connectedTime": "2024-05-01T12:00:00Z",
            "disconnectedTime": "2024-05-01T12:05:00Z",
        })
    };
    let rest = conversation(&[with_call("a", "agent", call(rest))]).to_string();
    let end = json!({
        "eventTime": millis("12:05:00"), "participantId": "a", "sessionId": "a-call", "mediaType": "VOICE",
        "interactingDurationMs": 300_000, "disconnectType": detail_,
    });
    let page = json!({ "conversations": [{ "conversationId": CONVERSATION, "participants": [{
        "participantId": "a", "sessions": [{ "sessionId": "a-call", "mediaType": "voice", "segments": [{
            "segmentStart": "2024-05-01T12:00:00Z", "segmentEnd": "2024-05-01T12:05:00Z", "segmentType": "interact",
            "disconnectType": analytics,
        }] }],
    }] }] })
    .to_string();
    [
        told(&mut new_book(), &agent(call(snapshot_))),
        told_of(&mut new_book(), &answer_of(&rest)),
        told(&mut new_book(), &detail("user.end", &end)),
        told_of(&mut new_book(), &page_of(&page)),
    ]
}

fn reason(told: &[Told]) -> Option<String> {
    let [Told::New(_), Told::New(left)] = told else { panic!("{told:?}") };
    assert_eq!((left.kind, &*left.channel), (PresenceKind::Left, "voice"));
    left.reason.as_ref().map(ToString::to_string)
}

#[test]
fn every_reason_is_told_in_the_spelling_of_snapshots() {
    for [ours, rest, detail, analytics] in ROWS {
        for told in sources(ours, rest, detail, analytics) {
            assert_eq!(reason(&told).as_deref(), Some(ours), "{rest} {detail} {analytics}");
        }
    }
}

#[test]
fn a_reason_that_nobody_knows_is_kept_to_the_letter() {
    for word in ["transfer.beamed", "BEAMED_TRANSFER", "beamedTransfer", "Transfer", "ünbekannt"] {
        for told in sources(word, word, word, word) {
            assert_eq!(reason(&told).as_deref(), Some(word));
        }
    }
    for word in ["UNKNOWN", ""] {
        for told in sources(word, word, word, word) {
            assert_eq!(reason(&told), None, "{word:?} is the word for none");
        }
    }
}

#[test]
fn every_medium_has_the_same_word_in_detail_events_and_analytics() {
    let media = [
        ("VOICE", "voice"),
        ("CHAT", "chat"),
        ("EMAIL", "email"),
        ("CALLBACK", "callback"),
        ("COBROWSE", "cobrowse"),
        ("VIDEO", "video"),
        ("SCREENSHARE", "screenshare"),
        ("MESSAGE", "message"),
        ("INTERNALMESSAGE", "internalmessage"),
        ("SCREENMONITORING", "screenmonitoring"),
        ("UNKNOWN", "unknown"),
        ("Hologram", "Hologram"),
    ];
    for (word, ours) in media {
        let start = json!({
            "eventTime": millis("12:00:00"), "participantId": "c", "sessionId": "s", "mediaType": word,
        });
        let found = lines(&mut new_book(), &detail("customer.start", &start));
        assert_eq!(found, [format!("joined 12:00:00 customer c {ours} s")]);
        let page = json!({ "conversationId": "c", "participants": [{
            "participantId": "c", "purpose": "customer", "sessions": [{ "sessionId": "s", "mediaType": ours, "segments": [
                { "segmentStart": "2024-05-01T12:00:00Z", "segmentType": "interact" },
            ] }],
        }] });
        let found = lines_of(&mut new_book(), &page_of(&page.to_string()));
        assert_eq!(found, [format!("joined 12:00:00 customer c {ours} s")]);
    }
}
