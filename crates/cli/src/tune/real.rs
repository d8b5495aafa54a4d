//! The same in real time: a mock server and a session on this machine's loopback, and a thread in the place of the
//! application.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant as Real};

use futures_util::StreamExt as _;
use rosterline_core::{Config, Event, Misuse, Service, State};
use rosterline_driver::{Hooks, Runtime as _, split_with};
use rosterline_mock::{CloudConfig, Control, Limits, MockServer, Options};
use rosterline_recording::Dialect;
use rosterline_tokio::{Client, Events, Handle};
use rosterline_tune::{Load, Measured, Meter, Trial, Worked, scaled};

/// A session on loopback that is not live by then is not going to be.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often it is looked at whether everything has come.
const LOOK: Duration = Duration::from_millis(200);
/// Once everything was sent, nothing more comes after a silence of this length, however busy the machine is.
const SILENCE: Duration = Duration::from_secs(5);
/// What is shorter is waited for without sleeping: a system's sleep is not as exact.
const SPIN: Duration = Duration::from_millis(2);

/// Runs a trial.
///
/// # Errors
/// There is no loopback, or no session on it.
pub(super) async fn run(trial: &Trial, load: &Load) -> io::Result<Measured> {
    let unfit = |misuse: Misuse| io::Error::other(misuse.to_string());
    // What an application does not read waits in the server; how long real ones bear that is not known.
    let limits = Limits { queued_frames: usize::MAX, queued_bytes: usize::MAX >> 1, ..Limits::default() };
    let options = Options::new().quiet().limits(limits);
    let options = match load.dialect {
        Dialect::Stream => options,
        Dialect::Notifications => options.notifications(CloudConfig::default()),
    };
    let server = MockServer::start(options).await?;
    let mut config = config(&server).map_err(unfit)?;
    trial.settings.apply(&mut config);
    config.seed = trial.seed;
    let client = Client::builder().build().map_err(unfit)?;
    let mut meter = Meter::new(load);
    let hooks = Hooks { tap: Some(meter.tap()), ..Hooks::default() };
    let (driver, mut events, handle) = split_with(config, client.runtime().clone(), hooks).map_err(unfit)?;
    tokio::spawn(driver);
    live(&mut events).await?;
    let clock = client.runtime().clone();
    meter.begin(clock.now());
    let sent = Arc::new(AtomicBool::new(false));
    let sender = send(load.clone(), trial.scale, server.control(), {
        let tell = meter.sender();
        move |place| tell(place, clock.now())
    });
    let sender = tokio::spawn({
        let sent = sent.clone();
        async move {
            sender.await;
            sent.store(true, Ordering::SeqCst);
        }
    });
    let runtime = tokio::runtime::Handle::current();
    let (trial, clock, offered) = (trial.clone(), client.runtime().clone(), load.offered());
    let taking = tokio::task::spawn_blocking(move || {
        let mut taking = Taking { trial, worked: Worked::default(), meter, offered };
        let ended = taking.take_all(&runtime, &mut events, &handle, &sent);
        let now = clock.now();
        taking.meter.finish(&handle.stats(), taking.worked, ended, now)
    });
    let measured = taking.await.map_err(io::Error::other)?;
    sender.abort();
    server.stop().await;
    Ok(measured)
}

fn config(server: &MockServer) -> Result<Config, Misuse> {
    let mut config = server.config()?;
    if let Service::Notifications(service) = &mut config.service {
        service.repair = false;
    }
    Ok(config)
}

async fn live(events: &mut Events) -> io::Result<()> {
    let live = async {
        while let Some(event) = events.next().await {
            if matches!(event, Ok(Event::Status(status)) if status.state == State::Live) {
                return true;
            }
        }
        false
    };
    match tokio::time::timeout(PATIENCE, live).await {
        Ok(true) => Ok(()),
        Ok(false) | Err(_) => Err(io::Error::other("no session on loopback: is a firewall in the way?")),
    }
}

/// Sends the load at its times.
async fn send(load: Load, scale: f64, control: Control, tell: impl Fn(usize) + Send) {
    let start = tokio::time::Instant::now();
    for (place, (at, text)) in load.frames_in_order().enumerate() {
        tokio::time::sleep_until(start + scaled(at, scale)).await;
        tell(place);
        match load.dialect {
            Dialect::Stream => control.send_text(text),
            Dialect::Notifications => control.cloud(|cloud, now| cloud.send(text, now)),
        }
    }
}

/// The application.
struct Taking {
    trial: Trial,
    worked: Worked,
    meter: Meter,
    /// Joins and leaves of the load.
    offered: u64,
}

impl Taking {
    /// Takes everything, until nothing more comes. Whether the session ended before.
    fn take_all(
        &mut self,
        runtime: &tokio::runtime::Handle,
        events: &mut Events,
        handle: &Handle,
        sent: &AtomicBool,
    ) -> bool {
        let consumer = self.trial.consumer;
        let mut quiet = Duration::ZERO;
        let mut next_stall = Real::now() + consumer.stall_every / 2;
        loop {
            if consumer.stalls() && Real::now() >= next_stall {
                std::thread::sleep(consumer.stall);
                next_stall += consumer.stall_every;
            }
            self.meter.sample(|| handle.stats());
            let asked = Real::now();
            let next = runtime.block_on(async { tokio::time::timeout(LOOK, events.next()).await });
            match next {
                Ok(Some(Ok(Event::Presence(presence)))) => {
                    self.worked.idle += quiet + asked.elapsed();
                    if let Some(now) = events.taken_at() {
                        self.meter.took(&presence, now);
                    }
                    work(consumer.take);
                    self.worked.busy += consumer.take;
                }
                Ok(Some(Ok(_))) => {}
                Ok(Some(Err(_)) | None) => return true,
                Err(_) => {
                    quiet += LOOK;
                    let stats = handle.stats();
                    let all_came = stats.delivered + stats.dropped >= self.offered;
                    if sent.load(Ordering::SeqCst) && (all_came || quiet >= SILENCE) {
                        return false;
                    }
                    continue;
                }
            }
            quiet = Duration::ZERO;
        }
    }
}

/// Is busy for so long.
fn work(time: Duration) {
    let end = Real::now() + time;
    if time > SPIN {
        std::thread::sleep(time - SPIN);
    }
    while Real::now() < end {
        std::hint::spin_loop();
    }
}
