//! What a browser saved, to the replay; see `rosterline_fuzz_bodies::har`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = rosterline_fuzz_bodies::har(data);
});
