//! Timestamps of `rosterline-core`, against a plain reader of RFC 3339 and against jiff.

use rosterline_core::{Timestamp, UnixMillis};

/// The seconds of the years from 0000 to 9999, in UTC.
const YEARS: std::ops::Range<i64> = -62_167_219_200..253_402_300_800;
/// What jiff can say: it leaves out the last two days of the year 9999.
const LATEST: i64 = 253_402_207_200;

/// Reads `data` as a text, and as the number of an instant. Whether the text is a timestamp.
///
/// # Panics
/// If the reader does, if it contradicts one of the others, or if what was read is not written as it was.
pub fn timestamp(data: &[u8]) -> bool {
    if let Some((seconds, rest)) = data.split_first_chunk() {
        let nanos = rest.first_chunk().map_or(0, |nanos| u32::from_le_bytes(*nanos));
        number(i64::from_le_bytes(*seconds), nanos);
    }
    let Ok(text) = std::str::from_utf8(data) else { return false };
    let (ours, plain) = (Timestamp::parse(text), plain(text));
    assert_eq!(ours.map(|at| (at.unix_seconds(), at.subsec_nanos())), plain, "{text}");
    let Some(ours) = ours else { return false };
    assert_eq!(ours.to_string(), text, "written as it was read");
    forms(ours);
    // For jiff a leap second is the one before it; for us it is the one after it, as in POSIX time.
    if ours.unix_seconds() < LATEST && text.get(17..19) != Some("60") {
        let theirs: jiff::Timestamp = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        let nanos = i128::from(ours.unix_seconds()) * 1_000_000_000 + i128::from(ours.subsec_nanos());
        assert_eq!(theirs.as_nanosecond(), nanos, "{text}");
    }
    true
}

/// An instant that no text has named. It can be shown, whatever it is; if a text can name it, it comes back.
fn number(seconds: i64, nanos: u32) {
    let at = Timestamp::from_unix(seconds, nanos);
    assert_eq!((at.unix_seconds(), at.subsec_nanos()), (seconds, nanos.min(999_999_999)));
    let text = at.to_string();
    if YEARS.contains(&seconds) {
        assert_eq!(Timestamp::parse(&text), Some(at), "{text}");
        forms(at);
    }
    let millis = Timestamp::from(UnixMillis(seconds)).unix_millis().0;
    assert!(millis.abs_diff(seconds) < 1000, "{seconds} became {millis}");
}

/// However it is written, it is the same instant.
fn forms(at: Timestamp) {
    for digits in [0, 3, 9, 255] {
        let other = at.utc().with_digits(digits);
        assert_eq!(other, at);
        assert!(other.fraction_digits() >= digits.min(9) && other.fraction_digits() <= 9);
        // An offset can reach beyond the years that have four digits.
        if YEARS.contains(&at.unix_seconds()) {
            let text = other.to_string();
            assert_eq!(Timestamp::parse(&text), Some(at), "{text}");
        }
    }
    let millis = at.unix_millis();
    assert!(Timestamp::from(millis) <= at && at < Timestamp::from(UnixMillis(millis.0 + 1)));
}

/// Section 5.6 of RFC 3339, word by word: seconds since 1970 and nanoseconds. With an offset of the form `+hh:mm`,
/// 9 digits at most, and a leap second wherever one is written.
fn plain(text: &str) -> Option<(i64, u32)> {
    let (date, time) = text.split_once(['T', 't'])?;
    let [year, month, day] = fields::<3>(date, '-', &[4, 2, 2])?;
    let at = time.find(['Z', 'z', '+', '-'])?;
    let (time, zone) = time.split_at(at);
    let (clock, fraction) = match time.split_once('.') {
        Some((_, "")) => return None,
        Some((clock, fraction)) => (clock, fraction),
        None => (time, ""),
    };
    let [hour, minute, second] = fields::<3>(clock, ':', &[2, 2, 2])?;
    let offset = match zone.split_at(1) {
        ("Z" | "z", "") => 0,
        (sign @ ("+" | "-"), rest) => {
            let [hours, minutes] = fields::<2>(rest, ':', &[2, 2])?;
            let east = (hours * 60 + minutes) * 60;
            if hours > 23 || minutes > 59 {
                return None;
            }
            if sign == "-" { -east } else { east }
        }
        _ => return None,
    };
    let nanos = if fraction.is_empty() { 0 } else { number_of(fraction, 1..=9)? };
    let nanos = nanos * 10i64.pow(9 - u32::try_from(fraction.len()).ok()?);
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let february = if leap(year) { 29 } else { 28 };
    let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let long = *months.get(usize::try_from(month).ok()?.checked_sub(1)?)?;
    if !(1..=long).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // 719,528 days lie between the first day of the year 0 and 1970.
    let leaps = if year == 0 { 0 } else { (year - 1) / 4 - (year - 1) / 100 + (year - 1) / 400 + 1 };
    let before: i64 = months.iter().take(usize::try_from(month).ok()? - 1).sum();
    let days = year * 365 + leaps + before + day - 1 - 719_528;
    Some((days * 86_400 + hour * 3600 + minute * 60 + second - offset, u32::try_from(nanos).ok()?))
}

/// Numbers of so many digits each, and nothing else.
fn fields<const N: usize>(text: &str, between: char, digits: &[usize; N]) -> Option<[i64; N]> {
    let mut parts = text.split(between);
    let mut numbers = [0; N];
    for (number, digits) in numbers.iter_mut().zip(digits) {
        *number = number_of(parts.next()?, *digits..=*digits)?;
    }
    parts.next().is_none().then_some(numbers)
}

fn number_of(text: &str, digits: std::ops::RangeInclusive<usize>) -> Option<i64> {
    let all = text.bytes().all(|byte| byte.is_ascii_digit());
    if all && digits.contains(&text.len()) { text.parse().ok() } else { None }
}
