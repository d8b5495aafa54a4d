//! Input that is made to hurt: depth, length, and rubbish.

use core::iter;

use proptest::prelude::*;

use super::*;

#[test]
fn no_depth_exhausts_the_stack() {
    for depth in [100, 100_000, 1_000_000] {
        let deep = "[".repeat(depth) + &"]".repeat(depth);
        let objects = r#"{"a":"#.repeat(depth / 10) + "1" + &"}".repeat(depth / 10);
        for value in [&deep, &objects] {
            let (content, events) = text(&format!(r#"{{"events":[{value},{JOINED}],"x":{value}}}"#));
            assert!(content.is_ok());
            assert!(matches!(events[..], [Decoded::Rejected { .. }, Decoded::Presence(_)]));
            let other = format!(r#"{{"events":[{{"type":"X","x":{value}}},{{"reason":{value}}}]}}"#);
            assert_eq!(text(&other).1.len(), 2);
            let status = format!(r#"{{"status":{value}}}"#);
            assert_eq!(&*text(&status).0.unwrap().answer.unwrap().status, value);
        }
        assert!(text(&deep[..depth]) == refused(Reason::BadJson));
        assert!(text(&format!(r#"{{"events":{}"#, &deep[..depth])) == refused(Reason::BadJson));
    }
}

#[test]
fn long_numbers_and_strings_are_only_long() {
    let number = "9".repeat(800_000);
    let (content, events) =
        text(&format!(r#"{{"events":[{number},-{number}.{number}e-{number}],"x":{number}}}"#));
    assert!(content.is_ok());
    assert_eq!(events.len(), 2);
    let long = "é".repeat(500_000);
    presence(&JOINED.replacen('{', &format!(r#"{{"note":"{long}","#), 1));
    let kept = "é".repeat(4096);
    let found = presence(&JOINED.replace("9b2c1f0e-1111-4222-8333-444455556666", &kept));
    assert!(found.participant.with_str(|id| id == kept));
}

#[test]
fn a_million_elements_of_rubbish_are_counted_one_by_one() {
    let zeros: Vec<&str> = iter::repeat_n("0,{}", 500_000).collect();
    let (content, events) = text(&format!(r#"{{"events":[{}]}}"#, zeros.join(",")));
    assert!(content.is_ok());
    assert_eq!(events.len(), 1_000_000);
    let Some(Decoded::Rejected { reason: Reason::MissingField, place }) = events.last() else {
        panic!("{:?}", events.last())
    };
    assert_eq!(format!("{place}"), "events[999999].type");
}

proptest! {
    #[test]
    fn any_bytes_are_opened_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        for limits in [Limits::default(), Limits { raw_deflate: true, ..Limits::default() }] {
            let (content, events) = binary(&bytes, &limits);
            prop_assert!(content.is_ok() || events.is_empty());
        }
    }

    #[test]
    fn any_text_is_opened_or_refused(json in r#"\{"events":\[[\[\]{}":,a-z0-9\\ ]{0,40}"#) {
        let (content, events) = text(&json);
        prop_assert!(content.is_ok() || events.is_empty());
    }
}
