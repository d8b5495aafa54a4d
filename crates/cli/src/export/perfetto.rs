//! A trace in the JSON of Chrome's trace events, which ui.perfetto.dev opens: an interaction is a process, a participant
//! on a channel a thread in it, a stay a slice. Gaps have a thread of their own; anomalies are instants.

use std::collections::BTreeMap;

use rosterline_core::{Id, Timestamp, Word};
use rosterline_timeline::Timeline;
use serde_json::{Value, json};

/// The thread of the gaps.
const GAPS: u64 = 0;

/// Writes the trace.
pub(super) fn trace(timelines: impl Iterator<Item = Timeline>) -> Vec<u8> {
    let mut events = Vec::new();
    for (process, timeline) in (1..).zip(timelines) {
        interaction(&mut events, process, &timeline);
    }
    let trace = json!({ "displayTimeUnit": "ms", "traceEvents": events });
    let mut out = trace.to_string().into_bytes();
    out.push(b'\n');
    out
}

fn interaction(events: &mut Vec<Value>, process: u64, timeline: &Timeline) {
    let name = |what: &str, thread: u64, name: String| json!({ "ph": "M", "name": what, "pid": process, "tid": thread, "args": { "name": name } });
    events.push(name("process_name", GAPS, format!("interaction {}", timeline.interaction_id)));
    let last = timeline.entries.iter().map(|entry| entry.timestamp).max();
    let mut threads: BTreeMap<(Id, Word, Option<Id>), u64> = BTreeMap::new();
    let mut new_names = Vec::new();
    let mut thread = |participant: &Id, channel: &Word, session: Option<&Id>| {
        let next = threads.len() as u64 + 1;
        *threads.entry((participant.clone(), channel.clone(), session.cloned())).or_insert_with(|| {
            new_names.push(name("thread_name", next, format!("{participant} ({channel})")));
            next
        })
    };
    for stay in &timeline.presence {
        let (Some(from), Some(to)) = (stay.from.or(stay.to), stay.to.or(last)) else { continue };
        let mut args = json!({
            "participant": stay.participant.to_string(), "open_start": stay.from.is_none(),
            "open_end": stay.to.is_none(), "uncertain": stay.uncertain,
        });
        if let (Some(leg), Some(args)) = (&stay.leg, args.as_object_mut()) {
            let text = |id: &Option<Id>| id.as_ref().map(Id::to_string);
            let purpose = leg.purpose.as_deref().map(str::to_owned);
            let told = [("purpose", purpose), ("user", text(&leg.user)), ("queue", text(&leg.queue))];
            let told = told.into_iter().filter_map(|(what, told)| Some((what, told?)));
            args.extend(told.map(|(what, told)| (what.to_owned(), told.into())));
        }
        let thread = thread(&stay.participant, &stay.channel, stay.session());
        events.push(slice(&stay.channel, process, thread, from, to, args));
    }
    for anomaly in &timeline.anomalies {
        let thread = thread(&anomaly.participant, &anomaly.channel, anomaly.session.as_ref());
        let mark = json!({
            "ph": "i", "s": "t", "name": anomaly.kind.name(), "cat": "anomaly", "pid": process, "tid": thread,
            "ts": micros(anomaly.at),
        });
        events.push(mark);
    }
    events.extend(new_names);
    if !timeline.gaps.is_empty() {
        events.push(name("thread_name", GAPS, "gaps".to_string()));
    }
    for gap in &timeline.gaps {
        let args = json!({ "id": gap.id.0, "dropped": gap.dropped, "repaired": gap.repaired });
        events.push(slice(gap.cause.name(), process, GAPS, gap.from, gap.to, args));
    }
}

fn slice(name: &str, process: u64, thread: u64, from: Timestamp, to: Timestamp, args: Value) -> Value {
    let (start, end) = (micros(from), micros(to));
    json!({
        "ph": "X", "name": name, "pid": process, "tid": thread, "ts": start, "dur": (end - start).max(0),
        "args": args,
    })
}

/// Microseconds since 1970.
const fn micros(at: Timestamp) -> i64 {
    at.unix_seconds() * 1_000_000 + at.subsec_nanos() as i64 / 1000
}

#[cfg(test)]
mod tests {
    use super::*;
    use rosterline_core::{Instant, Presence, PresenceKind};
    use rosterline_timeline::{Limits, Timelines};

    #[test]
    fn an_interaction_is_a_process_and_a_stay_a_slice() {
        let mut timelines = Timelines::new(Limits::default());
        let mut tell = |clock: &str, kind, who: &str| {
            let at = Timestamp::parse(&format!("2024-05-01T{clock}Z")).expect("RFC 3339");
            let _ = timelines.apply(&Presence {
                at,
                kind,
                interaction: Id::new("call"),
                participant: Id::new(who),
                channel: "voice".into(),
                reason: None,
                leg: None,
                arrived: Instant::ZERO,
                received: at.unix_millis(),
            });
        };
        tell("12:00:00.5", PresenceKind::Joined, "anna");
        tell("12:00:02", PresenceKind::Left, "anna");
        tell("12:00:03", PresenceKind::Left, "bob");
        let trace: Value = serde_json::from_slice(&trace(timelines.iter())).expect("JSON");
        let events = trace["traceEvents"].as_array().expect("a list");
        let named = |name: &str| {
            let thread = events.iter().find(|it| it["args"]["name"] == name).expect("a thread");
            let is_in = |it: &&Value| it["ph"] != "M" && it["tid"] == thread["tid"];
            events.iter().filter(is_in).cloned().collect::<Vec<_>>()
        };
        let anna = named("anna (voice)");
        assert_eq!((anna.len(), &anna[0]["ph"], &anna[0]["dur"]), (1, &json!("X"), &json!(1_500_000)));
        assert_eq!(anna[0]["ts"], json!(1_714_564_800_500_000_i64));
        let bob = named("bob (voice)");
        assert_eq!(bob.len(), 2, "a stay without a start, and a mark");
        assert!(bob.iter().any(|it| it["ph"] == "i" && it["name"] == "left-without-join"), "{bob:?}");
        let process = events.iter().find(|it| it["name"] == "process_name").expect("a process");
        assert_eq!(process["args"]["name"], "interaction call");
    }
}
