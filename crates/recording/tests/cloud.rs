//! Recordings of the `notifications` dialect: the same run again, without a channel, a token or a name.

#[path = "common/cloud.rs"]
mod cloud;
mod common;

use cloud::{Cloud, NAMES, channel_id, config, conversation, snapshot};
use common::{SECRET, TOKEN, replay};
use proptest::prelude::*;
use rosterline_core::config::Notifications;
use rosterline_core::{
    Event, Id, Leg, Presence, PresenceKind, Resume, Service, Source, Stats, Timestamp, Topic,
};
use rosterline_recording::{Dialect, Reader, Redaction, Taken};

/// An event without what a pseudonym may stand for; of an unknown one also without its topic, which names somebody.
fn bare(taken: &Taken) -> String {
    if let Event::Unknown(it) = &taken.event {
        return format!("{} unknown {}", taken.at.0, it.received);
    }
    common::bare(taken)
}

const BOTH: [Redaction; 2] = [Redaction::Pseudonyms, Redaction::Plain];

/// A call with a hand-off, a lost connection in the middle of it, and everything that fills the gap.
fn eventful(redaction: Redaction) -> Cloud {
    let mut cloud = Cloud::live(config(), redaction);
    cloud.text(&snapshot(r#""connectedTime":"2024-05-01T11:59:00.000Z""#));
    cloud.take(3);
    cloud.text(&format!(
        r#"{{"topicName":"v2.detail.events.conversation.{}.user.end","version":"2","eventBody":{{"eventTime":1714564790107,
        "conversationId":"{}","participantId":"{}","sessionId":"{}","disconnectType":"PEER","mediaType":"VOICE",
        "ani":"tel:+4915112345678","userId":"{}","interactingDurationMs":31000,"heldDurationMs":2000,"alertingDurationMs":9000}}}}"#,
        NAMES[0], NAMES[0], NAMES[5], NAMES[6], NAMES[3]
    ));
    cloud.text(r#"{"topicName":"channel.metadata","eventBody":{"message":"WebSocket Heartbeat"}}"#);
    cloud.text(&format!(
        r#"{{"topicName":"v2.users.{}.presence","eventBody":{{"user":"{}"}}}}"#,
        NAMES[3], NAMES[8]
    ));
    cloud.text(&format!("no JSON, by {}", NAMES[8]));
    cloud.binary(b"\xff\xfe");
    cloud.lose();
    cloud.go_live();
    cloud.answer("/api/v2/conversations/", 200, &conversation());
    cloud.answer("/api/v2/analytics/", 200, &cloud::analytics());
    cloud.take(100);
    // Another client takes the channel over, in words that name it; and once somebody else's.
    cloud.text(r#"{"topicName":"v2.system.no_longer_subscribed.streaming-0-other","eventBody":{"channelId":"streaming-0-other"}}"#);
    let ours = channel_id(1);
    cloud.text(&format!(
        r#"{{"topicName":"v2.system.no_longer_subscribed.{ours}","eventBody":{{"channelId":"{ours}",
        "systemTopicType":"no_longer_subscribed","reason":"another_channel_subscribed","userId":"{}"}}}}"#,
        NAMES[3]
    ));
    cloud.lose();
    cloud.go_live();
    cloud.text(r#"{"result":"404","status":"error","message":"gone"}"#);
    cloud
}

#[test]
fn a_recorded_run_is_had_again() {
    for redaction in BOTH {
        let cloud = eventful(redaction);
        let (text, taken, stats) = cloud.end();
        let (again, replayed) = replay(&text);
        let again = again.unwrap_or_else(|mismatch| panic!("{redaction:?}: {mismatch}\n{text}"));
        assert_eq!(again.iter().map(bare).collect::<Vec<_>>(), taken.iter().map(bare).collect::<Vec<_>>());
        assert_eq!(replayed.stats().received, stats.received);
        assert_eq!((replayed.stats().gaps, replayed.stats().rejected), (stats.gaps, stats.rejected));
        assert!(stats.gaps >= 2 && stats.gaps_repaired >= 1 && stats.rejected == 2, "{stats:?}");
        assert!(taken.iter().any(|it| matches!(&it.event, Event::Presence(it) if it.leg.is_some())));
        if redaction == Redaction::Plain {
            assert_eq!(again, taken);
        }
    }
}

#[test]
fn no_channel_and_no_token_is_in_it() {
    for redaction in BOTH {
        let (text, _, _) = eventful(redaction).end();
        for secret in [TOKEN, SECRET] {
            assert!(!text.contains(secret), "{text}");
        }
        for n in 1..=2 {
            assert!(!text.contains(&channel_id(n)), "{text}");
        }
        assert!(text.contains("wss://streaming.example.com/channels/STANDS-FOR-CHANNEL-2"), "{text}");
        assert!(text.contains("v2.system.no_longer_subscribed.STANDS-FOR-CHANNEL-1"), "{text}");
    }
}

