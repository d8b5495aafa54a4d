//! The troubles of simulated worlds, by the same seeds, on loopback: what the simulator does to messages, the fault proxy does to
//! bytes, and the mock server to its clients.
#![allow(missing_docs, reason = "the names are what holds")]

use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _};
use rosterline_core::{Event, Network, State, Status, Subscription};
use rosterline_mock::{HttpFault, Options, Toxics};
use rosterline_net::Net;
use rosterline_sim::{Strike, Trouble};

use super::Through;
use crate::sockets::server::patiently;

/// Worlds with many troubles, in which the session does not give up.
const SEEDS: [u64; 4] = [45, 96, 612, 2104];

/// So many strikes of each world.
const STRIKES: usize = 12;

/// What the application was told, in the order in which it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heard {
    /// Who joined, by number.
    Joined(u64),
    /// Somebody may be missing here.
    Gap,
}

/// A session on loopback to which the troubles of a world happen.
struct Struck<N: Net> {
    through: Through<N>,
    heard: Vec<Heard>,
    /// How many have joined.
    joined: u64,
    live: bool,
}

pub async fn a_simulated_seed_runs_over_loopback_too<N: Net>() {
    for seed in SEEDS {
        let world = rosterline_sim::Options::swarm(seed, Duration::from_secs(3600));
        let settings = world.config();
        let through = Through::<N>::live_with(Options::new().quiet().seed(seed), |config| {
            (config.seed, config.buffer, config.heartbeat) = (seed, settings.buffer, settings.heartbeat);
            config.limits = settings.limits;
        });
        let mut struck = Struck { through: through.await, heard: Vec::new(), joined: 0, live: true };
        for strike in world.strikes.iter().take(STRIKES) {
            struck.join(3);
            struck.strike(strike).await;
            struck.pass(Duration::from_secs(1), 20).await;
        }
        struck.heal().await;
        struck.judge(seed);
    }
}

impl<N: Net> Struck<N> {
    /// So many people join, one after the other.
    fn join(&mut self, count: u64) {
        for _ in 0..count {
            self.joined += 1;
            self.through.emit(&self.joined.to_string());
        }
    }

    /// Takes what there is.
    fn take(&mut self) {
        while let Some(Some(event)) = self.through.session.events.next().now_or_never() {
            match event.expect("the session goes on") {
                Event::Presence(presence) => {
                    let number = presence.participant.to_string().parse().expect("we have numbers");
                    self.heard.push(Heard::Joined(number));
                }
                Event::Gap(_) => self.heard.push(Heard::Gap),
                Event::Status(Status { state, .. }) => self.live = state == State::Live,
                // What is not about who joined; and `Event` may grow.
                Event::Unknown(_) | Event::Repaired(_) | Event::Rejected(_) | Event::Ended(_) | _ => {}
            }
        }
    }

    /// Time passes for the session, a little of it on the machine's clock.
    async fn pass(&mut self, stroke: Duration, times: u32) {
        for _ in 0..times {
            self.take();
            self.through.session.runtime.pass(stroke);
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    async fn strike(&mut self, strike: &Strike) {
        let (control, proxy) = (self.through.server.control(), &self.through.proxy);
        match strike.trouble {
            Trouble::Cut | Trouble::Dialogue => control.cut_all(),
            Trouble::Reset => proxy.reset_all(),
            Trouble::HalfOpen => control.stall_all(),
            Trouble::Deaf => control.deafen_all(),
            Trouble::Close => control.close_all(1012, "as drawn"),
            Trouble::SilentIn => self.toxic(|toxics| toxics.weather.deaf_clients = true).await,
            Trouble::SilentOut => self.toxic(|toxics| toxics.weather.deaf_servers = true).await,
            Trouble::Clog => self.toxic(|toxics| toxics.weather.clogged = true).await,
            Trouble::Slow => self.toxic(|toxics| toxics.weather.latency = Duration::from_millis(20)).await,
            Trouble::Unreachable => {
                proxy.set(|toxics| toxics.weather.failures.extend([Network::Broken, Network::Connect]));
                proxy.reset_all();
            }
            Trouble::Login => {
                control.fail_tokens(1, HttpFault::refuse(500));
                control.close_all(4401, "token expired");
            }
            Trouble::Handshake => {
                control.fail_upgrades(2, HttpFault::refuse(503));
                control.cut_all();
            }
            Trouble::Garbage | Trouble::Contradiction => {
                control.send_text("upstream connect error");
                control.send_binary([0x1F, 0x8B, 8, 0]);
            }
            Trouble::Flood => self.join(200),
            Trouble::Suspend => self.through.session.runtime.pass(strike.lasting),
            // To a session, they are the same: its time of day is another.
            Trouble::Nap | Trouble::ClockSet => {
                let off = i64::try_from(strike.lasting.as_millis()).expect("it is short");
                self.through.session.runtime.set_wall(if strike.trouble == Trouble::Nap {
                    off
                } else {
                    -off
                });
            }
            Trouble::Pause => {
                // People join, and nobody takes that.
                self.join(20);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Trouble::Resubscribe => self.through.session.handle.subscribe(Subscription::all()),
        }
    }

    /// The way is bad for a while.
    async fn toxic(&mut self, change: impl FnOnce(&mut Toxics)) {
        self.through.proxy.set(change);
        self.join(2);
        self.pass(Duration::from_secs(2), 20).await;
        self.through.proxy.set(Toxics::clear);
    }

    /// Nothing goes wrong any more: the session comes to life, and whoever joins then is told.
    async fn heal(&mut self) {
        self.through.proxy.set(Toxics::clear);
        let mut last = 0;
        patiently(async {
            while last == 0 || !self.heard.contains(&Heard::Joined(last)) {
                // Slowly, so that no deadline passes because the machine is busy.
                self.pass(Duration::from_millis(100), 10).await;
                if self.live {
                    self.join(1);
                    last = self.joined;
                    self.pass(Duration::from_millis(10), 20).await;
                }
            }
        })
        .await;
    }

    /// Nobody was told twice or out of order, and where somebody is missing, there is a gap. The counts add up.
    fn judge(&self, seed: u64) {
        let (mut next, mut gap) = (1, false);
        for heard in &self.heard {
            match heard {
                Heard::Gap => gap = true,
                Heard::Joined(number) => {
                    assert!(*number >= next, "seed {seed}: {number} was told after {}", next - 1);
                    assert!(
                        *number == next || gap,
                        "seed {seed}: {next} to {} are missing, and no gap",
                        number - 1
                    );
                    (next, gap) = (number + 1, false);
                }
            }
        }
        let stats = self.through.stats();
        assert_eq!(stats.received, stats.accounted(), "seed {seed}");
    }
}
