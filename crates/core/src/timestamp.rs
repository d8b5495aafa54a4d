//! Event time: an instant on the server's clock, and how it was written.

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};

use crate::time::UnixMillis;

const SECONDS_PER_DAY: i64 = 86_400;

/// The time an event carries: an RFC 3339 instant from year 0000 to 9999, to the nanosecond.
///
/// Two timestamps are equal when they name the same instant, whatever offset they were written in.
/// How they were written is kept all the same, so that [`Display`](fmt::Display) gives the text back to
/// the letter and [`Timestamp::utc`] the same instant in UTC. A leap second (`:60`) is the first second
/// of the next minute, as in POSIX time.
#[derive(Clone, Copy)]
pub struct Timestamp {
    seconds: i64,
    nanos: u32,
    /// Minutes east of UTC, as written.
    offset: i16,
    /// Fraction digits, as written: 0 to 9.
    digits: u8,
    marks: u8,
}

/// How the letters of a timestamp were written: bits of `Timestamp::marks`.
mod mark {
    pub(super) const LOWER_T: u8 = 1;
    pub(super) const LOWER_Z: u8 = 2;
    pub(super) const NUMERIC: u8 = 4;
    pub(super) const MINUS_ZERO: u8 = 8;
    pub(super) const LEAP: u8 = 16;
}

impl Timestamp {
    /// The instant `seconds` and `nanos` after 1970-01-01T00:00:00Z, written in UTC with three fraction
    /// digits, or with more where the instant needs them. `nanos` of a second or more are cut off.
    #[must_use]
    pub const fn from_unix(seconds: i64, nanos: u32) -> Self {
        let nanos = if nanos > 999_999_999 { 999_999_999 } else { nanos };
        let digits = if nanos % 1_000_000 == 0 {
            3
        } else if nanos % 1_000 == 0 {
            6
        } else {
            9
        };
        Self { seconds, nanos, offset: 0, digits, marks: 0 }
    }

    /// Reads an RFC 3339 date and time (`2024-05-01T12:00:00.123Z`) with any offset and 0 to 9 fraction
    /// digits. `None` for anything else: no offset, a day that the month does not have, trailing text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Written::read(text.as_bytes())?.timestamp()
    }

    /// Reads the form that nearly all servers write, `2024-05-01T12:00:00.123Z`, and no other: faster than
    /// [`parse`](Self::parse), with the same result.
    pub(crate) fn parse_usual(text: &[u8; 24]) -> Option<Self> {
        Written::usual(text)?.timestamp()
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded towards the past.
    #[must_use]
    pub const fn unix_seconds(self) -> i64 {
        self.seconds
    }

    /// Nanoseconds after [`unix_seconds`](Self::unix_seconds): 0 to 999,999,999.
    #[must_use]
    pub const fn subsec_nanos(self) -> u32 {
        self.nanos
    }

    /// Fraction digits as written: 0 to 9.
    #[must_use]
    pub const fn fraction_digits(self) -> u8 {
        self.digits
    }

    /// Milliseconds since 1970, rounded towards the past.
    #[must_use]
    pub const fn unix_millis(self) -> UnixMillis {
        UnixMillis(self.seconds * 1000 + (self.nanos / 1_000_000) as i64)
    }

    /// The same instant written in UTC (`Z`), with as many fraction digits as it was written with.
    #[must_use]
    pub const fn utc(self) -> Self {
        Self { offset: 0, marks: 0, ..self }
    }

    /// The same instant written with `digits` fraction digits, but never with fewer than it has.
    #[must_use]
    pub const fn with_digits(self, digits: u8) -> Self {
        let digits = if digits > 9 { 9 } else { digits };
        if digits < self.digits { self } else { Self { digits, ..self } }
    }
}

impl From<UnixMillis> for Timestamp {
    fn from(at: UnixMillis) -> Self {
        let nanos = u32::try_from(at.0.rem_euclid(1000)).unwrap_or(0) * 1_000_000;
        Self::from_unix(at.0.div_euclid(1000), nanos)
    }
}

impl PartialEq for Timestamp {
    fn eq(&self, other: &Self) -> bool {
        (self.seconds, self.nanos) == (other.seconds, other.nanos)
    }
}

impl Eq for Timestamp {}

impl PartialOrd for Timestamp {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Timestamp {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.seconds, self.nanos).cmp(&(other.seconds, other.nanos))
    }
}

