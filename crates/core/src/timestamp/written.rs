//! Reading: from letters to an instant.

use super::calendar::{days_from_civil, days_in_month};
use super::{SECONDS_PER_DAY, Timestamp, mark};

/// The parts of a timestamp as they were written, not yet checked against each other.
pub(super) struct Written {
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
    #[inline(always)]
    pub(super) fn usual(text: &[u8; 24]) -> Option<Self> {
        const FORM: &[u8; 24] = b"0000-00-00T00:00:00.000Z";
        /// The most that a digit can be above the form's; anything else has to be the very character.
        const MOST: [u8; 24] = [9, 9, 9, 9, 0, 9, 9, 0, 9, 9, 0, 9, 9, 0, 9, 9, 0, 9, 9, 0, 9, 9, 9, 0];
        const TOPS: u64 = 0x8080_8080_8080_8080;
        let word = |of: &[u8; 24], i: usize| u64::from_le_bytes(*of[i..].first_chunk().expect("8 of 24"));
        let digits = |i| word(text, i) ^ word(FORM, i);
        let (date, clock, end) = (digits(0), digits(8), digits(16));
        // What is above its most reaches the top bit. Only a byte that has that bit by itself, and is wrong
        // already, can carry into the next.
        let wrong = |digits: u64, i| digits | digits.wrapping_add(!TOPS - word(&MOST, i));
        if (wrong(date, 0) | wrong(clock, 8) | wrong(end, 16)) & TOPS != 0 {
            return None;
        }
        // Each digit together with the next: 99 at the most, so that none carries.
        let pairs = |digits: u64| digits.wrapping_mul(10).wrapping_add(digits >> 8);
        let (date, clock, end, last) = (pairs(date), pairs(clock), pairs(end), end);
        let byte = |of: u64, i: usize| u32::from(of.to_le_bytes()[i]);
        Some(Self {
            year: byte(date, 0) * 100 + byte(date, 2),
            month: byte(date, 5),
            day: byte(clock, 0),
            hour: byte(clock, 3),
            minute: byte(clock, 6),
            second: byte(end, 1),
            nanos: (byte(end, 4) * 10 + byte(last, 6)) * 1_000_000,
            digits: 3,
            offset: 0,
            marks: 0,
        })
    }

    /// Reads every form.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
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
    pub(super) fn timestamp(self) -> Option<Timestamp> {
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
