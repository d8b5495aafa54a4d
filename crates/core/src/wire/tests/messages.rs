//! Messages as a whole: answers, notices, and what cannot be opened.

use super::*;
use crate::wire::Answer;

fn answer(status: &str, message: &str) -> Option<Answer> {
    Some(Answer { status: status.into(), message: message.into() })
}

fn content(json: &str) -> Content {
    text(json).0.expect(json)
}

#[test]
fn an_answer_is_taken_whatever_stands_beside_it() {
    for (json, status, message) in [
        (r#"{"status":"connected"}"#, "connected", ""),
        (r#" { "status" : "refused" , "message" : "no \u0022scope\u0022" } "#, "refused", "no \"scope\""),
        (r#"{"code":[{}],"status":"subscribed","message":null,"n":1e999}"#, "subscribed", ""),
        (r#"{"status":401,"message":{"a":[1]}}"#, "401", r#"{"a":[1]}"#),
        (r#"{"status":{"state":"ok"}}"#, r#"{"state":"ok"}"#, ""),
        (r#"{"status":""}"#, "", ""),
        (r#"{"status":"\ud800"}"#, r#""\ud800""#, ""),
        (r#"{"st\u0061tus":"connected"}"#, "connected", ""),
    ] {
        assert_eq!(content(json), Content { answer: answer(status, message), has_events: false }, "{json}");
    }
}

#[test]
fn a_null_counts_as_absent() {
    assert_eq!(content(r#"{"status":null,"message":"x"}"#), Content { answer: None, has_events: false });
    assert_eq!(content(r#"{"events":null}"#), Content { answer: None, has_events: true });
    let both = content(r#"{"status":"connected","events":null}"#);
    assert_eq!(both, Content { answer: answer("connected", ""), has_events: true });
}

#[test]
fn an_answer_may_bring_events() {
    for json in [
        format!(r#"{{"status":"subscribed","events":[{JOINED},7]}}"#),
        format!(r#"{{"events":[{JOINED},7],"status":"subscribed"}}"#),
    ] {
        let (content, events) = text(&json);
        assert_eq!(content, Ok(Content { answer: answer("subscribed", ""), has_events: true }));
        assert!(matches!(events[..], [Decoded::Presence(_), Decoded::Rejected { .. }]), "{events:?}");
    }
}

#[test]
fn a_notice_is_neither() {
    for json in ["{}", r#"{"topicName":"channel.metadata"}"#, r#"{"message":"hello"}"#, "\n{\t}\r "] {
        assert_eq!(text(json), (Ok(Content { answer: None, has_events: false }), vec![]), "{json}");
    }
}

#[test]
fn no_events_are_events_too() {
    for json in [r#"{"events":[]}"#, r#" { "events" : [ ] } "#, r#"{"x":1,"events":[ ]}"#] {
        assert_eq!(text(json), (Ok(Content { answer: None, has_events: true }), vec![]), "{json}");
    }
}

#[test]
fn what_is_no_such_message_is_refused_as_a_whole() {
    for json in [
        "",
        " ",
        "null",
        "7",
        "\"x\"",
        "[]",
        "true",
        "\u{feff}{}",
        "{}{}",
        "{} x",
        "{\"events\":[]}]",
        "{\"events\":[],}",
        "{\"events\":[}",
        "{\"events\":{}}",
        "{\"events\":7}",
        "{\"events\":\"[]\"}",
        "{\"events\":false}",
        "{'events':[]}",
        "{events:[]}",
        "{\"events\":NaN}",
        "{\"events\":[NaN]}",
        "{\"events\":[1,]}",
        "{\"events\":[,1]}",
        "{\"events\":[1 2]}",
        "{\"events\":[01]}",
        "{\"events\":[nulll]}",
        "{\"events\":[\"\u{0}\"]}",
        "{\"events\":[{\"type\":\"X\u{1f}\"}]}",
        "{\"events\":[{\"type\":\"\\x\"}]}",
        "{\"events\":[{\"type\":\"\\u12\"}]}",
        "{\"events\":[{\"type\":\"X\",}]}",
        "{\"events\":[{\"type\" \"X\"}]}",
        "{\"events\":[{7:\"X\"}]}",
        "{\"a\u{1}\":1}",
        "{\"events\":[\u{a0}]}",
        "{\"events\":[],\"events\":[]}",
        "{\"status\":\"a\",\"status\":\"a\"}",
        "/* x */{}",
    ] {
        assert_eq!(text(json), refused(Reason::BadJson), "{json}");
    }
}

#[test]
fn no_event_of_a_broken_message_is_given() {
    let whole = format!(r#"{{"events":[{JOINED},{{"type":"\u0058"}},{JOINED}]}}"#);
    for end in 0..whole.len() {
        assert_eq!(text(&whole[..end]), refused(Reason::BadJson), "{end}");
    }
    assert_eq!(text(&whole).1.len(), 3);
}

#[test]
fn a_message_may_be_as_large_as_its_limit() {
    let json = frame(8);
    let fits = Limits { frame: json.len(), ..Limits::default() };
    let small = Limits { frame: json.len() - 1, ..Limits::default() };
    for body in [Body::Text(&json), Body::Binary(json.as_bytes())] {
        assert_eq!(decode_with(body, &fits, false).1.len(), 8);
        assert_eq!(decode_with(body, &small, false), refused(Reason::TooLarge));
    }
}

#[test]
fn a_binary_message_must_be_utf_8() {
    let limits = Limits::default();
    let json = r#"{"events":[{"type":"é"}]}"#;
    assert_eq!(binary(json.as_bytes(), &limits).1, [Decoded::Filtered]);
    let mut broken = json.as_bytes().to_vec();
    let at = broken.iter().position(|b| *b > 0x7f).unwrap();
    broken[at] = 0xff;
    assert_eq!(binary(&broken, &limits), refused(Reason::BadUtf8));
}

#[test]
fn what_was_not_taken_is_gone() {
    let mut decoder = Decoder::new();
    let limits = Limits::default();
    decoder.decode(Body::Text(&frame(3)), STAMP, &limits, false).unwrap();
    assert!(decoder.drain().next().is_some());
    assert_eq!(decoder.drain().count(), 0);
    decoder.decode(Body::Text(&frame(3)), STAMP, &limits, false).unwrap();
    decoder.decode(Body::Text(r#"{"status":"x"}"#), STAMP, &limits, false).unwrap();
    assert_eq!(decoder.drain().count(), 0);
    decoder.decode(Body::Text(&frame(3)), STAMP, &limits, false).unwrap();
    assert!(decoder.decode(Body::Text(""), STAMP, &limits, false).is_err());
    assert_eq!(decoder.drain().count(), 0);
}
