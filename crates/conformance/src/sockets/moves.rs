//! Planned moves of the `notifications` dialect on real sockets: the server closes every connection soon after it was made, and says
//! so before, while conversations go on.
#![allow(missing_docs, reason = "the names are what holds")]
#![expect(clippy::print_stdout, reason = "how much was seen to hold is a figure to be told")]

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::StreamExt as _;
use rosterline_core::{Config, Detail, Event, Id, PresenceKind, Service, State, Status, UnixMillis};
use rosterline_mock::{CloudConfig, CloudEnd, CloudEnding, CloudPlan, MockServer, Options, Pace, Rule, When};
use rosterline_net::{Client, Net};

use super::server::patiently;

/// How many moves there are: a thousand in a soak.
fn moves() -> usize {
    if std::env::var_os("ROSTERLINE_EXHAUSTIVE").is_some() { 1_000 } else { 25 }
}

/// A service of which every connection lives so long that something is told on it, and no longer.
fn restless() -> Options {
    // As long before as the service does it: on a busy machine a move may take seconds.
    let end = CloudEnd::Announced(Duration::from_secs(60));
    let ending = CloudEnding { after: Duration::from_millis(20), end };
    let mut plan = CloudPlan::new();
    plan.endings = vec![Rule { when: When::Always, fault: ending }];
    let cloud = CloudConfig { plan, requests: u32::MAX, ..CloudConfig::default() };
    // Some twenty conversations begin in a second.
    Options::new().pace(Pace::percent(2_000)).notifications(cloud)
}

fn config(server: &MockServer) -> Config {
    let mut config = server.config().expect("its address has a URL");
    if let Service::Notifications(service) = &mut config.service {
        // What is lost must not come back by the way.
        service.repair = false;
    }
    config.reconnect.dial_burst = u32::MAX;
    // What is asked here is what gets lost, not how long a busy machine takes.
    config.timeouts.close = Duration::from_secs(60);
    config
}

/// A join or a leave by its names.
type Fact = (Id, Id, Id, PresenceKind);

/// What the application has been told.
#[derive(Default)]
struct Told {
    facts: BTreeSet<Fact>,
    moves: usize,
    live: Option<UnixMillis>,
}

impl Told {
    fn take(&mut self, event: Event) {
        match event {
            Event::Presence(it) => {
                let session = it.leg.as_ref().expect("it is of a communication").session.clone();
                let fact = (it.interaction.clone(), it.participant.clone(), session, it.kind);
                assert!(self.facts.insert(fact), "told twice: {it:?}");
            }
            Event::Gap(gap) => panic!("after {} moves: {gap:?}", self.moves),
            Event::Status(Status { state: State::Live, detail, at, .. }) => {
                self.live.get_or_insert(at);
                self.moves += usize::from(detail == Detail::Moved);
            }
            // What is not about who joined; and `Event` may grow.
            Event::Unknown(_)
            | Event::Unanswered(_)
            | Event::Status(_)
            | Event::Repaired(_)
            | Event::Rejected(_)
            | Event::Ended(_)
            | _ => {}
        }
    }

    /// Joins and leaves that happened since the session was live, and were not told.
    fn missing(&self, server: &MockServer) -> Vec<String> {
        let live = self.live.expect("it was live");
        server.control().cloud(|cloud, _| {
            let facts = cloud.facts().iter().filter(|fact| fact.at > live);
            let name = |it: &rosterline_mock::CloudFact| {
                (it.conversation.clone(), it.participant.clone(), it.session.clone(), it.kind)
            };
            facts.filter(|fact| !self.facts.contains(&name(fact))).map(|fact| format!("{fact:?}")).collect()
        })
    }
}

pub async fn moves_that_are_announced_lose_nothing<N: Net>() {
    let server = MockServer::start(restless()).await.expect("a free port");
    let client = Client::<N>::builder().build().expect("a client");
    let (mut events, handle) = client.start(config(&server)).expect("a valid configuration");
    let mut told = Told::default();
    while told.moves < moves() {
        let event = patiently(events.next()).await.expect("it goes on");
        told.take(event.expect("the session goes on"));
    }
    // Nothing new happens from here on. What has happened may be under way.
    server.control().cloud(|cloud, _| (cloud.calm(), cloud.quiet()));
    while !told.missing(&server).is_empty() {
        match tokio::time::timeout(Duration::from_secs(10), events.next()).await {
            Ok(event) => told.take(event.expect("it goes on").expect("the session goes on")),
            Err(_) => panic!("after {} moves these are lost: {:#?}", told.moves, told.missing(&server)),
        }
    }
    handle.close();
    let (count, moves) = (told.facts.len(), told.moves);
    assert!(count > moves / 2, "{count} joins and leaves in {moves} moves prove nothing");
    println!("{moves} planned moves, {count} joins and leaves told, none lost");
}
