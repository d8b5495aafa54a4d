//! Recordings that a crash has cut, that somebody has changed, and that other releases have written.

mod common;

use std::io::{self, Cursor, Write};

use common::{Desk, Paper, config, open, replay};
use rosterline_recording::{Ending, Line, Reader, Redaction, Replay};

fn text() -> String {
    let mut desk = Desk::new(config(), Redaction::Plain);
    for second in 0..5 {
        desk.text(&format!(
            "{{\"events\":[{{\"timestamp\":\"2024-05-01T12:00:0{second}Z\",\"type\":\"ParticipantJoined\",\
             \"participant\":\"anna\",\"interaction\":\"call\",\"channel\":\"voice\"}}]}}"
        ));
        desk.take(100);
    }
    desk.end().text
}

fn ending(text: &str) -> (usize, Option<Ending>) {
    let (taken, replay) = replay(text);
    (taken.expect("no mismatch").len(), replay.ending().cloned())
}

#[test]
fn a_crash_at_any_byte_leaves_what_was_there() {
    let text = text();
    let (all, whole) = ending(&text);
    assert_eq!(whole, Some(Ending::Whole));
    let first = text.find('\n').expect("a first line") + 1;
    let mut before = 0;
    for cut in first..text.len() {
        let (found, ending) = ending(&text[..cut]);
        assert!(found >= before && found <= all);
        before = found;
        let lines = text[..cut].matches('\n').count() as u64;
        let expected = if text[..cut].ends_with('\n') { Ending::Missing } else { Ending::Torn(lines + 1) };
        assert_eq!(ending, Some(expected), "cut at {cut}");
    }
    assert_eq!(before, all);
    assert!(Replay::open(Cursor::new(text[..first - 2].to_string())).is_err());
    assert!(Replay::open(Cursor::new(String::new())).is_err());
}

#[test]
fn a_change_is_noticed_and_damage_is_named() {
    let text = text();
    let (all, _) = ending(&text);
    assert_eq!(ending(&text.replacen("anna", "bob", 1)), (all, Some(Ending::Changed)));
    assert_eq!(
        ending(&format!("{text}{{}}\n")),
        (all, Some(Ending::Changed)),
        "something follows the last line"
    );
    let third = text.match_indices('\n').nth(1).expect("three lines").0 + 1;
    let damaged = format!("{}\u{1}garbage\n{}", &text[..third], &text[third..]);
    assert_eq!(ending(&damaged).1, Some(Ending::Damaged(3)));
    let torn = format!("{}\u{1}garbage\n", &text[..third]);
    assert_eq!(ending(&torn).1, Some(Ending::Torn(3)));
}

#[test]
fn what_a_later_release_adds_is_passed_over_and_kept() {
    let text = text().replacen("{\"kind\":\"opened\"", "{\"new\":[1],\"kind\":\"opened\"", 1);
    let third = text.match_indices('\n').nth(1).expect("three lines").0 + 1;
    let added = "{\"kind\":\"weather\",\"t\":7,\"sky\":\"blue\"}\n";
    let text = format!("{}{added}{}", &text[..third], &text[third..]).replacen("\"1.1\"", "\"1.7\"", 1);
    let (taken, again) = replay(&text);
    assert!(!taken.expect("no mismatch").is_empty());
    assert_eq!(again.strangers(), 1);
    let reader = Reader::open(Cursor::new(text.clone())).expect("a recording");
    let kept: Vec<_> = reader.filter(|line| line.line == Line::Unknown).map(|line| line.raw + "\n").collect();
    assert_eq!(kept, [added]);
    let newer = Replay::open(Cursor::new(text.replacen("\"1.7\"", "\"2.0\"", 1))).expect_err("too new");
    assert_eq!(
        newer.to_string(),
        "its format is version 2.0, and this release reads version 1.1; use a newer release"
    );
}

#[test]
fn where_the_session_does_something_else_is_told_by_its_line() {
    let text = text();
    let number = 1 + text.lines().position(|line| line.contains("presence")).expect("an event") as u64;
    let other = text.replacen("ParticipantJoined voice", "ParticipantLeft voice", 1);
    let mismatch = open(&other).find_map(Result::err).expect("a mismatch");
    assert_eq!(mismatch.line, number);
    assert!(mismatch.to_string().starts_with(&format!("mismatch at line {number}: ")), "{mismatch}");
    let lines: Vec<_> = text.lines().filter(|line| !line.contains("12:00:00Z\\\"")).collect();
    let mismatch = open(&(lines.join("\n") + "\n")).find_map(Result::err).expect("a mismatch");
    assert_eq!(mismatch.line, number - 1, "its frame is gone: {mismatch}");
    let once_more = text.lines().find(|line| line.contains("presence")).expect("an event").to_string() + "\n";
    let end = text.find("{\"kind\":\"end\"").expect("an end");
    let mismatch = open(&format!("{}{once_more}", &text[..end])).find_map(Result::err).expect("a mismatch");
    assert!(mismatch.what.ends_with("nothing to give"), "{mismatch}");
}

/// A disk with room for so many bytes.
struct Full(Paper, usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = self.1.min(bytes.len());
        self.1 -= room;
        if room == 0 { Err(io::ErrorKind::StorageFull.into()) } else { self.0.write(&bytes[..room]) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_ends_the_recording_and_nothing_else() {
    let paper = Paper::default();
    let mut desk = Desk::on(config(), Redaction::Plain, paper.clone(), Full(paper, 3000));
    for _ in 0..50 {
        desk.text("{\"events\":[{\"type\":\"Hold\"}]}");
    }
    desk.take(1000);
    assert!(desk.taken.len() >= 50, "the session goes on");
    assert_eq!(desk.recording.trouble().map(|error| error.kind()), Some(io::ErrorKind::StorageFull));
    assert!(desk.recording.trouble().is_none(), "it is told once");
    assert!(desk.recording.finish().is_ok());
    let (taken, replay) = replay(&desk.paper.text());
    assert!(taken.is_ok() && matches!(replay.ending(), Some(Ending::Torn(_))));
}
