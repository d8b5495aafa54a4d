//! What a drawing shows, in sentences. Foreign text in them is cut, and not yet escaped for markup.

use std::time::Duration;

use rosterline_core::{GapCause, Id, PresenceKind};
use rosterline_timeline::{AnomalyKind, Figures, Timeline};

use crate::markup::{cut, shown};
use crate::picture::counted;
use crate::time::{clock, date_time, length, nanos};
use crate::{Band, Bar, Mark, Picture, Ring, Row};

/// Room for a name within a sentence, in hundredths of the font's size: about 40 characters.
const NAME: u32 = 2600;

/// A name as it is shown, cut to `room` (hundredths of the font's size).
pub(crate) fn name(id: &Id, room: u32) -> String {
    id.with_str(|text| cut(&shown(text), room))
}

/// A participant's name for the side of a drawing: a UUID by its first eight characters.
pub(crate) fn label(id: &Id, room: u32) -> String {
    match id.uuid() {
        Some(_) => id.with_str(|text| text.chars().take(8).collect()),
        None => name(id, room),
    }
}

/// `alice on voice`, or `alice, agent, on voice`.
pub(crate) fn who(row: &Row) -> String {
    let purpose = row.leg.as_ref().and_then(|leg| leg.purpose.as_ref());
    let purpose = purpose.map(|purpose| format!(", {},", cut(&shown(purpose), NAME))).unwrap_or_default();
    format!("{}{purpose} on {}", name(&row.participant, NAME), cut(&shown(&row.channel), NAME))
}

/// All that is known of whose a row is, uncut: `alice, agent, on voice; user u1; queue q1; session s1`.
pub(crate) fn who_in_full(row: &Row) -> String {
    let Some(leg) = &row.leg else { return format!("{} on {}", row.participant, &*row.channel) };
    let purpose = leg.purpose.as_ref().map(|purpose| format!(", {},", &**purpose)).unwrap_or_default();
    let mut whole = format!("{}{purpose} on {}", row.participant, &*row.channel);
    for (what, id) in [("user", &leg.user), ("queue", &leg.queue), ("session", &Some(leg.session.clone()))] {
        if let Some(id) = id {
            whole += &format!("; {what} {id}");
        }
    }
    whole
}

/// A stay: `12:00:00 to 12:00:41, 0:41`.
pub(crate) fn stay(bar: &Bar) -> String {
    let words = match (bar.from, bar.to) {
        (Some(from), Some(to)) => {
            format!("{} to {} UTC, {}", clock(from), clock(to), length(nanos(to) - nanos(from)))
        }
        (Some(from), None) => format!("since {} UTC, still there", clock(from)),
        (None, Some(to)) => format!("until {} UTC; when it began is not known", clock(to)),
        (None, None) => "when it began and ended is not known".to_string(),
    };
    if bar.uncertain { words + "; uncertain, a gap touches it" } else { words }
}

/// An offer that nobody answered: who it was made to, when, and how it ended.
pub(crate) fn ring(row: &Row, ring: &Ring) -> String {
    let when = match (ring.from, ring.to) {
        (Some(from), Some(to)) => {
            let length = length((nanos(to) - nanos(from)).max(0));
            format!(" {} to {} UTC, {length}", date_time(from), clock(to))
        }
        (Some(from), None) => format!(" from {} UTC on", date_time(from)),
        (None, Some(to)) => format!(" until {} UTC", date_time(to)),
        (None, None) => String::new(),
    };
    let reason = ring.reason.as_ref();
    let reason = reason.map(|reason| format!(" ({})", cut(&shown(reason), NAME))).unwrap_or_default();
    format!("{} rang{when}, and was not answered{reason}", who(row))
}

