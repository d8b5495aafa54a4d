//! Questions to one timeline: who was there, and can one know.

use rosterline_core::Timestamp;

use crate::gaps::Span;
use crate::packed::Moment;
use crate::{GapMark, Interval, Timeline};

impl Timeline {
    /// The stays of those who are there now, as far as is known: nobody told that they left.
    pub fn present(&self) -> impl Iterator<Item = &Interval> {
        self.presence.iter().filter(|stay| stay.to.is_none())
    }

    /// The stays of those who were there at `at`, as far as is known; see [`Interval::covers`].
    ///
    /// ```
    /// # use rosterline_core::{Id, Instant, Presence, PresenceKind, Timestamp, Word};
    /// # use rosterline_timeline::{Limits, Timelines};
    /// # let at = |text| Timestamp::parse(text).expect("RFC 3339");
    /// # let event = |text, kind| Presence {
    /// #     at: at(text), kind, interaction: Id::new("c1"), participant: Id::new("alice"),
    /// #     channel: Word::from("voice"), reason: None, leg: None, arrived: Instant::ZERO, received: at(text).unix_millis(),
    /// # };
    /// let mut timelines = Timelines::new(Limits::default());
    /// timelines.apply(&event("2024-05-01T12:00:00Z", PresenceKind::Joined));
    /// timelines.apply(&event("2024-05-01T12:01:00Z", PresenceKind::Left));
    /// let timeline = timelines.get(&Id::new("c1")).expect("it has events");
    /// let there = |text| timeline.present_at(at(text)).count();
    /// assert_eq!([there("2024-05-01T12:00:00Z"), there("2024-05-01T12:01:00Z")], [1, 0]);
    /// ```
    pub fn present_at(&self, at: Timestamp) -> impl Iterator<Item = &Interval> {
        self.presence.iter().filter(move |stay| stay.covers(at))
    }

    /// Whether events of that moment may be missing: an open gap lies over it. Then others may have been there as well,
    /// and those who were may have been away.
    #[must_use]
    pub fn is_uncertain_at(&self, at: Timestamp) -> bool {
        self.gaps.iter().any(|gap| !gap.repaired && gap.covers(at))
    }
}

impl Interval {
    /// Whether the stay lasts at `at`: the moment of the join belongs to it, that of the leave does not. A stay
    /// without a known join reaches back without end, one without a known leave ahead.
    #[must_use]
    pub fn covers(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at < to)
    }
}

impl GapMark {
    /// Whether events of the moment `at` can be missing because of this gap. Where a connection was lost, the ends do not
    /// belong to it; where events were dropped, they are dropped events themselves.
    #[must_use]
    pub fn covers(&self, at: Timestamp) -> bool {
        Span::of(self).covers(Moment::of(at))
    }
}
