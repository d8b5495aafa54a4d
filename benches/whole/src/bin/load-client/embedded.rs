//! A session with timelines, and what it costs.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use rosterline_core::{Event, Presence};
use rosterline_timeline::{Limits, Timelines};
use rosterline_tokio::{Client, Item, Items};
use rosterline_whole::clock::{now, processor, quantile, resident};
use rosterline_whole::sum::Sum;
use rosterline_whole::words::Words;

use crate::{Fault, Outcome, address, config};

/// Events with a stamp begin their reason like this.
const STAMP: &str = "t=";

fn start(words: &Words) -> Result<Items, Fault> {
    let client = Client::builder().build()?;
    let (events, _handle) = client.start(config(&address(words)?)?)?;
    Ok(events.with_timelines(Timelines::new(limits(words)?)))
}

/// Room for everything that the server has.
pub(crate) fn limits(words: &Words) -> Result<Limits, Fault> {
    let mut limits = Limits::default();
    limits.interactions = words.get("interactions", limits.interactions)?.max(limits.interactions);
    limits.events_per_interaction = 1 << 20;
    Ok(limits)
}

/// The next join or leave. Whatever else happens to a session must not happen while it is measured.
async fn next(items: &mut Items) -> Result<Presence, Fault> {
    loop {
        match items.try_next().await? {
            Some(Item::Event(Event::Presence(presence))) => return Ok(presence),
            Some(Item::Event(Event::Status(_)) | Item::Timeline(_)) => {}
            Some(item) => return Err(format!("unlooked for: {item:?}").into()),
            None => return Err("the session has ended".into()),
        }
    }
}

/// Takes so many joins and leaves, and says how late they were, if they say when they were sent.
pub(crate) async fn stream(words: Words) -> Outcome {
    let presences: u64 = words.need("presences")?.parse()?;
    let mut items = start(&words)?;
    let mut late = Vec::new();
    for _ in 0..presences {
        let presence = next(&mut items).await?;
        if let Some(stamp) = presence.reason.as_deref().and_then(|reason| reason.strip_prefix(STAMP)) {
            late.push(now().saturating_sub(stamp.parse()?));
        }
    }
    print!("presences={presences} interactions={}", items.timelines().len());
    if !late.is_empty() {
        // The first tenth is for caches and branches to warm up.
        late.drain(..late.len() / 10);
        late.sort_unstable();
        let micros = |share| quantile(&late, share) as f64 / 1000.0;
        print!(" p50_us={:.1} p99_us={:.1} p999_us={:.1}", micros(0.5), micros(0.99), micros(0.999));
    }
    if words.get("verify", 0)? == 1 {
        print!(" checksum={}", sum(items.timelines()).0);
    }
    println!();
    Ok(())
}

/// Says at each power of ten of events what has been spent until then.
pub(crate) async fn grow(words: Words) -> Outcome {
    // Half of the events are joins and leaves; the others are seen by the session only.
    let events: u64 = words.need("events")?.parse()?;
    let mut items = start(&words)?;
    next(&mut items).await?;
    let (before, bytes) = (processor(), resident());
    let (mut taken, mut mark) = (1, 1000);
    while mark <= events {
        while taken < mark / 2 {
            next(&mut items).await?;
            taken += 1;
        }
        let (spent, held) = (processor() - before, resident().saturating_sub(bytes));
        println!("events={mark} interactions={} cpu_ns={spent} bytes={held}", items.timelines().len());
        mark *= 10;
    }
    // What the server still has on its way is of no interest.
    tokio::time::sleep(Duration::from_millis(1)).await;
    Ok(())
}

/// What the timelines come to.
pub(crate) fn sum(timelines: &Timelines) -> Sum {
    let mut sum = Sum::default();
    for timeline in timelines.iter() {
        let interaction = timeline.interaction_id.to_string();
        for entry in &timeline.entries {
            let (at, who) = (entry.timestamp.to_string(), entry.participant.to_string());
            sum.add(&interaction, &at, entry.action.name(), &who);
        }
    }
    sum
}
