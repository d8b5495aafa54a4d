//! Damaged recordings, and what is none: the reader, and the replay of what it gives.

use std::io::Cursor;
use std::sync::LazyLock;

use rosterline_recording::{Ending, Reader, Replay};
use sha2::{Digest as _, Sha256};

use crate::source::Source;

/// The example of the documentation, which a test of the recordings holds to be whole.
static EXAMPLE: LazyLock<String> = LazyLock::new(|| {
    let page = include_str!("../../../docs/recordings.md");
    let block = page.split("```json\n").nth(1).and_then(|rest| rest.split("```").next());
    block.expect("the page shows a recording").to_owned()
});

/// How far a recording could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Lines that were read.
    pub lines: u64,
    /// Events that the replay gave.
    pub events: u64,
    /// How the reader says that it ends; `None` for what is no recording.
    pub ending: Option<Ending>,
    /// Whether the replay took another turn.
    pub mismatch: bool,
}

/// Reads and replays a recording. The first byte says which: as it is (0), lines behind the first line of the
/// example (1), or the example with the damage that the other bytes tell of.
///
/// # Panics
/// If reader or replay do, if a line is not read as it is written, if what stands before the damage is not
/// read, or if the damage is not named by its line.
pub fn recording(data: &[u8]) -> Heard {
    let mut source = Source::new(data);
    let text = match source.below(8) {
        0 => source.rest().to_vec(),
        1 => {
            let first = EXAMPLE.lines().next().unwrap_or_default();
            [first.as_bytes(), b"\n", source.rest()].concat()
        }
        _ => spoiled(&mut source),
    };
    let heard = hear(text.clone());
    if heard.ending.is_some() {
        let example = EXAMPLE.as_bytes();
        let same = text.iter().zip(example).take_while(|(one, other)| one == other).count();
        let lines = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
        // The last line is none of those that are given.
        let intact = lines(&example[..same]).min(lines(example) - 1);
        assert!(heard.lines + 1 >= intact, "{heard:?}, and {intact} lines are intact");
        assert!(text != example || heard.ending == Some(Ending::Whole) && !heard.mismatch, "{heard:?}");
    }
    heard
}

/// The example, with up to four changes.
fn spoiled(source: &mut Source<'_>) -> Vec<u8> {
    let mut text = EXAMPLE.as_bytes().to_vec();
    for _ in 0..source.below(5) {
        let place = usize::from(source.byte().unwrap_or(0)) << 8 | usize::from(source.byte().unwrap_or(0));
        let at = place % text.len().max(1);
        let byte = source.byte().unwrap_or(0);
        match (source.below(6), text.len()) {
            (_, 0) => {}
            (0, _) => text.truncate(at),
            (1, _) => text[at] = byte,
            (2, _) => text.insert(at, byte),
            (3, _) => {
                text.remove(at);
            }
            (4, _) => twice(&mut text, at),
            (_, _) => {
                let line = [source.line(), b"\n"].concat();
                text.splice(at..at, line);
            }
        }
    }
    text
}

/// Writes the line at this place twice.
fn twice(text: &mut Vec<u8>, at: usize) {
    let start = text[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let end = text[at..].iter().position(|byte| *byte == b'\n').map_or(text.len(), |end| at + end + 1);
    let line = text[start..end].to_vec();
    text.splice(start..start, line);
}

fn hear(text: Vec<u8>) -> Heard {
    let mut heard = Heard { lines: 0, events: 0, ending: None, mismatch: false };
    let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
    let replay = Replay::open(Cursor::new(text.clone()));
    let Ok(mut reader) = Reader::open(Cursor::new(text.clone())) else {
        assert!(replay.is_err(), "it is no recording, and can be replayed");
        return heard;
    };
    for line in reader.by_ref() {
        heard.lines += 1;
        assert_eq!(line.number, heard.lines + 1, "lines are counted from the first");
        let written = lines[line.number as usize - 1];
        assert_eq!(written, [line.raw.as_bytes(), b"\n"].concat(), "line {} as it is written", line.number);
    }
    assert!(reader.next().is_none(), "it goes on after its end");
    let (ending, next) = (reader.ending().expect("it has been read to its end"), heard.lines + 2);
    match ending {
        Ending::Torn(number) | Ending::Damaged(number) => assert_eq!(*number, next, "the line is named"),
        Ending::Missing => assert_eq!(lines.len() as u64, next - 1, "there is no other line"),
        Ending::Whole => {
            assert_eq!(lines.len() as u64, next, "nothing follows the last line");
            let before: usize = lines[..lines.len() - 1].iter().map(|line| line.len()).sum();
            let last = &lines[lines.len() - 1];
            let hash: String =
                Sha256::digest(&text[..before]).iter().map(|byte| format!("{byte:02x}")).collect();
            assert!(last.windows(64).any(|part| part == hash.as_bytes()), "the last line has another hash");
        }
        Ending::Changed => assert!(lines.len() as u64 >= next, "there is a last line"),
    }
    heard.ending = Some(ending.clone());
    // Settings that make no session cannot be replayed; what is too large for a large limit takes too long to be made.
    let Ok(mut replay) = replay else { return heard };
    if !has_small_limits(lines[0]) {
        return heard;
    }
    for taken in replay.by_ref() {
        match taken {
            Ok(_) => heard.events += 1,
            Err(mismatch) => {
                heard.mismatch = true;
                assert!((2..=heard.lines + 1).contains(&mismatch.line), "{mismatch}");
            }
        }
    }
    assert!(replay.next().is_none(), "it goes on after its end");
    if !heard.mismatch {
        assert_eq!(replay.ending(), heard.ending.as_ref());
    }
    heard
}

/// Whether messages that are too large can be made in no time.
fn has_small_limits(first: &[u8]) -> bool {
    let header: serde_json::Value = serde_json::from_slice(first).unwrap_or_default();
    ["frame", "inflated"]
        .iter()
        .all(|name| header["config"]["limits"][name].as_u64().is_some_and(|it| it <= 1 << 20))
}
