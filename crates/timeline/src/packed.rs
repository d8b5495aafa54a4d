//! One event in 16 bytes: any RFC 3339 instant to the nanosecond, who, what and why.

use rosterline_core::{PresenceKind, Timestamp};

/// A point in event time as one number, with room before and after every time that can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u128);

/// The second that counts as 0: a day before the year 0000 begins, since an offset can reach back that far.
const BASE: i64 = -62_167_219_200 - 86_400;
/// The last second that has room: 39 bits reach beyond the year 17,000.
const LAST: i64 = (1 << 39) - 2;
/// Nanoseconds of a second take 30 bits.
const NANOS: u32 = 30;

impl Moment {
    /// Before every event.
    pub(crate) const DAWN: Self = Self(0);
    /// After every event.
    pub(crate) const DUSK: Self = Self(u128::MAX);

    /// The moment that `at` names. Times beyond what RFC 3339 can write are moved to the end of the range.
    pub(crate) fn of(at: Timestamp) -> Self {
        let seconds = at.unix_seconds().saturating_sub(BASE).clamp(1, LAST);
        Self(u128::from(seconds.unsigned_abs()) << NANOS | u128::from(at.subsec_nanos()))
    }

    /// The timestamp of this moment in UTC, written with `digits` fraction digits.
    pub(crate) fn written(self, digits: u8) -> Timestamp {
        let seconds = (self.0 >> NANOS) as i64 + BASE;
        let nanos = self.0 as u32 & ((1 << NANOS) - 1);
        Timestamp::from_unix(seconds, nanos).with_digits(digits)
    }

    /// Nanoseconds from `earlier` to this moment; 0 if it is not earlier.
    pub(crate) fn nanos_since(self, earlier: Self) -> u128 {
        let nanos = |moment: Self| (moment.0 >> NANOS) * 1_000_000_000 + (moment.0 & ((1 << NANOS) - 1));
        nanos(self).saturating_sub(nanos(earlier))
    }

