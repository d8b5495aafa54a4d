//! What a drawing of one interaction needs to know.

use std::collections::BTreeMap;

use rosterline_core::{Id, Timestamp};
use rosterline_timeline::Timeline;

use crate::output::escape::Escaped;

/// An interaction, ready to be drawn. Times are milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    /// Safe for a terminal.
    pub(crate) name: String,
    pub(crate) complete: bool,
    pub(crate) revision: u64,
    pub(crate) from: i64,
    pub(crate) to: i64,
    pub(crate) rows: Vec<Row>,
    pub(crate) gaps: Vec<Span>,
    /// What is remarkable, in words.
    pub(crate) notes: Vec<String>,
}

/// One participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// Safe for a terminal.
    pub(crate) label: String,
    pub(crate) spans: Vec<Span>,
}

/// A span of time; an end that is not known is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: Option<i64>,
    pub(crate) to: Option<i64>,
}

impl Picture {
    /// Whether nobody is there any more, as far as is known.
    pub(crate) fn is_over(&self) -> bool {
        self.rows.iter().flat_map(|row| &row.spans).all(|span| span.to.is_some())
    }

    /// The picture of a timeline. `now`: up to when an open one is drawn, if that is later than its last event.
    pub(crate) fn of(timeline: &Timeline, now: Option<Timestamp>) -> Self {
        let mut rows: BTreeMap<&Id, Vec<Span>> = BTreeMap::new();
        let mut order = Vec::new();
        for interval in &timeline.presence {
            let span = Span { from: interval.from.map(millis), to: interval.to.map(millis) };
            let spans = rows.entry(&interval.participant).or_insert_with(|| {
                order.push(&interval.participant);
                Vec::new()
            });
            spans.push(span);
        }
        let ends = || rows.values().flatten().flat_map(|span| [span.from, span.to]).flatten();
        let from = ends().min().unwrap_or_default();
        let last = ends().max().unwrap_or_default();
        let over = rows.values().flatten().all(|span| span.to.is_some());
        let to = if over { last } else { now.map_or(last, millis).max(last) };
        Self {
            name: timeline.interaction_id.with_str(|text| Escaped::new(text).to_string()),
            complete: timeline.complete,
            revision: timeline.revision,
            from,
            to,
            rows: order
                .iter()
                .map(|id| Row { label: label(id), spans: rows.get(id).cloned().unwrap_or_default() })
                .collect(),
            gaps: timeline
                .gaps
                .iter()
                .map(|gap| Span { from: Some(millis(gap.from)), to: Some(millis(gap.to)) })
                .collect(),
            notes: notes(timeline),
        }
    }
}

fn millis(at: Timestamp) -> i64 {
    at.unix_millis().0
}

/// A UUID by its first eight characters, any other name as it is.
fn label(id: &Id) -> String {
    id.with_str(|text| match id.uuid() {
        Some(_) => text.chars().take(8).collect(),
        None => Escaped::new(text).to_string(),
    })
}

fn notes(timeline: &Timeline) -> Vec<String> {
    let count = |count: usize, one: &str, more: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {more}")),
    };
    let gaps = count(timeline.gaps.len(), "gap", "gaps");
    let anomalies = count(timeline.anomalies.len(), "anomaly", "anomalies");
    gaps.into_iter().chain(anomalies).collect()
}
