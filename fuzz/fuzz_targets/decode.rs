//! Bytes to the decoder; see `rosterline_fuzz_bodies::decode`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    rosterline_fuzz_bodies::decode(data);
});
