//! The threads that the tests run on.

use std::any::Any;
use std::thread;

use rosterline_net::Net;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;

/// How many threads tokio has. Other runtimes have threads of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Threads {
    /// One: its `current_thread` flavour.
    One,
    /// Two: its `multi_thread` flavour.
    Many,
}

/// A tokio that runs: sessions on tokio are its tasks; so are the servers that tests of other runtimes need.
#[derive(Debug)]
pub struct Host {
    handle: Handle,
    /// What keeps it running.
    _life: Box<dyn Any + Send + Sync>,
}

impl Host {
    /// Starts it.
    ///
    /// # Panics
    /// If the system has no threads left.
    #[must_use]
    pub fn start(threads: Threads) -> Self {
        match threads {
            Threads::Many => {
                let runtime = build(threads);
                Self { handle: runtime.handle().clone(), _life: Box::new(runtime) }
            }
            Threads::One => {
                let runtime = build(threads);
                let handle = runtime.handle().clone();
                let (life, ended) = oneshot::channel::<()>();
                thread::spawn(move || runtime.block_on(ended));
                Self { handle, _life: Box::new(life) }
            }
        }
    }

    /// Runs a task on `net`, which is tokio or another one.
    pub fn spawn<N: Net>(&self, net: &N, task: impl Future<Output = ()> + Send + 'static) {
        let _within = self.handle.enter();
        net.spawn(task);
    }
}

/// Runs a test to its end: its servers are tasks of tokio's, and so are its sessions if they are on tokio.
///
/// # Panics
/// If the system has no threads left, or the test fails.
pub fn run(threads: Threads, test: impl Future<Output = ()>) {
    build(threads).block_on(test);
}

fn build(threads: Threads) -> Runtime {
    let mut builder = match threads {
        Threads::One => Builder::new_current_thread(),
        Threads::Many => Builder::new_multi_thread(),
    };
    builder.worker_threads(2).enable_all().build().expect("there are threads")
}
