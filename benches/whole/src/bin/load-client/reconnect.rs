//! Sessions one after the other, each up to its first event: TCP, upgrade, authentication, subscription, a frame.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use rosterline_core::Event;
use rosterline_tokio::Client;
use rosterline_whole::clock::{now, processor, quantile};
use rosterline_whole::words::Words;

use crate::{Outcome, address, config};

/// Between two sessions, so that the server has done with the one before.
const PAUSE: Duration = Duration::from_millis(2);

/// Connects so many times.
pub(crate) async fn again(words: Words) -> Outcome {
    let (count, client) = (words.get("count", 300)?, Client::builder().build()?);
    let config = config(&address(&words)?)?;
    let (mut took, before) = (Vec::with_capacity(count), processor());
    for _ in 0..count {
        let begun = now();
        let (mut events, handle) = client.start(config.clone())?;
        loop {
            match events.try_next().await?.ok_or("the session has ended")? {
                Event::Presence(_) => break,
                Event::Status(_) => {}
                other => return Err(format!("unlooked for: {other:?}").into()),
            }
        }
        took.push(now() - begun);
        handle.close();
        while events.try_next().await?.is_some() {}
        tokio::time::sleep(PAUSE).await;
    }
    let cpu = (processor() - before) as f64 / count as f64 / 1000.0;
    took.sort_unstable();
    let micros = |share| quantile(&took, share) as f64 / 1000.0;
    println!("reconnects={count} p50_us={:.1} p99_us={:.1} cpu_us={cpu:.1}", micros(0.5), micros(0.99));
    Ok(())
}
