//! A service of the `notifications` dialect; see `rosterline_fuzz_bodies::cloud`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    rosterline_fuzz_bodies::cloud(data);
});
