//! Many sessions at rest: what they hold, and what their heartbeats cost.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use rosterline_core::{Event, State};
use rosterline_tokio::Client;
use rosterline_whole::clock::{processor, resident};
use rosterline_whole::words::Words;
use tokio::task::JoinSet;

use crate::{Outcome, address, config};

/// Opens the sessions, and looks on for so many seconds.
pub(crate) async fn rest(words: Words) -> Outcome {
    let (sessions, seconds): (u64, u64) = (words.get("sessions", 1000)?, words.get("seconds", 60)?);
    let (client, url) = (Client::builder().build()?, address(&words)?);
    let mut tasks = JoinSet::new();
    let before = resident();
    let (live, mut arrivals) = tokio::sync::mpsc::unbounded_channel();
    for _ in 0..sessions {
        let (mut events, _handle) = client.start(config(&url)?)?;
        let live = live.clone();
        tasks.spawn(async move {
            while let Ok(Some(event)) = events.try_next().await {
                match event {
                    Event::Status(status) if status.state == State::Live => _ = live.send(()),
                    Event::Status(_) => {}
                    other => return format!("{other:?}"),
                }
            }
            "it ended".to_owned()
        });
        // One at a time: what is measured is the rest, not the rush.
        arrivals.recv().await;
    }
    println!("sessions={sessions} bytes={}", resident().saturating_sub(before) / sessions.max(1));
    let begun = processor();
    tokio::select! {
        Some(ended) = tasks.join_next() => Err(format!("a session did not stay at rest: {ended:?}").into()),
        () = tokio::time::sleep(Duration::from_secs(seconds)) => {
            let share = (processor() - begun) as f64 / (seconds as f64 * 1e9);
            println!("bytes={} cpu_share={share:.5}", resident().saturating_sub(before) / sessions.max(1));
            Ok(())
        }
    }
}
