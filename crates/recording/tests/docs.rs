//! docs/recordings.md says what is so.

mod common;

use common::{Desk, config, open, replay};
use rosterline_recording::{Ending, How, Line, Redaction, SCHEMA};

fn page() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/recordings.md");
    std::fs::read_to_string(path).expect("the page")
}

/// The run that the page shows.
fn example() -> String {
    let mut desk = Desk::new(config(), Redaction::Pseudonyms);
    desk.take(10);
    desk.text(
        r#"{"events":[{"timestamp":"2024-05-01T12:00:00.123Z","type":"ParticipantJoined","participant":"anna","interaction":"9b2c1f0e-1111-4222-8333-444455556666","channel":"voice"}]}"#,
    );
    desk.take(10);
    desk.text("Anna is no JSON");
    desk.door.close(desk.now);
    desk.end().text
}

#[test]
fn the_example_is_what_is_written_and_can_be_replayed() {
    let page = page();
    let shown = page.split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).expect("an example");
    let (taken, replay) = replay(shown);
    assert_eq!(taken.expect("no mismatch").len(), 7);
    assert_eq!((replay.ending(), replay.strangers()), (Some(&Ending::Whole), 0));
    // But for the release and the hash, which depends on it.
    let bare = |text: &str| -> Vec<String> {
        let version = open(text).header().version.clone();
        let text = text.replacen(&format!("\"version\":\"{version}\""), "", 1);
        text.lines().map(|line| line.split(",\"sha256\"").next().unwrap_or(line).to_string()).collect()
    };
    assert_eq!(bare(shown), bare(&example()), "the example is now:\n{}", example());
    assert!(page.contains(&format!("version {SCHEMA}")));
}

#[test]
fn every_kind_of_line_is_explained() {
    let (t, conn, request) = (0, 0, 0);
    let word = String::new;
    let lines = [
        Line::Timeout { t },
        Line::Replied {
            t,
            request,
            status: 200,
            retry_after: None,
            date: None,
            correlation: None,
            quota: None,
            body: word(),
        },
        Line::Unreplied { t, request, network: word(), detail: word() },
        Line::Token { t, request, token: word(), lifetime: 0, renew_in: None },
        Line::NoToken { t, request, fatal: false, why: word(), cause: None },
        Line::Opened { t, conn },
        Line::Text { t, conn, text: word() },
        Line::Packed { t, conn, packing: word(), text: word() },
        Line::Binary { t, conn, base64: word() },
        Line::Unreadable { t, conn, reason: word(), bytes: 0, binary: false },
        Line::Ping { t, conn },
        Line::Pong { t, conn, payload: word() },
        Line::Flushed { t, conn },
        Line::Closed { t, conn, how: How::Protocol { code: 1002, detail: word() } },
        Line::Consumed { t, took: 0 },
        Line::Subscribe { t, interaction: None, channels: Vec::new() },
        Line::Recovered { t, gap: 0, events: Vec::new() },
        Line::Close { t },
        Line::Taken { t, what: word() },
        Line::End { lines: 0, sha256: word() },
    ];
    let page = page();
    for line in lines {
        let json = serde_json::to_value(&line).expect("JSON");
        let kind = json["kind"].as_str().expect("a kind");
        let row = page.lines().find(|row| row.starts_with(&format!("| `{kind}` |")));
        let row = row.unwrap_or_else(|| panic!("`{kind}` has no row"));
        for field in json
            .as_object()
            .expect("an object")
            .keys()
            .filter(|name| !["kind", "t", "conn"].contains(&&***name))
        {
            assert!(row.contains(&format!("`{field}`")), "{kind}: `{field}`");
        }
    }
}