impl Hash for Timestamp {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.seconds, self.nanos).hash(state);
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let leap = i64::from(self.marks & mark::LEAP != 0);
        let local = self.seconds + i64::from(self.offset) * 60 - leap;
        let (year, month, day) = civil_from_days(local.div_euclid(SECONDS_PER_DAY));
        let of_day = local.rem_euclid(SECONDS_PER_DAY);
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60 + leap);
        let t = if self.marks & mark::LOWER_T != 0 { 't' } else { 'T' };
        write!(f, "{year:04}-{month:02}-{day:02}{t}{hour:02}:{minute:02}:{second:02}")?;
        if self.digits > 0 {
            let shown = self.nanos / 10u32.pow(9 - u32::from(self.digits));
            write!(f, ".{shown:0width$}", width = usize::from(self.digits))?;
        }
        if self.marks & mark::NUMERIC == 0 {
            return f.write_str(if self.marks & mark::LOWER_Z != 0 { "z" } else { "Z" });
        }
        let sign = if self.offset < 0 || self.marks & mark::MINUS_ZERO != 0 { '-' } else { '+' };
        let east = self.offset.unsigned_abs();
        write!(f, "{sign}{:02}:{:02}", east / 60, east % 60)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The parts of a timestamp as they were written, not yet checked against each other.
struct Written {
    year: u32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    nanos: u32,
    digits: u8,
    offset: i16,
    marks: u8,
}

impl Written {
    /// Reads the usual form, eight characters at a time.
    fn usual(text: &[u8; 24]) -> Option<Self> {
        const FORM: &[u8; 24] = b"0000-00-00T00:00:00.000Z";
        /// The most that a digit can be above the form's; anything else has to be the very character.
        const MOST: [u8; 24] = [9, 9, 9, 9, 0, 9, 9, 0, 9, 9, 0, 9, 9, 0, 9, 9, 0, 9, 9, 0, 9, 9, 9, 0];
        const TOPS: u64 = 0x8080_8080_8080_8080;
        let mut digits = [0; 24];
        let mut wrong = 0;
        for i in [0, 8, 16] {
            let word = |of: &[u8; 24]| u64::from_le_bytes(*of[i..].first_chunk().expect("8 of 24"));
            let digit = word(text) ^ word(FORM);
            // What is above its most reaches the top bit. Only a byte that has that bit by itself, and is
            // wrong already, can carry into the next.
            wrong |= digit | digit.wrapping_add(!TOPS - word(&MOST));
            digits[i..i + 8].copy_from_slice(&digit.to_le_bytes());
        }
        if wrong & TOPS != 0 {
            return None;
        }
        let two = |i: usize| u32::from(digits[i]) * 10 + u32::from(digits[i + 1]);
        Some(Self {
            year: two(0) * 100 + two(2),
            month: two(5),
            day: two(8),
            hour: two(11),
            minute: two(14),
            second: two(17),
            nanos: (two(20) * 10 + u32::from(digits[22])) * 1_000_000,
            digits: 3,
            offset: 0,
            marks: 0,
        })
    }

    /// Reads every form.
    fn read(text: &[u8]) -> Option<Self> {
        let head: &[u8; 19] = text.first_chunk()?;
        let pair = |i: usize| two(head[i], head[i + 1]);
        if head[4] != b'-' || head[7] != b'-' || head[13] != b':' || head[16] != b':' {
            return None;
        }
        let t = match head[10] {
            b'T' => 0,
            b't' => mark::LOWER_T,
            _ => return None,
        };
        let (nanos, digits, rest) = fraction(&text[19..])?;
        let (offset, zone) = zone(rest)?;
        Some(Self {
            year: pair(0)? * 100 + pair(2)?,
            month: pair(5)?,
            day: pair(8)?,
            hour: pair(11)?,
            minute: pair(14)?,
            second: pair(17)?,
            nanos,
            digits,
            offset,
            marks: t | zone,
        })
    }

    #[inline]
    fn timestamp(self) -> Option<Timestamp> {
        let Self { year, month, day, hour, minute, second, nanos, digits, offset, marks } = self;
        if !(1..=12).contains(&month) || day < 1 || day > 28 && day > days_in_month(year, month) {
            return None;
        }
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let marks = if second == 60 { marks | mark::LEAP } else { marks };
        let of_day = i64::from(hour * 3600 + minute * 60 + second);
        let seconds = days_from_civil(year, month, day) * SECONDS_PER_DAY + of_day - i64::from(offset) * 60;
        Some(Timestamp { seconds, nanos, offset, digits, marks })
    }
}

fn two(tens: u8, ones: u8) -> Option<u32> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| u32::from(tens) * 10 + u32::from(ones))
}

/// Reads `.123` if it stands there: nanoseconds, digits, and what follows.
fn fraction(b: &[u8]) -> Option<(u32, u8, &[u8])> {
    let Some(rest) = b.strip_prefix(b".") else { return Some((0, 0, b)) };
    let digits = rest.iter().take_while(|c| c.is_ascii_digit()).count();
    if digits == 0 || digits > 9 {
        return None;
    }
    let (written, rest) = rest.split_at(digits);
    let value = written.iter().fold(0u32, |value, c| value * 10 + u32::from(c - b'0'));
    let scale = 10u32.pow(9 - digits as u32);
    Some((value * scale, digits as u8, rest))
}

