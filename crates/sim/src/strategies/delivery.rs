//! What happened, and what of it reached the application.

use std::fmt;

use proptest::prelude::*;
use rosterline_core::{Event, Gap, Presence, PresenceKind, Repair};
use rosterline_timeline::{Limits, Timelines};

use super::fate::{Mark, deliver, mark};
use super::truth::{Origin, Script, any_move, goes_on, is_same};

/// What happened, and what of it reached the application, in the order in which it did.
///
/// It comes from [`delivery`], or from a session that was [played](super::Run::play). [`check`](Self::check) holds
/// timelines against it; an application of your own can be held against the same three things: what
/// [reached it](Self::events), what is [missing](Self::missing), and what happened in [truth](Self::truth).
#[derive(Clone, PartialEq)]
pub struct Delivery {
    /// Everything that happened, in order of time.
    pub truth: Vec<Presence>,
    /// What the application was told, by the frames or moments in which it came.
    pub batches: Vec<Vec<Event>>,
}

/// A history, and what its delivery makes of it. Events come twice or late; they are lost with a connection or dropped from
/// a full buffer, and the gaps say so that a client would state. Several can come in one frame.
///
/// What is behind it is a script of moves in which each event has its fate, so a failing case shrinks to the few
/// events that matter, all told in time but for the one that was not. Duplicates are not filtered out here; a session
/// does that, as long as it remembers.
pub fn delivery() -> impl Strategy<Value = Delivery> {
    // The second mark is for the leave at the end, if the move is a join that no other takes back.
    let moves = prop::collection::vec((any_move(), [mark(), mark()]), 1..24);
    (moves, goes_on()).prop_map(|(moves, goes_on)| {
        let (moves, marks): (Vec<_>, Vec<[Mark; 2]>) = moves.into_iter().unzip();
        let marked =
            Script { moves, goes_on }.events_with_origins().into_iter().map(|(origin, event)| match origin {
                Origin::Move(number) => (event, marks[number][0]),
                Origin::End(number) => (event, marks[number][1]),
            });
        let (truth, marks): (Vec<_>, Vec<_>) = marked.unzip();
        let batches = deliver(&truth, &marks);
        Delivery { truth, batches }
    })
}

impl Delivery {
    /// What the application was told, one after the other.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.batches.iter().flatten()
    }

    /// The gaps that the application was told of.
    pub fn gaps(&self) -> impl Iterator<Item = &Gap> {
        self.events().filter_map(|event| if let Event::Gap(gap) = event { Some(gap) } else { None })
    }

    /// What happened and never reached the application, in order of time.
    #[must_use]
    pub fn missing(&self) -> Vec<&Presence> {
        let heard: Vec<&Presence> = self.events().filter_map(presence).collect();
        self.truth.iter().filter(|event| !heard.iter().any(|heard| is_same(heard, event))).collect()
    }

    /// What a recovery source would bring, as a session tells it: everything that is missing, then the news that each
    /// gap is filled.
    #[must_use]
    pub fn repairs(&self) -> Vec<Event> {
        let missing = self.missing();
        let repaired = self.gaps().map(|gap| {
            let recovered = missing.iter().filter(|event| admits(gap, event)).count() as u64;
            Event::Repaired(Repair { gap: gap.clone(), recovered })
        });
        let repaired: Vec<Event> = repaired.collect();
        missing.into_iter().cloned().map(Event::Presence).chain(repaired).collect()
    }

    /// The timelines that these events make, with the usual limits.
    #[must_use]
    pub fn timelines(&self) -> Timelines {
        let mut timelines = Timelines::new(Limits::default());
        self.events().for_each(|event| _ = timelines.tell(event));
        timelines
    }
}

/// Whether the gap says that this event may be missing. The ends of a gap are events that were seen where a connection was
/// lost, and events that were dropped where a buffer was full ([`Gap::from`]).
#[must_use]
pub fn admits(gap: &Gap, event: &Presence) -> bool {
    let within = if gap.dropped > 0 {
        gap.from <= event.at && event.at <= gap.to
    } else {
        gap.from < event.at && event.at < gap.to
    };
    within && gap.scope.covers(&event.interaction)
}

fn presence(event: &Event) -> Option<&Presence> {
    if let Event::Presence(presence) = event { Some(presence) } else { None }
}

/// What happened, a line for each event, and below it what was told, a line for each frame.
impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let missing = self.missing();
        writeln!(f, "what happened:")?;
        for event in &self.truth {
            let lost = missing.iter().any(|missing| is_same(missing, event));
            writeln!(f, "  {}{}", Line(event), if lost { ", not told" } else { "" })?;
        }
        write!(f, "what was told:")?;
        for batch in &self.batches {
            let events = batch.iter().map(|event| match event {
                Event::Presence(presence) => Line(presence).to_string(),
                Event::Gap(gap) => {
                    format!("gap {} from {} to {}, {} dropped", gap.id.0, gap.from, gap.to, gap.dropped)
                }
                Event::Unknown(_)
                | Event::Unanswered(_)
                | Event::Status(_)
                | Event::Repaired(_)
                | Event::Rejected(_)
                | Event::Ended(_)
                | _ => format!("{event:?}"),
            });
            write!(f, "\n  {}", events.collect::<Vec<_>>().join("; "))?;
        }
        Ok(())
    }
}

/// An event in one line.
pub(super) struct Line<'a>(pub(super) &'a Presence);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Presence { at, kind, interaction, participant, .. } = self.0;
        let verb = match kind {
            PresenceKind::Joined => "joined",
            PresenceKind::Left => "left",
        };
        write!(f, "{at} {participant} {verb} {interaction}")
    }
}
