//! Event time: an instant on the server's clock, and how it was written.

mod calendar;
mod minute;
mod text;
mod written;

pub(crate) use minute::Minute;

use core::cmp::Ordering;
use core::fmt;
use core::hash::{Hash, Hasher};

use crate::time::UnixMillis;
use calendar::civil_from_days;
use text::Text;
use written::Written;

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
        let nanos = if nanos < 1_000_000_000 { nanos } else { 999_999_999 };
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

    /// Milliseconds since 1970, rounded towards the past. Saturates, for instants that no text can name.
    #[must_use]
    pub const fn unix_millis(self) -> UnixMillis {
        UnixMillis(self.seconds.saturating_mul(1000).saturating_add((self.nanos / 1_000_000) as i64))
    }

    /// The same instant written in UTC (`Z`), with as many fraction digits as it was written with.
    #[must_use]
    pub const fn utc(self) -> Self {
        Self { offset: 0, marks: 0, ..self }
    }

    /// The same instant written with `digits` fraction digits, or with as many as it needs, if that is more.
    #[must_use]
    pub const fn with_digits(self, digits: u8) -> Self {
        /// The nanoseconds of a unit of the last of so many digits.
        const UNITS: [u32; 10] =
            [1_000_000_000, 100_000_000, 10_000_000, 1_000_000, 100_000, 10_000, 1000, 100, 10, 1];
        let mut digits = if digits > 9 { 9 } else { digits };
        while self.nanos % UNITS[digits as usize] != 0 {
            digits += 1;
        }
        Self { digits, ..self }
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
        let mut text = Text::new();
        if (0..=9999).contains(&year) {
            text.number(year, 4);
        } else {
            // Of no calendar.
            write!(f, "{year:04}")?;
        }
        text.letter(b'-').number(month, 2);
        text.letter(b'-').number(day, 2);
        text.letter(if self.marks & mark::LOWER_T != 0 { b't' } else { b'T' });
        text.number(hour, 2);
        text.letter(b':').number(minute, 2);
        text.letter(b':').number(second, 2);
        if self.digits > 0 {
            let shown = self.nanos / 10u32.pow(9 - u32::from(self.digits));
            text.letter(b'.').number(shown.into(), self.digits);
        }
        if self.marks & mark::NUMERIC == 0 {
            text.letter(if self.marks & mark::LOWER_Z != 0 { b'z' } else { b'Z' });
        } else {
            let is_west = self.offset < 0 || self.marks & mark::MINUS_ZERO != 0;
            let east = i64::from(self.offset.unsigned_abs());
            text.letter(if is_west { b'-' } else { b'+' }).number(east / 60, 2);
            text.letter(b':').number(east % 60, 2);
        }
        f.write_str(text.as_str())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
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
            "1970-01-01T00:00:00+00:00",
            "2000-02-29T12:00:00-05:30",
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
            "2024:05-01T12:00:00Z",
            "2024-05:01T12:00:00Z",
            "2024-05-01T12-00:00Z",
            "2024-05-01T12:00-00Z",
            "20:4-05-01T12:00:00Z",
            "2024-05-01T0::00:00Z",
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
        assert_eq!(east.utc().with_digits(0).to_string(), "2024-05-01T12:00:00Z");
        assert_eq!(
            Timestamp::from_unix(0, 120_000_000).with_digits(0).to_string(),
            "1970-01-01T00:00:00.12Z"
        );
        assert_eq!(zulu.with_digits(u8::MAX).to_string(), "2024-05-01T12:00:00.000000000Z");
        assert_ne!(zulu, Timestamp::parse("2024-05-01T12:00:00+02:00").expect("valid"));
    }

    #[test]
    fn an_instant_from_a_number_has_the_digits_that_it_needs() {
        for (nanos, kept, digits) in [
            (0, 0, 3),
            (120_000_000, 120_000_000, 3),
            (1_000, 1_000, 6),
            (1, 1, 9),
            (123_456_789, 123_456_789, 9),
            (1_000_000_000, 999_999_999, 9),
            (u32::MAX, 999_999_999, 9),
        ] {
            let at = Timestamp::from_unix(-1, nanos);
            assert_eq!((at.unix_seconds(), at.subsec_nanos(), at.fraction_digits()), (-1, kept, digits));
            assert_eq!(at.unix_millis(), UnixMillis(i64::from(kept / 1_000_000) - 1000));
        }
    }

    #[test]
    fn months_have_the_days_of_the_calendar() {
        for year in [0, 4, 100, 400, 1900, 2000, 2023, 2024, 2100, 9999] {
            for (month, day) in (1..=12).flat_map(|month| (0..=32).map(move |day| (month, day))) {
                let text = format!("{year:04}-{month:02}-{day:02}T00:00:00Z");
                let is_a_day = jiff::civil::Date::new(year, month, day).is_ok();
                assert_eq!(Timestamp::parse(&text).is_some(), is_a_day, "{text}");
            }
        }
    }

    #[test]
    fn instants_beyond_every_calendar_have_milliseconds_and_a_text() {
        for millis in [i64::MIN, i64::MIN + 1, -1, i64::MAX] {
            let at = Timestamp::from(UnixMillis(millis));
            assert!(!at.to_string().is_empty());
            assert!(at.unix_millis().0.abs_diff(millis) < 1000, "{millis}");
        }
        assert_eq!(Timestamp::from_unix(i64::MAX, 0).unix_millis(), UnixMillis(i64::MAX));
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
        fn any_text_is_read_or_refused(text in "[-+0-9TtZz:. ]{0,40}") {
            if let Some(read) = Timestamp::parse(&text) {
                prop_assert_eq!(read.to_string(), text);
            }
        }
    }
}
