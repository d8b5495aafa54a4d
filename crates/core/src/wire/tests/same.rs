//! The reader by hand and `serde_json` give the same for every text.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::value::RawValue;

use super::*;
use crate::timestamp::Minute;
use crate::wire::queue::Queue;
use crate::wire::{careful, frame as reader, json::Json};

/// What `serde_json` alone makes of a text.
fn reference(text: &str, deliver_unknown: bool) -> Outcome {
    let fields = serde_json::from_str::<&RawValue>(text)
        .ok()
        .filter(|all| all.get().starts_with('{'))
        .and_then(|all| Json::read(all.get())?.object(&["status", "message", "events"]))
        .filter(|fields| !fields.twice.contains(&true));
    let Some(fields) = fields else { return refused(Reason::BadJson) };
    let events =
        match fields.values[2].map(|json| serde_json::from_str::<Option<Vec<&RawValue>>>(json.text())) {
            None => None,
            Some(Ok(events)) => Some(events.unwrap_or_default()),
            Some(Err(_)) => return refused(Reason::BadJson),
        };
    let (mut queue, mut minute) = (Queue::default(), Minute::default());
    let mut sink = queue.fill(&mut minute, STAMP, deliver_unknown);
    events.iter().flatten().for_each(|raw| careful::element(Json::first(raw.get()).unwrap(), &mut sink));
    // What stands beside the events is read in one way only.
    let decoded = queue.drain().collect();
    let answer = reader::read(text, &mut queue.fill(&mut minute, STAMP, false)).unwrap().answer;
    (Ok(Content { answer, has_events: events.is_some() }), decoded)
}

fn space() -> impl Strategy<Value = &'static str> {
    select(&["", "", "", " ", "\n", "\t \r\n"][..])
}

/// A JSON value for a field: mostly a string, mostly a good one.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => select(&["ParticipantJoined", "ParticipantLeft", "ParticipantHeld"][..]).prop_map(|s| format!("\"{s}\"")),
        4 => select(&["2024-05-01T12:00:00.123Z", "2024-05-01T12:00:00+02:00", "2024-05-01", ""][..]).prop_map(|s| format!("\"{s}\"")),
        4 => "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-fA]{12}".prop_map(|s| format!("\"{s}\"")),
        3 => "[ -!#-\\[\\]-~é😀\u{7f}]{0,40}".prop_map(|s| format!("\"{s}\"")),
        2 => r#"([a-zé]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4}|\\ud83d\\ude00){0,9}"#.prop_map(|s| format!("\"{s}\"")),
        2 => select(&["null", "7", "-1.5e9", "true", "[1,\"a\"]", "{\"type\":1}"][..]).prop_map(String::from),
    ]
}

const FIELDS: [&str; 8] =
    ["timestamp", "type", "participant", "interaction", "channel", "reason", "version", "t\\u0079pe"];

/// The value that belongs into a field, or another.
fn pair(field: &'static str) -> impl Strategy<Value = String> {
    let right = match field {
        "type" => Just("\"ParticipantJoined\"".into()).boxed(),
        "timestamp" => Just("\"2024-05-01T12:00:00.123Z\"".into()).boxed(),
        _ => "[a-z0-9]{1,40}".prop_map(|s| format!("\"{s}\"")).boxed(),
    };
    (space(), space(), prop_oneof![24 => right, 1 => value()], space())
        .prop_map(move |(a, b, value, c)| format!("{a}\"{field}\"{b}:{c}{value}"))
}

fn element() -> impl Strategy<Value = String> {
    let usual = subsequence(&FIELDS[..7], 6..=7).prop_shuffle();
    let odd = prop::collection::vec(select(&FIELDS[..]), 0..8);
    prop_oneof![
        6 => prop_oneof![6 => usual, 1 => odd]
            .prop_flat_map(|fields| fields.into_iter().map(pair).collect::<Vec<_>>())
            .prop_flat_map(|pairs| (Just(pairs), space()))
            .prop_map(|(pairs, space)| format!("{{{}{space}}}", pairs.join(","))),
        1 => value(),
    ]
}

