//! What a driver can get wrong although its tests pass: each on the tasks, timers and sockets of a real runtime.

pub mod cancelling;
pub mod ends;
pub mod flow;
pub mod timers;
pub(crate) mod warped;

use std::time::Duration;

use futures_util::future::{AbortHandle, abortable};
use rosterline_core::Config;
use rosterline_driver::{Events, Handle, Hooks, split_with};
use rosterline_net::{Adapter, Client, Net};
use tokio::sync::oneshot;

use crate::sockets::server::config;
use warped::Warped;

pub(crate) const HOUR: Duration = Duration::from_secs(3600);

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
pub(crate) type On<N> = Warped<Adapter<N>>;

/// A session that runs, and what the test needs to know of it.
pub(crate) struct Running<N: Net> {
    pub(crate) runtime: On<N>,
    pub(crate) events: Events<On<N>>,
    pub(crate) handle: Handle<On<N>>,
    /// Drops the driver.
    abort: AbortHandle,
    /// Told when the driver has ended, or was dropped.
    pub(crate) over: oneshot::Receiver<()>,
}

impl<N: Net> Running<N> {
    pub(crate) fn start(config: Config) -> Self {
        Self::start_with(config, Hooks::default())
    }

    fn start_with(config: Config, hooks: Hooks) -> Self {
        Self::start_on(&Client::builder().build().expect("the defaults are valid"), config, hooks)
    }

    pub(crate) fn start_on(client: &Client<N>, config: Config, hooks: Hooks) -> Self {
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
