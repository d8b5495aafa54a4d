//! What is different between two states of one timeline, so that whoever has the older can get the newer.

use alloc::vec::Vec;
use core::cmp::Ordering;

use rosterline_core::{Id, Timestamp};

#[cfg(feature = "serde")]
use crate::json;
use crate::{Anomaly, Entry, Figures, GapMark, Interval, Timeline, Unanswered};

/// The way from one state of a timeline to a later one: what no longer holds is retracted, what is new is added.
///
/// An element that has changed, as an interval that has got its end, is retracted as it was and added as it is. From
/// [`Timeline::empty`] on, delta after delta gives each state to the letter.
///
/// ```
/// # use rosterline_core::{Id, Instant, Presence, PresenceKind, Timestamp, Word};
/// # use rosterline_timeline::{Limits, Timeline, Timelines};
/// # let at = Timestamp::parse("2024-05-01T12:00:00Z").expect("RFC 3339");
/// # let joined = Presence {
/// #     at, kind: PresenceKind::Joined, interaction: Id::new("c1"), participant: Id::new("alice"),
/// #     channel: Word::from("voice"), reason: None, leg: None, arrived: Instant::ZERO, received: at.unix_millis(),
/// # };
/// let mut timelines = Timelines::new(Limits::default());
/// let mut shown = Timeline::empty(Id::new("c1"));
/// timelines.apply(&joined);
/// let now = timelines.get(&Id::new("c1")).expect("it has an event");
/// let delta = now.since(&shown);
/// assert_eq!((delta.from_revision, delta.revision, delta.add.entries.len()), (0, 1, 1));
/// shown.patch(&delta).expect("it is the next one");
/// assert_eq!(shown, now);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Delta {
    /// Which interaction.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::plain"))]
    pub interaction_id: Id,
    /// The revision that it starts from.
    pub from_revision: u64,
    /// The revision that it leads to.
    pub revision: u64,
    /// What no longer holds.
    pub retract: Parts,
    /// What holds now.
    pub add: Parts,
    /// Whether the timeline is complete now.
    pub complete: bool,
    /// Its newest event time now.
    #[cfg_attr(feature = "serde", serde(serialize_with = "json::maybe"))]
    pub last_updated: Option<Timestamp>,
    /// Its figures now.
    pub figures: Figures,
}

/// Elements of a timeline, each kind in the order of the timeline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Parts {
    /// Events.
    pub entries: Vec<Entry>,
    /// Stays.
    pub presence: Vec<Interval>,
    /// Who did not answer.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
    pub unanswered: Vec<Unanswered>,
    /// What does not fit.
    pub anomalies: Vec<Anomaly>,
    /// Gaps that touch the interaction.
    pub gaps: Vec<GapMark>,
}

/// A delta does not belong to this state of the timeline. Take a new snapshot and go on from there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mismatch {
    /// It is of another interaction.
    Interaction,
    /// It starts from this revision, which is not the one at hand.
    Revision(u64),
}

impl core::fmt::Display for Mismatch {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Interaction => f.write_str("the delta is of another interaction"),
            Self::Revision(from) => {
                write!(f, "the delta starts from revision {from}, which is not the one at hand")
            }
        }
    }
}

impl core::error::Error for Mismatch {}

impl Timeline {
    /// The timeline of an interaction of which nothing is known, at revision 0: what every delta can start from.
    #[must_use]
    pub fn empty(interaction_id: Id) -> Self {
        Self {
            interaction_id,
            revision: 0,
            complete: false,
            entries: Vec::new(),
            presence: Vec::new(),
            unanswered: Vec::new(),
            anomalies: Vec::new(),
            gaps: Vec::new(),
            last_updated: None,
            figures: Figures::default(),
        }
    }