/// A gap: how it came about, when, and what it means.
pub(crate) fn gap(band: &Band) -> String {
    let cause = match band.cause {
        GapCause::Reconnect => "the connection was lost and made again",
        GapCause::Restart => "the program was not running",
        GapCause::Ended => "the connection was lost and the session ended",
        GapCause::Overflow => "the buffer was full",
        GapCause::Shutdown => "the session was closed before everything was taken",
    };
    let dropped = counted(usize::try_from(band.dropped).unwrap_or(usize::MAX), "event", "events")
        .map(|events| format!(", {events} dropped"))
        .unwrap_or_default();
    let verdict =
        if band.repaired { "repaired: what was missed has been told" } else { "events may be missing" };
    format!(
        "Gap {}, {} to {} UTC: {cause}{dropped}; {verdict}",
        band.id.0,
        date_time(band.from),
        clock_or_date(band)
    )
}

/// The end of a gap: the time of day will do if it is the same day.
fn clock_or_date(band: &Band) -> String {
    let (from, to) = (date_time(band.from), date_time(band.to));
    if from.get(..10) == to.get(..10) { clock(band.to) } else { to }
}

/// What an anomaly means.
pub(crate) fn odd(kind: &AnomalyKind) -> String {
    match kind {
        AnomalyKind::LeftWithoutJoin => "left, but no join is known".to_string(),
        AnomalyKind::JoinedTwice => "joined, but was there already".to_string(),
        AnomalyKind::LeftTwice => "left, but was gone already".to_string(),
        AnomalyKind::Conflict { action, other } => {
            let other = other.as_ref().map_or_else(
                || "without a reason".to_string(),
                |other| format!("with the reason \u{201c}{}\u{201d}", cut(&shown(other), NAME)),
            );
            format!("the same {} was also told {other}", noun(*action))
        }
        AnomalyKind::FutureTime { action } => {
            format!("a {} dated in the future; set aside, it moves nothing", noun(*action))
        }
        AnomalyKind::Late { action, quarantined: true } => {
            format!("a {} dated far in the past; set aside, it moves nothing", noun(*action))
        }
        AnomalyKind::Late { action, quarantined: false } => {
            format!("a {} that came after the timeline had been final", noun(*action))
        }
        AnomalyKind::StillOpen => "still there at the end".to_string(),
    }
}

/// The noun for what happened.
pub(crate) const fn noun(action: PresenceKind) -> &'static str {
    match action {
        PresenceKind::Joined => "join",
        PresenceKind::Left => "leave",
    }
}

/// An anomaly in its row: what, when, and what it means.
pub(crate) fn mark(row: &Row, mark: &Mark) -> String {
    format!("{} ({}), {} UTC: {}", who(row), mark.kind.name(), date_time(mark.at), odd(&mark.kind))
}

/// The figures of an interaction, for the line below its name.
pub(crate) fn figures(timeline: &Timeline, picture: &Picture) -> Vec<String> {
    let Figures { participants, transfers, .. } = timeline.figures;
    let mut figures = vec![length(nanos(picture.to) - nanos(picture.from))];
    figures.extend(counted(participants, "participant", "participants"));
    figures.extend(counted(transfers, "transfer", "transfers"));
    figures.extend(picture.notes());
    figures
}

/// The figures of an interaction, each with its name.
pub(crate) fn figures_by_name(timeline: &Timeline, picture: &Picture) -> Vec<(&'static str, String)> {
    let Figures { participants, most_at_once, first_answer, talk, transfers } = &timeline.figures;
    let spell = |duration: &Duration| length(i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX));
    vec![
        ("Length", length(nanos(picture.to) - nanos(picture.from))),
        ("First answer", first_answer.as_ref().map_or_else(|| "\u{2013}".to_string(), spell)),
        ("Together", spell(talk)),
        ("Participants", participants.to_string()),
        ("At once", most_at_once.to_string()),
        ("Transfers", transfers.to_string()),
    ]
}

/// When an interaction was: `2024-05-01 12:00:00.123 to 12:05:00.000 UTC`.
pub(crate) fn when(picture: &Picture) -> String {
    let (from, to) = (date_time(picture.from), date_time(picture.to));
    let to = if from.get(..10) == to.get(..10) { clock(picture.to) } else { to };
    format!("{from} to {to} UTC")
}
