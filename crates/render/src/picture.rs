//! What a drawing of one interaction shows, whatever it is drawn on.

use std::collections::BTreeMap;

use rosterline_core::{GapCause, GapId, Id, Timestamp, Word};
use rosterline_timeline::{AnomalyKind, Communication, GapMark, Timeline, Unanswered};

/// An interaction, ready to be drawn: a row for each participant on each channel, and for each communication where there
/// are such, in the order in which they first came. All text in it is as it came from outside; whoever draws it escapes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Which interaction.
    pub interaction: Id,
    /// How it stands.
    pub standing: Standing,
    /// How much is known: see [`Timeline::revision`].
    pub revision: u64,
    /// Where the drawing begins: at the first event that was not set aside.
    pub from: Timestamp,
    /// Where it ends, never before [`from`](Self::from).
    pub to: Timestamp,
    /// Who was there, and when.
    pub rows: Vec<Row>,
    /// Where something may be missing, across all rows. A band may reach out of the drawing, or lie outside.
    pub bands: Vec<Band>,
}

/// How an interaction stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Everyone who joined has left, and nothing is missing.
    Complete,
    /// Everyone who is known to have joined has left, but an open gap touches the interaction.
    Over,
    /// Somebody is still there.
    Open,
}

/// One participant on one channel, in one communication where there are such.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Who.
    pub participant: Id,
    /// On which medium.
    pub channel: Word,
    /// The communication, and who the participant is in it; only in the `notifications` dialect.
    pub leg: Option<Communication>,
    /// Whether the participant has other rows too, so that the label has to name this one's channel.
    pub is_one_of_many: bool,
    /// The stays, in the order of their starts.
    pub bars: Vec<Bar>,
    /// When it rang, if nobody answered; only in the `notifications` dialect.
    pub ring: Option<Ring>,
    /// What does not fit together, in the order of time.
    pub marks: Vec<Mark>,
}

/// How long a communication rang that nobody answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ring {
    /// Since when, if that is known.
    pub from: Option<Timestamp>,
    /// Until when, if that is known.
    pub to: Option<Timestamp>,
    /// Why it ended, if that is known.
    pub reason: Option<Word>,
}

/// One stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// The join; `None` if only the leave is known.
    pub from: Option<Timestamp>,
    /// The leave; `None` if the participant is still there.
    pub to: Option<Timestamp>,
    /// Whether an open gap touches the stay.
    pub uncertain: bool,
}

/// One gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Band {
    /// Its number.
    pub id: GapId,
    /// How it came about.
    pub cause: GapCause,
    /// Where it starts.
    pub from: Timestamp,
    /// Where it ends.
    pub to: Timestamp,
    /// Events known to be lost; 0 where nobody can know.
    pub dropped: u64,
    /// Whether a recovery source has told what was missed.
    pub repaired: bool,
}

/// One anomaly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// What does not fit.
    pub kind: AnomalyKind,
    /// When. For [`AnomalyKind::StillOpen`] the end of the drawing: that is where a leave is missing. An event that
    /// was set aside may lie outside the drawing, years away.
    pub at: Timestamp,
}

impl Picture {
    /// The picture of a timeline. `until`: up to when an open one is drawn, if that is later than its last event.
    #[must_use]
    pub fn of(timeline: &Timeline, until: Option<Timestamp>) -> Self {
        let (from, to) = span(timeline, until);
        let over = timeline.presence.iter().all(|stay| stay.to.is_some());
        Self {
            interaction: timeline.interaction_id.clone(),
            standing: match (timeline.complete, over) {
                (true, _) => Standing::Complete,
                (false, true) => Standing::Over,
                (false, false) => Standing::Open,
            },
            revision: timeline.revision,
            from,
            to,
            rows: rows(timeline, to),
            bands: timeline.gaps.iter().map(Band::of).collect(),
        }
    }

    /// What is remarkable, in words: `1 gap`, `2 anomalies`.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let marks = self.rows.iter().map(|row| row.marks.len()).sum();
        let rings = self.rows.iter().filter(|row| row.ring.is_some()).count();
        let gaps = counted(self.bands.len(), "gap", "gaps");
        [counted(rings, "unanswered", "unanswered"), gaps, counted(marks, "anomaly", "anomalies")]
            .into_iter()
            .flatten()
            .collect()
    }
}

impl Row {
    /// What a label says beside the name: what the participant is, if that is known, and the channel of one row of many.
    pub(crate) fn aside(&self) -> Option<String> {
        let purpose = self.leg.as_ref().and_then(|leg| leg.purpose.as_deref());
        let channel = Some(&*self.channel).filter(|_| self.is_one_of_many);
        match (purpose, channel) {
            (Some(purpose), Some(channel)) => Some(format!("{purpose} {channel}")),
            (one, other) => one.or(other).map(str::to_owned),
        }
    }
}

