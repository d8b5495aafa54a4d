//! What a server writes, through tungstenite into a session; see `rosterline_fuzz_bodies::messages`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    rosterline_fuzz_bodies::messages(data);
});
