//! Reading the time that nearly all events have: one of the same minute as the event before.

use super::written::Written;
use super::{Timestamp, mark};

/// The minute of the last event. Of the next one only the seconds are read, if it is the same.
#[derive(Debug)]
pub(crate) struct Minute {
    text: [u8; 16],
    seconds: i64,
}

impl Default for Minute {
    fn default() -> Self {
        Self { text: *b"1970-01-01T00:00", seconds: 0 }
    }
}

impl Minute {
    /// Reads the form that nearly all servers write, `2024-05-01T12:00:00.123Z`, and no other: faster than
    /// [`Timestamp::parse`], with the same result.
    #[inline(always)]
    pub(crate) fn parse(&mut self, text: &[u8; 24]) -> Option<Timestamp> {
        let (minute, end) = text.split_first_chunk()?;
        let (second, nanos) = second(end.first_chunk()?)?;
        if *minute != self.text {
            self.turn(text, minute, second)?;
        }
        let marks = if second == 60 { mark::LEAP } else { 0 };
        Some(Timestamp { seconds: self.seconds + i64::from(second), nanos, offset: 0, digits: 3, marks })
    }

    /// Another minute has begun.
    #[inline(never)]
    fn turn(&mut self, text: &[u8; 24], minute: &[u8; 16], second: u32) -> Option<()> {
        let at = Written::read(text)?.timestamp().filter(|_| text[10] == b'T')?;
        *self = Self { text: *minute, seconds: at.seconds - i64::from(second) };
        Some(())
    }
}

/// Reads the end, `:00.123Z`, all at once: seconds up to 60, and nanoseconds.
#[inline(always)]
fn second(text: &[u8; 8]) -> Option<(u32, u32)> {
    const FORM: u64 = u64::from_le_bytes(*b":00.000Z");
    /// The most that a digit can be above the form's; anything else has to be the very character.
    const MOST: u64 = u64::from_le_bytes([0, 9, 9, 0, 9, 9, 9, 0]);
    const TOPS: u64 = 0x8080_8080_8080_8080;
    let digits = u64::from_le_bytes(*text) ^ FORM;
    // What is above its most reaches the top bit. Only a byte that has that bit by itself, and is wrong already, can
    // carry into the next.
    if (digits | digits.wrapping_add(!TOPS - MOST)) & TOPS != 0 {
        return None;
    }
    // Each digit together with the next: 99 at the most, so that none carries.
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8).to_le_bytes();
    let (second, milli) =
        (u32::from(pairs[1]), u32::from(pairs[4]) * 10 + u32::from(digits.to_le_bytes()[6]));
    (second <= 60).then_some((second, milli * 1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use proptest::prelude::*;

    /// By the reader of every form, which has a few more letters.
    fn slowly(text: &[u8; 24]) -> Option<Timestamp> {
        Written::read(text)
            .and_then(Written::timestamp)
            .filter(|_| text[10] == b'T' && text[19] == b'.' && text[23] == b'Z')
    }

    fn same(quick: Option<Timestamp>, slow: Option<Timestamp>) -> bool {
        quick.map(|at| (at, at.to_string())) == slow.map(|at| (at, at.to_string()))
    }

    #[test]
    fn the_usual_form_is_read_as_every_form_is_whatever_one_character_is() {
        let usual = *b"2024-12-31T23:59:60.999Z";
        let mut known = Minute::default();
        assert!(known.parse(&usual).is_some());
        for (at, with) in (0..24).flat_map(|at| (0..=u8::MAX).map(move |with| (at, with))) {
            let mut text = usual;
            text[at] = with;
            let slow = slowly(&text);
            assert!(same(known.parse(&text), slow), "{at} {with} after another");
            assert!(same(known.parse(&text), slow), "{at} {with} after itself");
            assert!(same(Minute::default().parse(&text), slow), "{at} {with} first");
        }
    }

    #[test]
    fn before_the_first_event_no_minute_is_known_that_is_none() {
        assert!(Minute::default().parse(b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0:00.000Z").is_none());
        let first = Minute::default().parse(b"1970-01-01T00:00:01.000Z");
        assert!(same(first, Some(Timestamp::from_unix(1, 0))));
    }

    proptest! {
        #[test]
        fn whatever_came_before_the_usual_form_is_read_as_every_form_is(
            texts in prop::collection::vec((0usize..24, any::<u8>(), any::<bool>(), 0u8..3), 1..8),
        ) {
            let mut known = Minute::default();
            for (at, with, more, minute) in texts {
                let mut text = *b"2024-12-31T23:57:60.999Z";
                text[15] += minute;
                text[at] = with;
                if more {
                    text[(at + 7) % 24] = with.wrapping_add(1);
                }
                prop_assert!(same(known.parse(&text), slowly(&text)), "{:?}", text);
            }
        }
    }
}
