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
    if words.next().is_some() || !DAYS.contains(&day_name) || year.len() != 4 || day.len() != 2 {
        return None;
    }
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    let text = alloc::format!("{year}-{month:02}-{day}T{time}Z");
    Timestamp::parse(&text).map(Timestamp::unix_millis)
}
