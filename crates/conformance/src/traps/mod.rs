//! What a driver can get wrong although its tests pass: each on the tasks, timers and sockets of a real runtime.

pub mod cancelling;
pub mod ends;
pub mod flow;
pub mod timers;
mod warped;

use std::time::Duration;

use futures_util::future::{AbortHandle, abortable};
use rosterline_core::Config;
use rosterline_driver::{Events, Handle, Hooks, split_with};
use rosterline_net::{Adapter, Client, Net};
use tokio::sync::oneshot;

use crate::sockets::server::config;
use warped::Warped;

const HOUR: Duration = Duration::from_secs(3600);

/// Settings of a session with the server at this port, in which no timer helps what forgot to wake itself.
fn without_timers(port: u16) -> Config {
    let mut config = config(&format!("ws://127.0.0.1:{port}/"));
    config.heartbeat.interval = HOUR;
    config.reconnect.healthy_after = HOUR;
    config.buffer.pause_max = HOUR;
    let times = &mut config.timeouts;
    (times.dial, times.authenticate, times.subscribe) = (HOUR, HOUR, HOUR);
    config
}

/// A runtime under test.
type On<N> = Warped<Adapter<N>>;

/// A session that runs, and what the test needs to know of it.
struct Running<N: Net> {
    runtime: On<N>,
    events: Events<On<N>>,
    handle: Handle<On<N>>,
    /// Drops the driver.
    abort: AbortHandle,
    /// Told when the driver has ended, or was dropped.
    over: oneshot::Receiver<()>,
}

impl<N: Net> Running<N> {
    fn start(config: Config) -> Self {
        Self::start_with(config, Hooks::default())
    }

    fn start_with(config: Config, hooks: Hooks) -> Self {
        let client = Client::<N>::builder().build().expect("the defaults are valid");
        let runtime = Warped::new(client.runtime().clone());
        let parts = split_with(config, runtime.clone(), hooks).expect("a valid configuration");
        let (driver, events, handle) = parts;
        let (told, over) = oneshot::channel();
        let (driver, abort) = abortable(driver);
        client.runtime().net().spawn(async move {
            let _aborted = driver.await;
            let _ = told.send(());
        });
        Self { runtime, events, handle, abort, over }
    }
}
