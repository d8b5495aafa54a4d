//! A board on smol: who is present right now, brought up to date each second. Everything runs on one thread: the
//! session's driver is a task of an executor that belongs to this program.
//!
//! Start a server, and give this program what it prints:
//!
//! ```text
//! rosterline mock
//! cargo run -p rosterline-smol --example board -- http://127.0.0.1:8080 CLIENT_ID CLIENT_SECRET
//! ```
#![allow(clippy::print_stdout, reason = "printing is what it is for")]
#![allow(clippy::wildcard_enum_match_arm, reason = "events may be added")]

use std::collections::BTreeSet;
use std::error::Error;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;

use rosterline_core::{Auth, Config, Endpoint, Event, Id, Presence, PresenceKind, Subscription, Word};
use rosterline_smol::{Client, Events, Handle};
use smol::future::FutureExt as _;
use smol::stream::StreamExt as _;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [base, client_id, client_secret] = args.as_slice() else {
        return Err("usage: board http://HOST:PORT CLIENT_ID CLIENT_SECRET".into());
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

    // `start` would give the driver to smol's own threads.
    let (driver, events, handle) = Client::builder().build()?.split(config)?;
    let executor = smol::LocalExecutor::new();
    executor.spawn(driver).detach();
    smol::block_on(executor.run(show(events, handle)))
}

/// What the board waits for.
enum News {
    Event(Option<Result<Event, rosterline_smol::Error>>),
    Second,
}

async fn show(mut events: Events, handle: Handle) -> Result<(), Box<dyn Error>> {
    let mut board = Board::default();
    let mut seconds = smol::Timer::interval(Duration::from_secs(1));
    loop {
        let event = async { News::Event(events.next().await) };
        let second = async {
            seconds.next().await;
            News::Second
        };
        match event.or(second).await {
            News::Second => board.print(),
            News::Event(None) => break,
            News::Event(Some(event)) => match event? {
                Event::Presence(it) => {
                    board.take(it);
                    if board.taken == 20 {
                        handle.close();
                    }
                }
                Event::Gap(_) => board.doubtful = true,
                _ => {}
            },
        }
    }
    board.print();
    println!("{} events; closed on request", board.taken);
    Ok(())
}

#[derive(Default)]
struct Board {
    /// Interaction, participant, channel.
    present: BTreeSet<(Id, Id, Word)>,
    taken: u64,
    /// Somebody may have come or gone unseen.
    doubtful: bool,
}

impl Board {
    fn take(&mut self, it: Presence) {
        println!("{} {} {}", it.kind.name(), it.participant, it.channel);
        let seat = (it.interaction, it.participant, it.channel);
        match it.kind {
            PresenceKind::Joined => self.present.insert(seat),
            PresenceKind::Left => self.present.remove(&seat),
        };
        self.taken += 1;
    }

    fn print(&self) {
        let interactions: BTreeSet<_> = self.present.iter().map(|(interaction, ..)| interaction).collect();
        let sure = if self.doubtful { ", unless something was missed" } else { "" };
        println!("{} present in {} interactions{sure}", self.present.len(), interactions.len());
    }
}