#[test]
fn names_are_pseudonyms_and_what_decides_stays() {
    let (text, _, _) = eventful(Redaction::Pseudonyms).end();
    for name in NAMES {
        assert!(!text.contains(name), "{name} in {text}");
    }
    for kept in [
        "terminated",
        "PEER",
        "2024-05-01T11:59:00.000Z",
        "1714564790107",
        "31000",
        "agent",
        "notification.unauthorized.topic",
        "analytics:conversationDetail:view",
        "interact",
    ] {
        assert!(text.contains(kept), "{kept} in {text}");
    }
    let (plain, _, _) = eventful(Redaction::Plain).end();
    assert!(NAMES.iter().all(|name| plain.contains(name)), "{plain}");
}

/// One name has one pseudonym: in topics of the configuration, in frames, and in answers.
#[test]
fn the_same_name_is_the_same_everywhere() {
    let (text, taken, _) = eventful(Redaction::Pseudonyms).end();
    let (again, _) = replay(&text);
    let header = Reader::open(std::io::Cursor::new(text.clone())).expect("a recording").header().clone();
    assert_eq!(header.dialect, Dialect::Notifications);
    let queue = |event: &Event| {
        let Event::Presence(it) = event else { return None };
        it.leg.as_ref().and_then(|leg| leg.queue.clone())
    };
    let queues: Vec<Id> = again.expect("no mismatch").iter().filter_map(|it| queue(&it.event)).collect();
    assert_eq!(queues.len(), taken.iter().filter(|it| queue(&it.event).is_some()).count());
    for queue in queues {
        let topic = Topic::queue(&queue.to_string()).expect("an id");
        assert!(text.lines().next().expect("a header").contains(topic.as_str()), "{topic}\n{text}");
    }
}

#[test]
fn what_a_run_before_knew_is_recorded_too() {
    let mut config = config();
    let at = Timestamp::parse("2024-05-01T11:00:00.5Z").expect("RFC 3339");
    let leg = Leg {
        session: Id::new(NAMES[6]),
        purpose: "agent".into(),
        user: Some(Id::new(NAMES[3])),
        queue: None,
        source: Source::Detail,
    };
    let known = Presence {
        at,
        kind: PresenceKind::Joined,
        interaction: Id::new(NAMES[0]),
        participant: Id::new(NAMES[5]),
        channel: "voice".into(),
        reason: None,
        leg: Some(Box::new(leg)),
        arrived: rosterline_core::Instant::ZERO,
        received: at.unix_millis(),
    };
    config.resume = Some(Resume { newest: at, known: vec![known] });
    for redaction in BOTH {
        let mut cloud = Cloud::live(config.clone(), redaction);
        cloud.answer("/api/v2/conversations/", 404, r#"{"code":"not.found","message":"no"}"#);
        cloud.text(&snapshot(r#""connectedTime":"2024-05-01T11:00:00.500Z""#));
        let (text, taken, _) = cloud.end();
        let (again, _) = replay(&text);
        let again = again.unwrap_or_else(|mismatch| panic!("{mismatch}\n{text}"));
        assert_eq!(again.iter().map(bare).collect::<Vec<_>>(), taken.iter().map(bare).collect::<Vec<_>>());
        assert_eq!(text.contains(NAMES[5]), redaction == Redaction::Plain);
        assert!(text.contains("\"source\":\"detail\""), "{text}");
    }
}

/// Whatever a session is asked for stands in the first line as it can be asked for.
#[test]
fn the_settings_of_the_dialect_come_back() {
    let mut config = config();
    let Service::Notifications(service) = &mut config.service else { panic!("that dialect") };
    service.topics.push(Topic::new(&format!("v2.users.{}?conversations&presence", NAMES[3])).expect("valid"));
    *service = Notifications { details: true, repair: false, ..service.clone() };
    let (text, _, _) = Cloud::asking(config, Redaction::Pseudonyms).end();
    let header = text.lines().next().expect("a header");
    assert!(header.contains("?conversations&presence\""), "{header}");
    assert!(header.contains("\"details\":true,\"repair\":false,\"settle\":0"), "{header}");
    assert!(NAMES.iter().all(|name| !header.contains(name)), "{header}");
    assert!(replay(&text).0.is_ok(), "{text}");
}

/// An organisation's own words about its customers stay in no case, whatever they are called.
#[test]
fn attributes_are_sealed() {
    let mut cloud = Cloud::live(config(), Redaction::Pseudonyms);
    cloud.text(
        r#"{"topicName":"v2.users.u1.conversations","eventBody":{"id":"c1","participants":[{"id":"p1","attributes":
        {"state":"Bavaria","reason":"divorce","deep":[{"purpose":"surgery","startTime":"1970-01-01T00:00:00Z","eventTime":52123}]}}]}}"#,
    );
    let (text, _, _) = cloud.end();
    for word in ["Bavaria", "divorce", "surgery", "1970-01-01", "52123", "\"c1\"", "\"u1\""] {
        assert!(!text.contains(word), "{word} in {text}");
    }
    assert!(replay(&text).0.is_ok());
}

