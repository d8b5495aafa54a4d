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
