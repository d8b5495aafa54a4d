//! Times and lengths, in numbers and in words. All of it in UTC.

use rosterline_core::Timestamp;

const SECOND: i128 = 1_000_000_000;

/// Nanoseconds since 1970. The years from 0 to 9999 are too long for 64 bits of them.
pub(crate) fn nanos(at: Timestamp) -> i128 {
    i128::from(at.unix_seconds()) * SECOND + i128::from(at.subsec_nanos())
}

/// A length of time, given in nanoseconds: `350 ms`, `0:41`, `1:02:03`, rounded down.
pub(crate) fn length(nanos: i128) -> String {
    let seconds = nanos.max(0) / SECOND;
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if seconds == 0 {
        format!("{} ms", nanos.max(0) / 1_000_000)
    } else if hours == 0 {
        format!("{minutes}:{rest:02}")
    } else {
        format!("{hours}:{minutes:02}:{rest:02}")
    }
}
