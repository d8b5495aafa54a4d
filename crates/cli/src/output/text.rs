//! Lines for people. Everything that came from elsewhere is escaped; times are UTC.

use std::fmt::Write as _;

use rosterline_core::{Gap, Id, Leg, Presence, PresenceKind, Source, State, Timestamp, UnixMillis};
use rosterline_render::escape::Escaped;
use rosterline_render::{Paint, Picture, terminal};
use serde_json::Value;

use super::lines::{Details, Line, Summary, detail, wall, why};

/// One line of output, or a few, without the last line break.
pub(crate) fn render(line: &Line, width: usize, paint: Paint) -> String {
    match line {
        Line::Event(presence) => event(presence, paint),
        Line::Raw(unknown) => {
            let what = format!("{} {}", Escaped::new(&unknown.kind), Escaped::new(&unknown.json));
            format!("{} raw        {what}", clock(wall(unknown.received)))
        }
        Line::Timeline(timeline) => {
            let picture = Picture::of(timeline, None);
            terminal::draw(&picture, width, paint).join("\n")
        }
        Line::Gap(gap, recovered) => self::gap(gap, *recovered, paint),
        Line::Status(news) => status(news.at, news.state, news.attempt, &detail(&news.detail), paint),
        Line::Ended(cause, attempt, at) => status(*at, State::Ended, *attempt, &why(cause), paint),
        Line::Rejected(rejected) => {
            let times =
                if rejected.count > 1 { format!(", {} times", rejected.count) } else { String::new() };
            let what = format!("rejected     {} at {}{times}", rejected.reason.name(), rejected.place);
            paint.on(Paint::YELLOW, &what)
        }
        Line::Summary(summary) => self::summary(summary, paint),
    }
}

fn event(event: &Presence, paint: Paint) -> String {
    let (word, style) = match event.kind {
        PresenceKind::Joined => ("joined", Paint::GREEN),
        PresenceKind::Left => ("left  ", Paint::CYAN),
    };
    let interaction = event.interaction.with_str(|text| Escaped::new(text).to_string());
    let participant = event.participant.with_str(|text| Escaped::new(text).to_string());
    let reason = event.reason.as_deref().map(|reason| format!("  ({})", Escaped::new(reason)));
    let leg = event.leg.as_deref().map(leg);
    format!(
        "{} {}  {:<6} {interaction}  {participant}{}{}",
        clock(event.at),
        paint.on(style, word),
        Escaped::new(&event.channel).to_string(),
        leg.unwrap_or_default(),
        reason.unwrap_or_default(),
    )
}

/// What is known of a communication, in short: `  agent, user 1a519aee, queue bf71ae39, session 19c34168, by backfill`.
fn leg(leg: &Leg) -> String {
    let mut text = format!("  {}", Escaped::new(&leg.purpose));
    let ids = [("user", leg.user.as_ref()), ("queue", leg.queue.as_ref()), ("session", Some(&leg.session))];
    for (what, id) in ids.into_iter().filter_map(|(what, id)| Some((what, id?))) {
        let _ = write!(text, ", {what} {}", short(id));
    }
    match leg.source {
        Source::Snapshot => {}
        Source::Detail | Source::Backfill => _ = write!(text, ", by {}", leg.source.name()),
    }
    text
}

/// A UUID by its first eight characters, any other name as it is.
fn short(id: &Id) -> String {
    id.with_str(|text| match id.uuid() {
        Some(_) => text.chars().take(8).collect(),
        None => Escaped::new(text).to_string(),
    })
}

fn gap(gap: &Gap, recovered: Option<u64>, paint: Paint) -> String {
    let span = format!("{} to {}", gap.from.utc(), gap.to.utc());
    let dropped = match gap.dropped {
        0 => String::new(),
        dropped => format!(", {dropped} events dropped"),
    };
    let what = match recovered {
        None => format!("gap {} ({}): {span}{dropped}: events may be missing", gap.id.0, gap.cause.name()),
        Some(count) => {
            format!("gap {} ({}): {span}: repaired, {count} events recovered", gap.id.0, gap.cause.name())
        }
    };
    paint.on(Paint::YELLOW, &what)
}

fn status(at: UnixMillis, state: State, attempt: u32, details: &Details, paint: Paint) -> String {
    let mut text = format!("{} {}", clock(wall(at)), state.name());
    if attempt > 0 {
        let _ = write!(text, " (attempt {attempt})");
    }
    for (name, value) in details {
        match (*name, value) {
            ("cause" | "news", Value::String(said)) => _ = write!(text, ": {}", Escaped::new(said)),
            ("hint", Value::String(said)) => _ = write!(text, "; {}", Escaped::new(said)),
            ("delay_ms", value) => _ = write!(text, "; next attempt in {value} ms"),
            ("code" | "http_status", _) => {}
            (name, Value::String(said)) => _ = write!(text, ", {name} {}", Escaped::new(said)),
            (name, value) => _ = write!(text, ", {name} {value}"),
        }
    }
    let style = match state {
        State::Waiting => Paint::YELLOW,
        State::Live => Paint::GREEN,
        State::Connecting | State::Authenticating | State::Subscribing | State::Draining | State::Ended => {
            Paint::DIM
        }
    };
    paint.on(style, &text)
}

fn summary(summary: &Summary, paint: Paint) -> String {
    let Summary { received, delivered, filtered, duplicate, rejected, dropped, .. } = summary;
    let verdict = match summary.adds_up() {
        true => paint.on(Paint::GREEN, "the numbers add up"),
        false => paint.on(Paint::RED, "the numbers do not add up: please report this"),
    };
    let sum = format!(
        "{received} received = {delivered} delivered + {filtered} filtered + {duplicate} duplicate + \
         {rejected} rejected + {dropped} dropped"
    );
    let late = match summary.too_late {
        0 => String::new(),
        count => format!(", {count} events too late for their timeline"),
    };
    let story = format!(
        "{} interactions, {} reconnects, {} gaps ({} repaired){late}, {} s",
        summary.interactions, summary.reconnects, summary.gaps, summary.gaps_repaired, summary.seconds
    );
    let (trips, latency) = (&summary.rtt_ms, &summary.latency_ms);
    let measured = format!(
        "round trip {} ms (p50 {}, p99 {}); latency p50 {} ms, p99 {}, p99.9 {}",
        trips.last, trips.p50, trips.p99, latency.p50, latency.p99, latency.p999
    );
    format!("{}\n  {sum}\n  {verdict}\n  {story}\n  {measured}", paint.on(Paint::BOLD, "summary"))
}

/// The time of day, in UTC, to the millisecond.
fn clock(at: Timestamp) -> String {
    let text = Timestamp::from(at.unix_millis()).to_string();
    text.get(11..23).map_or_else(|| text.clone(), str::to_string)
}
