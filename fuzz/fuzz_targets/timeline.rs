//! Inputs to timelines, compared with a model; see `rosterline_fuzz_bodies::timeline`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    rosterline_fuzz_bodies::timeline(data);
});