/// A value that may stand anywhere: right, of the wrong type, or somebody's name.
fn value() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        r#""connected""#,
        r#""terminated""#,
        r#""peer""#,
        r#""VOICE""#,
        r#""agent""#,
        r#""2024-05-01T11:59:00.000Z""#,
        r#""2024-05-01T11:59:30Z""#,
        r#""yesterday, says CANARY-Anna""#,
        r#""CANARY-Anna Schmidt""#,
        r#""CANARY\u0020Anna""#,
        r#""c03d300e-fa79-4353-9695-b97a71322785""#,
        r#""\ud800""#,
        r#""""#,
        "null",
        "true",
        "1714564790107",
        "31000",
        "0",
        "-7.5e3",
        "[]",
        "{}",
        r#"[{"id":"CANARY-x","state":"connected"}]"#,
        r#"{"id":"CANARY-y","name":"CANARY-z"}"#,
    ])
    .prop_map(str::to_string)
}

/// An object with some of these fields, some of them twice.
fn object(fields: &'static [&'static str]) -> impl Strategy<Value = String> {
    let field = (prop::sample::select(fields.to_vec()), value())
        .prop_map(|(name, value)| format!("\"{name}\":{value}"));
    prop::collection::vec(field, 0..7).prop_map(|fields| format!("{{{}}}", fields.join(",")))
}

/// A frame of any kind, with whatever in it.
fn frame() -> impl Strategy<Value = String> {
    const CALL: &[&str] =
        &["id", "state", "disconnectType", "connectedTime", "disconnectedTime", "startAlertingTime", "name"];
    const PERSON: &[&str] = &[
        "id",
        "purpose",
        "userId",
        "queueId",
        "user",
        "queue",
        "connectedTime",
        "endTime",
        "CANARY attribute",
    ];
    const DETAIL: &[&str] = &[
        "eventTime",
        "conversationId",
        "participantId",
        "sessionId",
        "disconnectType",
        "userId",
        "queueId",
        "interactingDurationMs",
        "heldDurationMs",
    ];
    const SYSTEM: &[&str] = &["message", "channelId", "systemTopicType", "reason", "userId"];
    let list = prop::sample::select(vec!["calls", "chats", "CANARY list", "whiteboards"]);
    let person = (object(PERSON), list, prop::collection::vec(object(CALL), 0..3)).prop_map(
        |(person, list, calls)| {
            let comma = if person == "{}" { "" } else { "," };
            format!("{{{}{comma}\"{list}\":[{}]}}", &person[1..person.len() - 1], calls.join(","))
        },
    );
    let snapshot = (value(), prop::collection::vec(person, 0..3))
        .prop_map(|(id, people)| format!(r#"{{"id":{id},"participants":[{}]}}"#, people.join(",")));
    let topic = prop::sample::select(vec![
        "v2.users.CANARY-u.conversations",
        "v2.routing.queues.0e185c02-aaaa-4bbb-8ccc-ddddeeeeffff.conversations",
        "v2.users.CANARY-u.conversations.calls",
        "v2.detail.events.conversation.CANARY-c.user.end",
        "v2.detail.events.conversation.CANARY-c.customer.start",
        "v2.system.no_longer_subscribed.streaming-CANARY-1234",
        "v2.system.CANARY 7.x",
        "v2.users.CANARY-u.presence",
        "\\u00762.users.CANARY-u.conversations",
        "channel.metadata",
        "CANARY topic",
    ]);
    let medium = prop::sample::select(vec!["", "\"mediaType\":\"VOICE\",", "\"mediaType\":7,"]);
    let detail = (medium, object(DETAIL)).prop_map(|(medium, detail)| {
        if detail == "{}" { detail } else { detail.replacen('{', &format!("{{{medium}"), 1) }
    });
    let body = prop_oneof![4 => snapshot, 3 => detail, 1 => object(SYSTEM), 1 => value()];
    prop_oneof![
        8 => (topic, body).prop_map(|(topic, body)| format!(r#"{{"topicName":"{topic}","eventBody":{body}}}"#)),
        1 => object(&["result", "status", "message", "topics"]),
        1 => value(),
    ]
}

proptest! {
    /// Whatever a service says: the replay decides as the session did, and no name stays.
    #[test]
    fn whatever_a_service_says_is_had_again_without_names(frames in prop::collection::vec(frame(), 1..12)) {
        for redaction in BOTH {
            let mut cloud = Cloud::live(config(), redaction);
            frames.iter().for_each(|frame| cloud.text(frame));
            let (text, taken, stats) = cloud.end();
            let (again, replayed) = replay(&text);
            let again = again.map_err(|mismatch| TestCaseError::fail(format!("{mismatch}\n{text}")))?;
            prop_assert_eq!(again.iter().map(bare).collect::<Vec<_>>(), taken.iter().map(bare).collect::<Vec<_>>());
            let counts = |stats: &Stats| (stats.received, stats.duplicate, stats.rejected, stats.filtered, stats.unanswered);
            prop_assert_eq!(counts(&replayed.stats()), counts(&stats));
            // The name of a list is the channel of what is in it, and stays.
            let text = text.replace("CANARY list", "").replace(r#"CANARY attribute\":["#, "");
            prop_assert!(redaction == Redaction::Plain || !text.contains("CANARY"), "{}", text);
        }
    }
}
