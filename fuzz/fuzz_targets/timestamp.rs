//! Texts to the reader of timestamps, compared with two others; see `rosterline_fuzz_bodies::timestamp`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    rosterline_fuzz_bodies::timestamp(data);
});
