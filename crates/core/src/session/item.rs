//! What the items of the buffer have in common, and how two of them become one.

use alloc::collections::BTreeSet;

use crate::gap::{Gap, GapCause, GapId, Scope};
use crate::{Event, Id, Place, Timestamp, Word};

/// The memory that an item takes, in bytes.
pub(super) fn weight(event: &Event) -> usize {
    let id = |id: &Id| if id.uuid().is_some() { 0 } else { id.with_str(str::len) };
    let word = |word: &Word| if word.len() > Word::INLINE { word.len() } else { 0 };
    let owned = match event {
        Event::Presence(presence) => {
            let reason = presence.reason.as_ref().map_or(0, word);
            id(&presence.interaction) + id(&presence.participant) + word(&presence.channel) + reason
        }
        Event::Unknown(unknown) => unknown.json.len() + word(&unknown.kind),
        Event::Unanswered(_)
        | Event::Status(_)
        | Event::Gap(_)
        | Event::Repaired(_)
        | Event::Rejected(_)
        | Event::Ended(_) => 0,
    };
    size_of::<Event>() + owned
}

/// Whether an item is one of those that `received` counts.
pub(super) fn is_counted(event: &Event) -> bool {
    matches!(event, Event::Presence(_) | Event::Unknown(_))
}

/// The item, if it is a gap that an overflow has made.
pub(super) fn as_overflow(item: &mut Event) -> Option<&mut Gap> {
    if let Event::Gap(gap) = item { Some(gap).filter(|gap| gap.cause == GapCause::Overflow) } else { None }
}

/// Adds a rejection to the one before, if it was for the same reason in the same field.
pub(super) fn join_rejections(last: &mut Event, new: &Event) -> bool {
    add_rejection(last, new, Place::is_like)
}

/// Adds a rejection to another one with the same reason, if their places go together.
fn add_rejection(last: &mut Event, new: &Event, is_like: fn(Place, Place) -> bool) -> bool {
    let (Event::Rejected(last), Event::Rejected(new)) = (last, new) else { return false };
    let same = last.reason == new.reason && is_like(last.place, new.place);
    last.count += if same { new.count } else { 0 };
    same
}

/// Makes one note of two of a kind: counts are added, spans joined, the newer status stands for both.
pub(super) fn join(last: &mut Event, new: &Event) -> bool {
    if let (Event::Status(last), Event::Status(new)) = (&mut *last, new) {
        last.clone_from(new);
        return true;
    }
    if let (Event::Gap(last), Event::Gap(new)) = (&mut *last, new) {
        let same = last.cause == new.cause && last.scope == new.scope;
        if same {
            (last.from, last.to) = (last.from.min(new.from), last.to.max(new.to));
        }
        return same;
    }
    add_rejection(last, new, |_, _| true)
}

/// The event time of an item, or what comes nearest to it.
pub(super) fn time_of(event: &Event) -> Timestamp {
    match event {
        Event::Presence(presence) => presence.at,
        Event::Unknown(unknown) => unknown.received.into(),
        Event::Unanswered(offer) => offer.received.into(),
        Event::Status(status) => status.at.into(),
        Event::Gap(gap) => gap.from,
        Event::Repaired(repair) => repair.gap.from,
        Event::Rejected(_) | Event::Ended(_) => Timestamp::from_unix(0, 0),
    }
}

/// A gap that nothing has fallen into yet.
pub(super) fn empty_gap(id: GapId, cause: GapCause, at: Timestamp) -> Gap {
    Gap { id, cause, from: at, to: at, dropped: 0, scope: Scope::Only(BTreeSet::new()) }
}

/// Lets one more event fall into a gap.
pub(super) fn widen(gap: &mut Gap, event: &Event, at: Timestamp) {
    gap.dropped += 1;
    gap.from = gap.from.min(at);
    gap.to = gap.to.max(at);
    if let Event::Presence(presence) = event {
        gap.scope.add(&presence.interaction);
    }
}
