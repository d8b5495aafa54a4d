//! Whole lives of a session, compared with a model; see `rosterline_fuzz_bodies::session`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    rosterline_fuzz_bodies::session(data);
});