    /// Later than everything before this moment, and earlier than it.
    pub(crate) const fn just_before(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// Earlier than everything after this moment, and later than it.
    pub(crate) const fn just_after(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// One event of an interaction, whose participant, channel and reason are numbers in the interaction's tables.
///
/// From the highest bit: 69 bits of time, 1 bit for a leave, 10 bits for the numbers of fraction digits it was
/// written with, 3 bits for how it was [received](Seen), 1 bit for having come behind the watermark, 22 bits for the
/// seat, 22 bits for the reason (0 is none). The first 70 bits compare as the order of the timeline does, up to the
/// participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Packed(u128);

/// How an event's time stands to the moment at which it was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// As it should be.
    InRange,
    /// The event lies too far in the future.
    Early,
    /// The event lies too far in the past.
    Old,
}

const REASON_BITS: u32 = 22;
const SEAT: u32 = REASON_BITS;
const SEAT_BITS: u32 = 22;
const LATE: u32 = SEAT + SEAT_BITS;
const SEEN: u32 = LATE + 1;
const SEEN_MASK: u128 = 0b111 << SEEN;
const DIGITS: u32 = SEEN + 3;
const DIGITS_MASK: u128 = 0x3ff << DIGITS;
const KIND: u32 = DIGITS + 10;
const TIME: u32 = KIND + 1;
const REASON_MASK: u128 = (1 << REASON_BITS) - 1;

impl Seen {
    const fn bit(self) -> u128 {
        1 << (SEEN
            + match self {
                Self::InRange => 0,
                Self::Early => 1,
                Self::Old => 2,
            })
    }
}

impl Packed {
    /// The most events of one interaction, and the most versions that lost: so there are no more seats than this and
    /// no more words than three times this, and all their numbers fit.
    pub(crate) const MOST: usize = 1 << 20;

    /// An event without a reason.
    pub(crate) fn new(at: Timestamp, kind: PresenceKind, seat: u32, seen: Seen) -> Self {
        let left = match kind {
            PresenceKind::Joined => 0,
            PresenceKind::Left => 1,
        };
        let digits = 1 << (DIGITS + u32::from(at.fraction_digits().min(9)));
        Self(Moment::of(at).0 << TIME | left << KIND | digits | seen.bit() | u128::from(seat) << SEAT)
    }

    /// The same event for this reason.
    pub(crate) fn with_reason(self, reason: Option<u32>) -> Self {
        let number = reason.map_or(0, |word| u128::from(word) + 1);
        Self(self.0 & !REASON_MASK | number & REASON_MASK)
    }

    /// The same event, having come behind the watermark.
    pub(crate) const fn with_late(self) -> Self {
        Self(self.0 | 1 << LATE)
    }

    /// The same event, written and received in the ways of `other` as well.
    pub(crate) const fn with_all_of(self, other: Self) -> Self {
        Self(self.0 | other.0 & (DIGITS_MASK | SEEN_MASK))
    }

    /// Time and kind as one number that orders as they do.
    pub(crate) fn rank(self) -> u128 {
        self.0 >> KIND
    }

    pub(crate) fn moment(self) -> Moment {
        Moment(self.0 >> TIME)
    }

    /// The time as it was written with the most fraction digits, in UTC.
    pub(crate) fn timestamp(self) -> Timestamp {
        self.moment().written(self.digits())
    }

    pub(crate) fn kind(self) -> PresenceKind {
        if self.0 >> KIND & 1 == 0 { PresenceKind::Joined } else { PresenceKind::Left }
    }

    pub(crate) fn seat(self) -> u32 {
        (self.0 >> SEAT) as u32 & ((1 << SEAT_BITS) - 1)
    }

    pub(crate) fn reason(self) -> Option<u32> {
        ((self.0 & REASON_MASK) as u32).checked_sub(1)
    }

    /// The fraction digits of the longest writing.
    pub(crate) fn digits(self) -> u8 {
        ((self.0 & DIGITS_MASK) >> DIGITS).checked_ilog2().unwrap_or(0) as u8
    }

    /// Whether a reader of the timeline sees a difference to `before`, which is the same event with less known of it.
    pub(crate) fn shows_more_than(self, before: Self) -> bool {
        let named = |event: Self| (event.was(Seen::InRange), event.was(Seen::Early), event.was(Seen::Old));
        let in_range = self.was(Seen::InRange) && before.was(Seen::InRange);
        self.digits() > before.digits() || !in_range && named(self) != named(before)
    }

    /// Whether both name the same event, whatever reason they give.
    pub(crate) fn is_same(self, other: Self) -> bool {
        self.rank() == other.rank() && self.seat() == other.seat()
    }

    /// Whether it was received in this way, perhaps among others.
    pub(crate) const fn was(self, seen: Seen) -> bool {
        self.0 & seen.bit() != 0
    }

    /// Whether it came behind the watermark.
    pub(crate) const fn is_late(self) -> bool {
        self.0 >> LATE & 1 == 1
    }

    /// What is known of the event beyond its being: other writings, and other ways in which it was received.
    pub(crate) fn extra_facts(self) -> u64 {
        u64::from((self.0 & (DIGITS_MASK | SEEN_MASK)).count_ones()) - 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use proptest::prelude::*;

    fn packed(text: &str) -> Packed {
        Packed::new(Timestamp::parse(text).expect(text), PresenceKind::Left, 7, Seen::InRange)
    }

    #[test]
    fn the_ends_of_the_calendar_fit() {
        for text in ["0000-01-01T00:00:00Z", "1969-12-31T23:59:59.9Z", "9999-12-31T23:59:59.999999999Z"] {
            assert_eq!(packed(text).timestamp().to_string(), text);
        }
        let edge = packed("0000-01-01T00:00:00+23:59");
        assert!(Moment::DAWN < edge.moment() && edge.moment() < packed("0000-01-01T00:00:00Z").moment());
        assert!(packed("9999-12-31T23:59:60-23:59").moment() < Moment::DUSK);
    }

    #[test]
    fn the_longest_writing_is_shown() {
        let both = packed("2024-05-01T12:00:00Z").with_all_of(packed("2024-05-01T14:00:00.00+02:00"));
        assert_eq!(both.timestamp().to_string(), "2024-05-01T12:00:00.00Z");
        assert_eq!(both.extra_facts(), 1);
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_back(
            seconds in -62_167_219_200i64..253_402_300_800, nanos in 0u32..1_000_000_000, seat in 0u32..1 << 22,
            reason in prop::option::of(0u32..(1 << 22) - 1), left: bool,
        ) {
            let at = Timestamp::from_unix(seconds, nanos);
            let kind = if left { PresenceKind::Left } else { PresenceKind::Joined };
            let packed = Packed::new(at, kind, seat, Seen::Old).with_reason(reason);
            prop_assert_eq!(packed.timestamp().to_string(), at.to_string());
            prop_assert_eq!((packed.kind(), packed.seat(), packed.reason()), (kind, seat, reason));
        }

        #[test]
        fn moments_order_as_timestamps_do(a in any::<(i32, u32)>(), b in any::<(i32, u32)>()) {
            let (a, b) = (Timestamp::from_unix(a.0.into(), a.1), Timestamp::from_unix(b.0.into(), b.1));
            prop_assert_eq!(Moment::of(a).cmp(&Moment::of(b)), a.cmp(&b));
        }
    }
}
