//! The corpora, replayed: what a fuzzer once found stays found. The first word of a name says what has to become of the
//! input, so that none becomes idle unnoticed; of what a fuzzer found, the name is a hash, and says nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rosterline_core::Reason;
use rosterline_fuzz_bodies::{
    Seen, cloud, compressed, decode, har, messages, recording, session, timeline, timestamp,
};
use rosterline_recording::Ending;

/// The inputs of a target with the names of their files, in the order of their names.
fn corpus(target: &str) -> BTreeMap<String, Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus").join(target);
    let mut inputs = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("the corpus is in the repository") {
        let entry = entry.expect("a folder that can be read");
        let data = fs::read(entry.path()).expect("a file that can be read");
        inputs.insert(entry.file_name().to_string_lossy().into_owned(), data);
    }
    inputs
}

/// Whether something holds for what came of an input.
type Holds<'a, T> = &'a dyn Fn(&T) -> bool;

/// Runs a target over its corpus. What came of an input has to be what the first word of its name says, for these
/// words; each of them has to be there.
#[expect(clippy::print_stdout, reason = "the last name is that of the input which panicked")]
fn replay<T: std::fmt::Debug>(target: &str, body: impl Fn(&[u8]) -> T, words: &[(&str, Holds<'_, T>)]) {
    let corpus = corpus(target);
    for (word, _) in words {
        assert!(corpus.keys().any(|name| name.starts_with(word)), "no input is called {word}-…");
    }
    let mut wrong = Vec::new();
    for (name, data) in corpus {
        println!("{name}");
        let found = body(&data);
        let first = name.split('-').next().unwrap_or_default();
        if words.iter().any(|(word, holds)| *word == first && !holds(&found)) {
            wrong.push(format!("{name}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_input_of_the_decoder_is_judged_as_its_name_says() {
    replay(
        "decode",
        decode,
        &[
            ("refused", &|seen| *seen == Seen::Refused),
            ("opened", &|seen| *seen == Seen::Opened),
            ("agreed", &|seen| *seen == Seen::Agreed),
            ("unpacked", &|seen| *seen == Seen::Unpacked),
        ],
    );
}

#[test]
fn every_life_of_a_session_comes_as_far_as_its_name_says() {
    replay(
        "session",
        session,
        &[
            ("live", &|reached| reached.confirmed > 0 && !reached.gave_up),
            ("duplicate", &|reached| reached.duplicate > 0 || reached.delivered > 2),
            ("rejects", &|reached| reached.rejected > 0),
            ("drops", &|reached| reached.dropped > 0),
            ("gaps", &|reached| reached.gaps > 0 && reached.dropped == 0),
            ("repairs", &|reached| reached.gaps > 0),
            ("gives", &|reached| reached.gave_up),
            ("waits", &|reached| reached.dials > 2),
            ("stale", &|reached| reached.confirmed > 0),
            ("lazy", &|reached| reached.confirmed > 0),
        ],
    );
}

#[test]
fn every_service_is_understood_as_its_name_says() {
    replay(
        "cloud",
        cloud,
        &[
            ("live", &|served| served.live > 0 && served.events > 0),
            ("unanswered", &|served| served.unanswered > 0),
            ("rejects", &|served| served.rejected > 0),
            ("gaps", &|served| served.gaps > 0 && served.repaired == served.gaps),
            ("moves", &|served| served.moves > 0 && served.gaps == 0),
            ("told", &|served| served.events > 1),
            ("refused", &|served| served.live > 0),
            ("ends", &|served| served.ended),
            ("waits", &|served| served.live == 0 && !served.ended),
        ],
    );
}

#[test]
fn every_timeline_shows_what_its_name_says() {
    replay(
        "timeline",
        timeline,
        &[
            ("complete", &|shown| shown.complete > 0),
            ("anomalies", &|shown| shown.anomalies > 0),
            ("shows", &|shown| shown.entries > 0),
            ("gaps", &|shown| shown.gaps > 0),
            ("evicts", &|shown| shown.evicted > 0),
            ("turns", &|shown| shown.too_late > 0),
            ("late", &|shown| shown.anomalies > 0),
        ],
    );
}

#[test]
fn every_recording_is_read_as_far_as_its_name_says() {
    replay(
        "recording",
        recording,
        &[
            ("whole", &|heard| heard.ending == Some(Ending::Whole) && heard.events > 0),
            ("missing", &|heard| heard.ending == Some(Ending::Missing) && heard.events > 0),
            ("torn", &|heard| matches!(heard.ending, Some(Ending::Torn(_))) && heard.lines > 0),
            ("damaged", &|heard| heard.ending.is_none() || matches!(heard.ending, Some(Ending::Damaged(_)))),
            ("changed", &|heard| heard.ending == Some(Ending::Changed)),
            ("unknown", &|heard| heard.ending == Some(Ending::Changed) && !heard.mismatch),
            ("lines", &|heard| heard.ending == Some(Ending::Missing) && heard.lines > 0),
            ("as", &|heard| heard.lines > 0),
            ("none", &|heard| heard.ending.is_none()),
        ],
    );
}

#[test]
fn every_timestamp_is_read_or_refused_as_its_name_says() {
    replay("timestamp", timestamp, &[("read", &|read| *read), ("refused", &|read| !read)]);
}

#[test]
fn every_compressed_message_is_opened_or_refused_as_its_name_says() {
    replay(
        "compressed",
        compressed,
        &[
            ("unpacked", &|found| found.is_ok()),
            ("bomb", &|found| *found == Err(Reason::Bomb)),
            ("damaged", &|found| found.is_err()),
            ("refused", &|found| matches!(found, Err(Reason::BadJson | Reason::BadUtf8))),
        ],
    );
}

#[test]
fn every_har_file_is_replayed_or_refused_as_its_name_says() {
    replay(
        "har",
        har,
        &[
            ("saved", &|events| events.is_some_and(|count| count > 0)),
            ("refused", &|events| events.is_none()),
        ],
    );
}

#[test]
fn every_message_comes_through_the_websocket_as_its_name_says() {
    replay(
        "messages",
        messages,
        &[
            ("live", &|told| told.frames > 5),
            ("closed", &|told| told.frames == 2),
            ("broken", &|told| told.frames < 4),
        ],
    );
}
