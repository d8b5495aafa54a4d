//! The header `Retry-After` (RFC 9110, section 10.2.3).

use core::time::Duration;

use crate::{Timestamp, UnixMillis};

/// No server makes us wait longer than this: by then whatever it waits for is over, or will never be.
const LONGEST: Duration = Duration::from_secs(3600);

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// How long a server asks us to wait: seconds, or a date. A date is compared with the server's own clock if
/// its header `Date` tells that, else with `wall`; one that is past means now. At most an hour. `None` if
/// it is neither.
pub(crate) fn retry_after(value: &str, date_header: Option<&str>, wall: UnixMillis) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        // Digits that do not fit are more than an hour, too.
        return Some(value.parse().map_or(LONGEST, Duration::from_secs).min(LONGEST));
    }
    let until = date(value)?;
    let from = date_header.and_then(date).unwrap_or(wall);
    let millis = until.0.saturating_sub(from.0).max(0).unsigned_abs();
    Some(Duration::from_millis(millis).min(LONGEST))
}

/// Reads an IMF-fixdate: `Sun, 06 Nov 1994 08:49:37 GMT`. The day of the week is not compared.
fn date(text: &str) -> Option<UnixMillis> {
    let (day_name, rest) = text.trim().split_once(", ")?;
    let rest = rest.strip_suffix(" GMT")?;
    let mut words = rest.split(' ');
    let (day, month, year, time) = (words.next()?, words.next()?, words.next()?, words.next()?);
    if words.next().is_some() || !DAYS.contains(&day_name) {
        return None;
    }
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    let text = alloc::format!("{year}-{month:02}-{day}T{time}Z");
    Timestamp::parse(&text).map(Timestamp::unix_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1994-11-06T08:49:37Z.
    const WALL: UnixMillis = UnixMillis(784_111_777_000);

    fn wait(value: &str) -> Option<u64> {
        retry_after(value, None, WALL).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_are_taken_up_to_an_hour() {
        assert_eq!(wait("0"), Some(0));
        assert_eq!(wait(" 120 "), Some(120));
        assert_eq!(wait("3600"), Some(3600));
        assert_eq!(wait("1000000000"), Some(3600));
        assert_eq!(wait(&"9".repeat(100)), Some(3600));
    }

    #[test]
    fn a_date_is_told_from_the_wall_clock() {
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:37 GMT"), Some(0));
        assert_eq!(wait("Sun, 06 Nov 1994 08:50:07 GMT"), Some(30));
        assert_eq!(wait("Sat, 05 Nov 1994 08:49:37 GMT"), Some(0));
        assert_eq!(wait("Fri, 31 Dec 9999 23:59:59 GMT"), Some(3600));
    }

    #[test]
    fn the_servers_own_clock_goes_first() {
        let until = "Sun, 06 Nov 1994 10:00:30 GMT";
        let date = Some("Sun, 06 Nov 1994 10:00:00 GMT");
        assert_eq!(retry_after(until, date, WALL), Some(Duration::from_secs(30)));
        assert_eq!(retry_after(until, Some("yesterday"), WALL), Some(LONGEST));
        assert_eq!(retry_after("7", date, WALL), Some(Duration::from_secs(7)));
    }

    #[test]
    fn anything_else_is_ignored() {
        for value in [
            "",
            "-5",
            "+5",
            "1.5",
            "soon",
            "5 s",
            "1994-11-06T08:49:37Z",
            "Sun, 06 Nov 1994 08:49:37",
            "Sun, 06 Nov 1994 08:49:37 CET",
            "Xyz, 06 Nov 1994 08:49:37 GMT",
            "Sun, 6 Nov 1994 08:49:37 GMT",
            "Sun, 06 Foo 1994 08:49:37 GMT",
            "Sun, 32 Nov 1994 08:49:37 GMT",
            "Sun, 06 Nov 94 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37+01:00 GMT",
            "Sun, 06 Nov 1994 08:49:37 x GMT",
            "Sun, é6 Nov 1994 08:49:37 GMT",
        ] {
            assert_eq!(wait(value), None, "{value}");
        }
    }
}
