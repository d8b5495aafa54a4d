//! Times and lengths, in numbers and in words. All of it in UTC.

use rosterline_core::Timestamp;

const MILLISECOND: i128 = 1_000_000;
const SECOND: i128 = 1000 * MILLISECOND;
const MINUTE: i128 = 60 * SECOND;
const HOUR: i128 = 60 * MINUTE;
const DAY: i128 = 24 * HOUR;

/// From one tick of an axis to the next: what people count in. Beyond the last, ten times as much, and again.
const STEPS: [i128; 28] = [
    MILLISECOND,
    2 * MILLISECOND,
    5 * MILLISECOND,
    10 * MILLISECOND,
    20 * MILLISECOND,
    50 * MILLISECOND,
    100 * MILLISECOND,
    200 * MILLISECOND,
    500 * MILLISECOND,
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
];

/// Nanoseconds since 1970. The years from 0 to 9999 are too long for 64 bits of them.
pub(crate) fn nanos(at: Timestamp) -> i128 {
    i128::from(at.unix_seconds()) * SECOND + i128::from(at.subsec_nanos())
}

/// A length of time, given in nanoseconds: `350 ms`, `0:41`, `1:02:03`, rounded down.
pub(crate) fn length(nanos: i128) -> String {
    let seconds = nanos.max(0) / SECOND;
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if seconds == 0 {
        format!("{} ms", nanos.max(0) / MILLISECOND)
    } else if hours == 0 {
        format!("{minutes}:{rest:02}")
    } else {
        format!("{hours}:{minutes:02}:{rest:02}")
    }
}

/// `2024-05-01 12:00:00.123`, with as many fraction digits as it was written with.
pub(crate) fn date_time(at: Timestamp) -> String {
    at.utc().to_string().replace('T', " ").replace('Z', "")
}

/// `12:00:00.123`.
pub(crate) fn clock(at: Timestamp) -> String {
    date_time(at).split(' ').nth(1).unwrap_or_default().to_string()
}

/// How a tick is written, in UTC here and in the reader's zone by the page's script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// `12:00:00.250`.
    Fraction,
    /// `12:00:05`.
    Seconds,
    /// `12:05`.
    Minutes,
    /// `2024-05-01`.
    Date,
}

impl Written {
    /// The word for it in the page's script.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Fraction => "fraction",
            Self::Seconds => "seconds",
            Self::Minutes => "minutes",
            Self::Date => "date",
        }
    }
}

/// One tick of an axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tick {
    /// When.
    pub(crate) at: Timestamp,
    /// What stands at it. Where a day begins, its date.
    pub(crate) label: String,
    pub(crate) written: Written,
}

/// The ticks between two times, at most `most` of them, at round times.
pub(crate) fn ticks(from: Timestamp, to: Timestamp, most: i128) -> Vec<Tick> {
    let (first, last) = (nanos(from), nanos(to));
    let fits = |step: &i128| last / step - first / step < most.max(1);
    let longer = std::iter::successors(Some(10 * DAY), |step| Some(step * 10));
    let Some(step) = STEPS.into_iter().chain(longer).find(fits) else { return Vec::new() };
    let written = match step {
        ..SECOND => Written::Fraction,
        SECOND..MINUTE => Written::Seconds,
        MINUTE..DAY => Written::Minutes,
        _ => Written::Date,
    };
    // Rounded up to the step; before 1970 the division would round towards it.
    let start = -(-first).div_euclid(step) * step;
    let times = std::iter::successors(Some(start), |at| Some(at + step)).take_while(|at| *at <= last);
    times.filter_map(|at| tick(at, written)).collect()
}

fn tick(at: i128, written: Written) -> Option<Tick> {
    let nanos = u32::try_from(at.rem_euclid(SECOND)).ok()?;
    let time = Timestamp::from_unix(i64::try_from(at.div_euclid(SECOND)).ok()?, nanos);
    let text = date_time(time.with_digits(3));
    let (date, clock) = text.split_once(' ')?;
    let midnight = at.rem_euclid(DAY) == 0;
    let label = match written {
        Written::Minutes | Written::Seconds if midnight => date.get(5..)?,
        Written::Fraction => clock,
        Written::Seconds => clock.get(..8)?,
        Written::Minutes => clock.get(..5)?,
        Written::Date => date,
    };
    Some(Tick { at: time, label: label.to_string(), written })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(from: &str, to: &str) -> Vec<String> {
        let time = |text: &str| Timestamp::parse(text).expect(text);
        ticks(time(from), time(to), 8).into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn ticks_stand_at_round_times() {
        assert_eq!(
            labels("2024-05-01T12:00:00.120Z", "2024-05-01T12:00:00.180Z"),
            [
                "12:00:00.120",
                "12:00:00.130",
                "12:00:00.140",
                "12:00:00.150",
                "12:00:00.160",
                "12:00:00.170",
                "12:00:00.180"
            ]
        );
        assert_eq!(
            labels("2024-05-01T12:00:07Z", "2024-05-01T12:01:05Z"),
            ["12:00:10", "12:00:20", "12:00:30", "12:00:40", "12:00:50", "12:01:00"]
        );
        assert_eq!(
            labels("2024-05-01T12:01:00Z", "2024-05-01T12:29:00Z"),
            ["12:05", "12:10", "12:15", "12:20", "12:25"]
        );
        assert_eq!(
            labels("2024-05-01T19:30:00Z", "2024-05-02T06:00:00Z"),
            ["20:00", "22:00", "05-02", "02:00", "04:00", "06:00"]
        );
        assert_eq!(
            labels("1969-12-30T23:00:00Z", "1970-01-02T12:00:00Z"),
            ["12-31", "12:00", "01-01", "12:00", "01-02", "12:00"]
        );
    }

    #[test]
    fn any_span_has_a_few_ticks_within_it() {
        let (dawn, dusk) = (-62_167_219_200i64, 253_402_300_799);
        for (from, to) in
            [(dawn, dusk), (0, dusk), (dawn, 0), (0, 0), (1, 1), (-5, 5), (0, 40_000_000), (dusk, dusk)]
        {
            for most in [1, 2, 8] {
                let (from, to) = (Timestamp::from_unix(from, 0), Timestamp::from_unix(to, 999_999_999));
                let ticks = ticks(from, to, most);
                assert!(ticks.len() as i128 <= most + 1, "{from} {to}: {ticks:?}");
                assert!(ticks.iter().all(|tick| from <= tick.at && tick.at <= to), "{from} {to}: {ticks:?}");
            }
        }
    }

    #[test]
    fn lengths_are_read_at_a_glance() {
        let table =
            [(-5, "0 ms"), (350 * MILLISECOND, "350 ms"), (41 * SECOND, "0:41"), (3723 * SECOND, "1:02:03")];
        for (nanos, text) in table {
            assert_eq!(length(nanos), text);
        }
    }
}
