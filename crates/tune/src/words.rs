//! Numbers as people read them, the same on every machine.

use std::time::Duration;

/// A duration as a setting: `500ms`, `2s`, `5m`, `1h`; what is finer than a millisecond is cut off.
pub(crate) fn setting(time: Duration) -> String {
    let millis = time.as_millis();
    match millis {
        0 => "0s".to_owned(),
        _ if millis % 3_600_000 == 0 => format!("{}h", millis / 3_600_000),
        _ if millis % 60_000 == 0 => format!("{}m", millis / 60_000),
        _ if millis % 1000 == 0 => format!("{}s", millis / 1000),
        _ => format!("{millis}ms"),
    }
}

/// A measured duration with three digits that matter: `0 ms`, `12.3 us`, `4.56 ms`, `78.9 s`.
#[must_use]
pub fn time(time: Duration) -> String {
    let nanos = time.as_nanos() as f64;
    if nanos == 0.0 {
        return "0 ms".to_owned();
    }
    let (value, unit) = match nanos {
        small if small < 1e6 => (small / 1e3, "us"),
        middle if middle < 1e9 => (middle / 1e6, "ms"),
        large => (large / 1e9, "s"),
    };
    format!("{} {unit}", three(value))
}

/// A number with three digits that matter, and none behind the point from 100 on.
#[must_use]
pub fn three(value: f64) -> String {
    let text = match value.abs() {
        large if large >= 99.95 => return thousands(value.round() as u64),
        middle if middle >= 9.995 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    };
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.to_owned()
}

/// A share as percent: `0 %`, `3.1 %`; what is there but below 0.01 % says so.
#[must_use]
pub fn percent(part: u64, of: u64) -> String {
    let share = if of == 0 { 0.0 } else { part as f64 * 100.0 / of as f64 };
    match part {
        0 => "0 %".to_owned(),
        _ if share < 0.01 => "below 0.01 %".to_owned(),
        _ => format!("{} %", three(share)),
    }
}

/// Bytes: `512 B`, `3.4 KiB`, `64 MiB`.
#[must_use]
pub fn bytes(count: u64) -> String {
    match count {
        0..1024 => format!("{count} B"),
        1024..1_048_576 => format!("{} KiB", three(count as f64 / 1024.0)),
        _ => format!("{} MiB", three(count as f64 / 1_048_576.0)),
    }
}

/// `12,345`.
#[must_use]
pub fn thousands(number: u64) -> String {
    rosterline_render::parts::thousands(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let micros = Duration::from_micros;
        let table =
            [(0, "0 ms"), (12, "12 us"), (1234, "1.23 ms"), (99_960, "100 ms"), (78_900_000, "78.9 s")];
        for (of, text) in table {
            assert_eq!(time(micros(of)), text);
        }
        let table =
            [(0, "0s"), (500, "500ms"), (2000, "2s"), (90_000, "90s"), (300_000, "5m"), (3_600_000, "1h")];
        for (millis, text) in table {
            assert_eq!(setting(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn shares_and_sizes() {
        assert_eq!(
            [percent(0, 10), percent(1, 32), percent(1, 1_000_000)],
            ["0 %", "3.12 %", "below 0.01 %"]
        );
        assert_eq!([percent(0, 0), percent(10, 10)], ["0 %", "100 %"]);
        assert_eq!([bytes(512), bytes(3500), bytes(64 << 20)], ["512 B", "3.42 KiB", "64 MiB"]);
        assert_eq!([three(1234.5), three(12.0), three(0.126)], ["1,235", "12", "0.13"]);
    }
}
