//! The corpora, replayed: what a fuzzer once found stays found.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rosterline_fuzz_bodies::{Seen, decode};

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

#[test]
fn every_input_of_the_decoder_is_judged_as_its_name_says() {
    let corpus = corpus("decode");
    assert!(corpus.len() >= 30, "only {} inputs: is the corpus there?", corpus.len());
    for (name, data) in corpus {
        // Of what a fuzzer found, the name is a hash.
        let expected = match name.split('-').next() {
            Some("refused") => Some(Seen::Refused),
            Some("opened") => Some(Seen::Opened),
            Some("agreed") => Some(Seen::Agreed),
            Some("unpacked") => Some(Seen::Unpacked),
            Some(_) | None => None,
        };
        println!("{name}");
        let seen = decode(&data);
        assert_eq!(seen, expected.unwrap_or(seen), "{name}");
    }
}