    /// What has changed since an earlier state of the same interaction.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Delta {
        let (mut retract, mut add) = (Parts::default(), Parts::default());
        difference(&earlier.entries, &self.entries, &mut retract.entries, &mut add.entries);
        difference(&earlier.presence, &self.presence, &mut retract.presence, &mut add.presence);
        difference(&earlier.unanswered, &self.unanswered, &mut retract.unanswered, &mut add.unanswered);
        difference(&earlier.anomalies, &self.anomalies, &mut retract.anomalies, &mut add.anomalies);
        difference(&earlier.gaps, &self.gaps, &mut retract.gaps, &mut add.gaps);
        Delta {
            interaction_id: self.interaction_id.clone(),
            from_revision: earlier.revision,
            revision: self.revision,
            retract,
            add,
            complete: self.complete,
            last_updated: self.last_updated,
            figures: self.figures.clone(),
        }
    }

    /// Brings this state up to the one that the delta leads to.
    ///
    /// # Errors
    /// [`Mismatch`] if the delta is of another interaction, or starts from another revision. Nothing has changed then.
    pub fn patch(&mut self, delta: &Delta) -> Result<(), Mismatch> {
        if delta.interaction_id != self.interaction_id {
            return Err(Mismatch::Interaction);
        }
        if delta.from_revision != self.revision {
            return Err(Mismatch::Revision(delta.from_revision));
        }
        replace(&mut self.entries, &delta.retract.entries, &delta.add.entries);
        replace(&mut self.presence, &delta.retract.presence, &delta.add.presence);
        replace(&mut self.unanswered, &delta.retract.unanswered, &delta.add.unanswered);
        replace(&mut self.anomalies, &delta.retract.anomalies, &delta.add.anomalies);
        replace(&mut self.gaps, &delta.retract.gaps, &delta.add.gaps);
        self.revision = delta.revision;
        self.complete = delta.complete;
        self.last_updated = delta.last_updated;
        self.figures = delta.figures.clone();
        Ok(())
    }
}

/// An element of a timeline, in an order in which two are equal only if they are the same to the letter. It refines the order
/// in which the timeline lists them.
pub(crate) trait Element: Clone {
    fn order(&self, other: &Self) -> Ordering;
}

/// An instant and how it is written.
fn written(at: Timestamp) -> (Timestamp, u8) {
    (at, at.fraction_digits())
}

impl Element for Entry {
    fn order(&self, other: &Self) -> Ordering {
        let key = |entry: &Self| (entry.timestamp, entry.action);
        let rest = |entry: &Self| entry.timestamp.fraction_digits();
        key(self)
            .cmp(&key(other))
            .then_with(|| self.seat().cmp(&other.seat()))
            .then_with(|| self.reason.cmp(&other.reason))
            .then_with(|| rest(self).cmp(&rest(other)))
            .then_with(|| self.leg.cmp(&other.leg))
    }
}

impl Element for Interval {
    fn order(&self, other: &Self) -> Ordering {
        let ends = |stay: &Self| (stay.from.map(written), stay.to.map(written));
        self.from
            .cmp(&other.from)
            .then_with(|| self.seat().cmp(&other.seat()))
            .then_with(|| self.to.cmp(&other.to))
            .then_with(|| (self.uncertain, ends(self)).cmp(&(other.uncertain, ends(other))))
            .then_with(|| self.leg.cmp(&other.leg))
    }
}

impl Element for Anomaly {
    fn order(&self, other: &Self) -> Ordering {
        self.at
            .cmp(&other.at)
            .then_with(|| self.seat().cmp(&other.seat()))
            .then_with(|| self.kind.cmp(&other.kind))
            .then_with(|| written(self.at).cmp(&written(other.at)))
    }
}

impl Element for Unanswered {
    fn order(&self, other: &Self) -> Ordering {
        let times = |it: &Self| (it.from.map(written), it.to.map(written));
        (self.from.or(self.to), self.seat())
            .cmp(&(other.from.or(other.to), other.seat()))
            .then_with(|| times(self).cmp(&times(other)))
            .then_with(|| (&self.leg, &self.reason).cmp(&(&other.leg, &other.reason)))
    }
}

impl Element for GapMark {
    fn order(&self, other: &Self) -> Ordering {
        let key = |gap: &Self| {
            (gap.id, gap.repaired, gap.cause.name(), written(gap.from), written(gap.to), gap.dropped)
        };
        key(self).cmp(&key(other))
    }
}

/// What is in one of two ordered lists only.
fn difference<T: Element>(old: &[T], new: &[T], gone: &mut Vec<T>, come: &mut Vec<T>) {
    let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (Some(a), Some(b)) => a.order(b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return,
        };
        match order {
            Ordering::Less => gone.extend(old.next().cloned()),
            Ordering::Greater => come.extend(new.next().cloned()),
            Ordering::Equal => {
                old.next();
                new.next();
            }
        }
    }
}

/// Takes elements out of an ordered list, and puts others in where they belong.
fn replace<T: Element>(list: &mut Vec<T>, retract: &[T], add: &[T]) {
    let mut retract = retract.iter().peekable();
    list.retain(|element| {
        while retract.next_if(|gone| gone.order(element) == Ordering::Less).is_some() {}
        retract.next_if(|gone| gone.order(element) == Ordering::Equal).is_none()
    });
    list.extend_from_slice(add);
    list.sort_by(T::order);
}