impl Ring {
    /// From when to when, as far as is known: of one time that is, only that moment.
    pub(crate) fn span(&self) -> Option<(Timestamp, Timestamp)> {
        let (from, to) = (self.from.or(self.to)?, self.to.or(self.from)?);
        Some((from, to.max(from)))
    }
}

impl Standing {
    /// In words.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Over => "over, may lack events",
            Self::Open => "open",
        }
    }
}

impl Band {
    pub(crate) fn of(gap: &GapMark) -> Self {
        Self {
            id: gap.id,
            cause: gap.cause,
            from: gap.from,
            to: gap.to,
            dropped: gap.dropped,
            repaired: gap.repaired,
        }
    }
}

/// `2 gaps`; nothing for none.
pub(crate) fn counted(count: usize, one: &str, more: &str) -> Option<String> {
    match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {more}")),
    }
}

/// From the first end of a stay to the newest event, or to `until` while somebody is there. An event that was set aside is
/// no part of a stay: dated years away, it stretches nothing, unless there is nothing else.
fn span(timeline: &Timeline, until: Option<Timestamp>) -> (Timestamp, Timestamp) {
    let stays = || timeline.presence.iter().flat_map(|stay| [stay.from, stay.to]).flatten();
    let rings = || timeline.unanswered.iter().flat_map(|it| [it.from, it.to]).flatten();
    let others = || timeline.entries.iter().map(|entry| entry.timestamp).chain(rings());
    let none = Timestamp::from_unix(0, 0);
    let from = stays().min().or_else(|| others().min()).unwrap_or(none);
    // A second leave is no stay's end, and yet a part of what happened.
    let last = stays().chain(timeline.last_updated).max().or_else(|| others().max()).unwrap_or(none);
    let over = timeline.presence.iter().all(|stay| stay.to.is_some());
    let to = until.filter(|until| !over && *until > last).unwrap_or(last);
    (from, to)
}

fn rows(timeline: &Timeline, end: Timestamp) -> Vec<Row> {
    let mut rows = Rows::default();
    for entry in &timeline.entries {
        if let Some(leg) = &entry.leg {
            rows.legs.insert((&entry.participant, &entry.channel, Some(&leg.session)), leg);
        }
    }
    let mut rings = timeline.unanswered.iter().peekable();
    for stay in &timeline.presence {
        while let Some(offer) = rings.next_if(|offer| offer.from.or(offer.to) < stay.from) {
            rows.rang(offer);
        }
        let bar = Bar { from: stay.from, to: stay.to, uncertain: stay.uncertain };
        rows.of((&stay.participant, &stay.channel, stay.session())).bars.push(bar);
    }
    rings.for_each(|offer| rows.rang(offer));
    for anomaly in &timeline.anomalies {
        let at = if anomaly.kind == AnomalyKind::StillOpen { end } else { anomaly.at };
        let seat = (&anomaly.participant, &anomaly.channel, anomaly.session.as_ref());
        rows.of(seat).marks.push(Mark { kind: anomaly.kind.clone(), at });
    }
    let several = |row: &Row| rows.counts.get(&row.participant).is_some_and(|count| *count > 1);
    let several: Vec<bool> = rows.rows.iter().map(several).collect();
    for (row, several) in rows.rows.iter_mut().zip(several) {
        row.is_one_of_many = several;
        row.marks.sort_by_key(|mark| mark.at);
    }
    rows.rows
}

/// Whose a row is: a participant on a channel, in a communication if there is one.
type Seat<'a> = (&'a Id, &'a Word, Option<&'a Id>);

/// Rows that are being filled, found by whose they are.
#[derive(Default)]
struct Rows<'a> {
    rows: Vec<Row>,
    places: BTreeMap<Seat<'a>, usize>,
    legs: BTreeMap<Seat<'a>, &'a Communication>,
    /// How many rows each participant has.
    counts: BTreeMap<Id, usize>,
}

impl<'a> Rows<'a> {
    fn rang(&mut self, offer: &'a Unanswered) {
        let seat = (&offer.participant, &offer.channel, Some(&offer.leg.session));
        self.legs.insert(seat, &offer.leg);
        self.of(seat).ring = Some(Ring { from: offer.from, to: offer.to, reason: offer.reason.clone() });
    }

    fn of(&mut self, seat: Seat<'a>) -> &mut Row {
        let place = *self.places.entry(seat).or_insert_with(|| {
            let (participant, channel, _) = seat;
            *self.counts.entry(participant.clone()).or_default() += 1;
            self.rows.push(Row {
                participant: participant.clone(),
                channel: channel.clone(),
                leg: self.legs.get(&seat).map(|leg| (*leg).clone()),
                is_one_of_many: false,
                bars: Vec::new(),
                ring: None,
                marks: Vec::new(),
            });
            self.rows.len() - 1
        });
        &mut self.rows[place]
    }
}