/// Reads the offset, which must be all that is left: minutes east of UTC, and marks.
fn zone(b: &[u8]) -> Option<(i16, u8)> {
    match b {
        b"Z" => Some((0, 0)),
        b"z" => Some((0, mark::LOWER_Z)),
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] => {
            let (hours, minutes) = (two(*h1, *h2)?, two(*m1, *m2)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let east = (hours * 60 + minutes) as i16;
            let minus_zero = if *sign == b'-' && east == 0 { mark::MINUS_ZERO } else { 0 };
            Some((if *sign == b'-' { -east } else { east }, mark::NUMERIC | minus_zero))
        }
        _ => None,
    }
}

fn days_in_month(year: u32, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar.
fn days_from_civil(year: u32, month: u32, day: u32) -> i64 {
    // A year starts in March here, so that a leap day is its last; 400 years (146,097 days) more, so that
    // none is below zero.
    let (year, month) = if month > 2 { (year + 400, month - 3) } else { (year + 399, month + 9) };
    let century = year / 100;
    let of_year = (153 * month + 2) / 5 + day - 1;
    i64::from(year * 365 + year / 4 - century + century / 4 + of_year) - 719_468 - 146_097
}

/// The inverse of [`days_from_civil`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use proptest::prelude::*;

    #[test]
    fn what_is_written_comes_back_to_the_letter() {
        for text in [
            "2024-05-01T12:00:00.123Z",
            "2024-05-01T12:00:00Z",
            "2024-05-01t12:00:00.1z",
            "2024-02-29T23:59:59.123456789+14:00",
            "1970-01-01T00:00:00.000000-00:00",
            "2016-12-31T23:59:60Z",
            "0000-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999999999-23:59",
        ] {
            assert_eq!(Timestamp::parse(text).expect(text).to_string(), text);
        }
    }

    #[test]
    fn what_is_no_rfc_3339_is_refused() {
        for text in [
            "",
            "2024-05-01",
            "2024-05-01T12:00:00",
            "2024-05-01 12:00:00Z",
            "2024-05-01T12:00:00.Z",
            "2024-05-01T12:00:00.1234567890Z",
            "2024-05-01T12:00:00+0200",
            "2024-05-01T12:00:00Zx",
            "2024-13-01T12:00:00Z",
            "2023-02-29T12:00:00Z",
            "2024-05-01T24:00:00Z",
            "2024-05-01T12:00:61Z",
            "2024-05-01T12:00:00+24:00",
            "+024-05-01T12:00:00Z",
            "١٩٧٠-01-01T00:00:00Z",
        ] {
            assert!(Timestamp::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn the_offset_does_not_change_the_instant() {
        let zulu = Timestamp::parse("2024-05-01T12:00:00Z").expect("valid");
        let east = Timestamp::parse("2024-05-01T14:00:00.000+02:00").expect("valid");
        assert_eq!(zulu, east);
        assert_eq!(east.utc().to_string(), "2024-05-01T12:00:00.000Z");
    }

    proptest! {
        #[test]
        fn agrees_with_jiff(seconds in -62_167_219_200i64..253_402_300_800, nanos in 0u32..1_000_000_000) {
            let ours = Timestamp::from_unix(seconds, nanos);
            let text = ours.to_string();
            prop_assert_eq!(Timestamp::parse(&text), Some(ours));
            if let Ok(theirs) = text.parse::<jiff::Timestamp>() {
                prop_assert_eq!(theirs.as_second() - i64::from(theirs.subsec_nanosecond() < 0), seconds);
            }
        }

        #[test]
        fn the_usual_form_is_read_as_every_form_is(at in 0usize..24, with: u8, more in any::<bool>()) {
            let mut text = *b"2024-12-31T23:59:60.999Z";
            text[at] = with;
            if more {
                text[(at + 7) % 24] = with.wrapping_add(1);
            }
            let read = |written: Option<Written>| written.and_then(Written::timestamp);
            let usual = Timestamp::parse_usual(&text);
            if text[10] == b'T' && text[19] == b'.' && text[23] == b'Z' {
                prop_assert_eq!(usual, read(Written::read(&text)));
            } else {
                prop_assert_eq!(usual, None);
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[-+0-9TtZz:. ]{0,40}") {
            if let Some(read) = Timestamp::parse(&text) {
                prop_assert_eq!(read.to_string(), text);
            }
        }
    }
}
