//! Timelines on async-std: who was present in which interaction and when, printed as soon as an interaction is over.
//!
//! Start a server, and give this program what it prints:
//!
//! ```text
//! rosterline mock
//! cargo run -p rosterline-async-std --example timelines -- http://127.0.0.1:8080 CLIENT_ID CLIENT_SECRET
//! ```
#![allow(clippy::print_stdout, reason = "printing is what it is for")]
#![allow(clippy::wildcard_enum_match_arm, reason = "items and events may be added")]

use std::error::Error;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use futures_util::TryStreamExt as _;
use rosterline_async_std::{Client, Item};
use rosterline_core::{Auth, Config, Endpoint, Event, Subscription};
use rosterline_timeline::{Limits, Timelines};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [base, client_id, client_secret] = args.as_slice() else {
        return Err("usage: timelines http://HOST:PORT CLIENT_ID CLIENT_SECRET".into());
    };
    let stream_url = base.replacen("http", "ws", 1) + "/api/v2/analytics/conversations/stream";
    let auth = Auth::ClientCredentials {
        login_url: Endpoint::new(base)?,
        client_id: client_id.clone(),
        client_secret: client_secret.as_str().into(),
    };
    let mut config = Config::new(Endpoint::new(&stream_url)?, auth, Subscription::all());
    // Another one in each process, so that a fleet does not reconnect in step.
    config.seed = RandomState::new().build_hasher().finish();
    async_std::task::block_on(follow(config))
}

async fn follow(config: Config) -> Result<(), Box<dyn Error>> {
    let (events, handle) = Client::builder().build()?.start(config)?;
    let mut items = events.with_timelines(Timelines::new(Limits::default()));
    let mut presences = 0;
    while let Some(item) = items.try_next().await? {
        match item {
            // Each event comes as well, before what it does to its timeline.
            Item::Event(Event::Presence(it)) => {
                // To look at a timeline that is not complete yet:
                let timeline = items.timelines().get(&it.interaction);
                let there = timeline.map_or(0, |timeline| timeline.present().count());
                println!("{} {} in {}: now {there} present", it.at, it.kind.name(), it.interaction);
                presences += 1;
                if presences == 20 {
                    handle.close();
                }
            }
            Item::Event(Event::Gap(gap)) => println!("a gap from {} to {}", gap.from, gap.to),
            // Complete; or incomplete, if nothing more will be known of it, as at the end.
            Item::Timeline(timeline) => println!("\n{timeline}\n"),
            _ => {}
        }
    }
    println!("{} timelines", items.timelines().len());
    Ok(())
}
