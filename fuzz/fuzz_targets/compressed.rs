//! Compressed messages to the decoder, damaged or not; see `rosterline_fuzz_bodies::compressed`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = rosterline_fuzz_bodies::compressed(data);
});