fn message() -> impl Strategy<Value = String> {
    let elements = prop::collection::vec((space(), element(), space()), 0..4);
    let beside = select(
        &["", "", "", "\"status\":\"ok\"", "\"events\":[]", "\"x\":{\"events\":1}", "\"events\":null"][..],
    );
    (elements, beside, any::<bool>(), space(), space()).prop_map(|(elements, beside, first, a, b)| {
        let elements: Vec<String> =
            elements.into_iter().map(|(a, element, b)| format!("{a}{element}{b}")).collect();
        let events = format!("\"events\"{a}:{b}[{}]", elements.join(","));
        let fields = match (beside, first) {
            ("", _) => events,
            (beside, true) => format!("{beside},{events}"),
            (beside, false) => format!("{events}{a},{b}{beside}"),
        };
        format!("{a}{{{b}{fields}{a}}}{b}")
    })
}

/// One character taken out, put in, or changed, or the end cut off.
fn damage() -> impl Strategy<Value = (u8, usize, char)> {
    (
        0u8..4,
        any::<usize>(),
        select(
            &[
                '"', '\\', '{', '}', '[', ']', ',', ':', ' ', '0', 'u', '\u{1f}', '\u{7f}', '\u{c}',
                '\u{a0}', 'é',
            ][..],
        ),
    )
}

fn damaged(text: &str, (how, at, with): (u8, usize, char)) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    let at = at % chars.len();
    match how {
        0 => drop(chars.remove(at)),
        1 => chars.insert(at, with),
        2 => chars[at] = with,
        _ => chars.truncate(at),
    }
    chars.into_iter().collect()
}

fn assert_same(json: &str) -> Result<(), TestCaseError> {
    for deliver_unknown in [false, true] {
        let ours = decode_with(Body::Text(json), &Limits::default(), deliver_unknown);
        prop_assert_eq!(ours, reference(json, deliver_unknown), "{}", json);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn on_messages_of_every_shape(json in message()) {
        assert_same(&json)?;
    }

    #[test]
    fn on_damaged_messages(json in message(), harm in prop::collection::vec(damage(), 1..3)) {
        let json = harm.into_iter().fold(json, |json, harm| if json.is_empty() { json } else { damaged(&json, harm) });
        assert_same(&json)?;
    }

    #[test]
    fn on_damaged_usual_events(harm in damage()) {
        assert_same(&damaged(&frame(2), harm))?;
    }
}

#[test]
fn the_generated_messages_are_of_both_kinds() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let (mut opened, mut presences) = (0, 0);
    for _ in 0..200 {
        let json = message().new_tree(&mut runner).unwrap().current();
        let (content, events) = text(&json);
        opened += usize::from(content.is_ok());
        presences += events.iter().filter(|event| matches!(event, Decoded::Presence(_))).count();
    }
    assert!((60..=190).contains(&opened), "{opened} of 200 can be opened");
    assert!(presences > 40, "{presences} presences");
}

proptest! {
    /// The usual shape is read in large steps: none may step over a byte that matters.
    #[test]
    fn one_byte_of_the_usual_shape_changes_both_alike(
        kind in select(&["ParticipantJoined", "ParticipantLeft", "ParticipantHeld"][..]),
        at in 0..JOINED.len(),
        byte in select(&b"\"\\\x1f\x7f{}a, "[..]),
        deliver_unknown: bool,
    ) {
        let mut event = JOINED.replace("ParticipantJoined", kind).into_bytes();
        let at = at.min(event.len() - 1);
        event[at] = byte;
        let text = format!(r#"{{"events":[{}]}}"#, String::from_utf8(event).unwrap());
        let read = decode_with(Body::Text(&text), &Limits::default(), deliver_unknown);
        prop_assert_eq!(read, reference(&text, deliver_unknown));
    }
}
