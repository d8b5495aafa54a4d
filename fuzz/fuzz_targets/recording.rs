//! Damaged recordings to reader and replay; see `rosterline_fuzz_bodies::recording`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    rosterline_fuzz_bodies::recording(data);
});
