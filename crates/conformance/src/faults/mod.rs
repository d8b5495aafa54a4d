//! A session that reaches the mock server through a fault proxy: what networks do to bytes, on real sockets. The session's clock is
//! put forward by the test, so that nothing depends on how fast the machine is.

pub mod bytes;
pub mod ends;
pub mod kernel;
pub mod seeds;
pub mod silence;

use std::time::Duration;

use futures_util::future::{Either, select};
use rosterline_core::{Cause, Config, Event, Gap, State, Stats, Status, Timestamp, UnixMillis};
use rosterline_driver::Hooks;
use rosterline_mock::{Fact, FaultProxy, MockServer, Options, STREAM_PATH, Toxics};
use rosterline_net::{Client, Net};

use crate::sockets::server::{config, next, next_cause, next_presence, until, until_live};
use crate::traps::Running;

/// So much time passes at a stroke: less than any deadline is long.
const STROKE: Duration = Duration::from_secs(2);

/// A session, the proxy that its connections go through, and the server behind it. Tokens come from the server without a detour.
struct Through<N: Net> {
    server: MockServer,
    proxy: FaultProxy,
    session: Running<N>,
}

impl<N: Net> Through<N> {
    async fn start(options: Options, toxics: Toxics, change: impl FnOnce(&mut Config)) -> Self {
        let server = MockServer::start(options).await.expect("a free port");
        let proxy = FaultProxy::start(server.addr(), toxics).await.expect("a free port");
        let scheme = if server.ca_pem().is_some() { "wss" } else { "ws" };
        let mut config = config(&format!("{scheme}://{}{STREAM_PATH}", proxy.addr()));
        config.auth = server.auth().expect("its address has a URL");
        config.reconnect.max_attempts = None;
        change(&mut config);
        let mut client = Client::<N>::builder();
        if let Some(pem) = server.ca_pem() {
            client = client.root_certificates(pem.as_bytes()).expect("a certificate");
        }
        let session = Running::start_on(&client.build().expect("a client"), config, Hooks::default());
        Self { server, proxy, session }
    }

    /// A session that is live, in perfect weather, with a server that says what the test says.
    async fn live(change: impl FnOnce(&mut Config)) -> Self {
        Self::live_with(Options::new().quiet(), change).await
    }

    async fn live_with(options: Options, change: impl FnOnce(&mut Config)) -> Self {
        let mut through = Self::start(options, Toxics::new(7), change).await;
        until_live(&mut through.session.events).await;
        through
    }

    /// Somebody joins, and the server tells it.
    fn emit(&self, who: &str) {
        self.server.control().emit(vec![joined(who)]);
    }

    /// Lets the session's time pass until an attempt or a connection is given up, and gives the cause.
    async fn cause_in_time(&mut self) -> Cause {
        let runtime = self.session.runtime.clone();
        let time = async {
            loop {
                runtime.pass(STROKE);
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        match select(Box::pin(next_cause(&mut self.session.events)), Box::pin(time)).await {
            Either::Left((cause, _)) | Either::Right((cause, _)) => cause,
        }
    }

    /// Reads on until the session is live again and `who`, who joins then, is told. Gives everything up to there: who else has
    /// joined, and the gaps.
    async fn heal(&mut self, who: &str) -> (Vec<String>, Vec<Gap>) {
        let (mut others, mut gaps) = (Vec::new(), Vec::new());
        loop {
            let event = next(&mut self.session.events).await;
            if let Event::Presence(presence) = event {
                let name = presence.participant.to_string();
                if name == who {
                    return (others, gaps);
                }
                others.push(name);
            } else if let Event::Gap(gap) = event {
                gaps.push(gap);
            } else if let Event::Status(Status { state: State::Live, .. }) = event {
                self.emit(who);
            }
        }
    }

    /// Lets six seconds pass from each of `count` events to the next, by the session's clock, whatever the machine makes of it. They
    /// are on their way already; what answers a ping comes behind them.
    async fn trickle(&self, count: u64) {
        loop {
            let stats = self.stats();
            assert!(stats.received == count || stats.last_pong.is_none(), "no pong has overtaken an event");
            if stats.received == count {
                return;
            }
            (0..3).for_each(|_| self.session.runtime.pass(STROKE));
            // By what the session has, and not by what was taken: the test may be slower than the network.
            until(|| self.stats().received > stats.received).await;
        }
    }

    /// The next one who joins.
    async fn joined(&mut self) -> String {
        next_presence(&mut self.session.events).await
    }

    fn stats(&self) -> Stats {
        self.session.handle.stats()
    }
}

/// The event of somebody who joins.
fn joined(who: &str) -> Fact {
    Fact::joined(Timestamp::from(UnixMillis(1_714_564_800_000)), "i", who, "voice")
}
