//! A writer that never waits.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// So much may wait for the disk, in bytes: some hundred thousand events, more than a minute of the busiest site.
const MOST: usize = 64 << 20;

/// Hands what is written to a thread that writes it: a session is recorded under its lock, and must not wait for a
/// disk. When the disk is so slow that 64 MiB wait, writing fails.
pub struct Background {
    queue: Arc<Queue>,
}

#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Vec<u8>,
    /// The thread holds something that is not written yet.
    busy: bool,
    closed: bool,
    error: Option<(io::ErrorKind, String)>,
}

impl Background {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system has no thread for it.
    pub fn new(out: impl Write + Send + 'static) -> io::Result<Self> {
        let queue = Arc::<Queue>::default();
        let theirs = queue.clone();
        thread::Builder::new().name("recording".to_string()).spawn(move || theirs.work(out))?;
        Ok(Self { queue })
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is whole between any two statements.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what comes, until nothing more can come.
    fn work(&self, mut out: impl Write) {
        let mut batch = Vec::new();
        loop {
            let mut state = self.lock();
            while state.waiting.is_empty() && !state.closed {
                state = self.wait(state);
            }
            if state.waiting.is_empty() {
                return;
            }
            batch.clear();
            std::mem::swap(&mut batch, &mut state.waiting);
            state.busy = true;
            drop(state);
            let written = out.write_all(&batch).and_then(|()| out.flush());
            let mut state = self.lock();
            state.busy = false;
            if let Err(error) = written {
                state.error = Some((error.kind(), error.to_string()));
                state.waiting = Vec::new();
                self.changed.notify_all();
                return;
            }
            self.changed.notify_all();
        }
    }
}

impl State {
    fn check(&self) -> io::Result<()> {
        match &self.error {
            Some((kind, why)) => Err(io::Error::new(*kind, why.clone())),
            None => Ok(()),
        }
    }
}

impl Write for Background {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.queue.lock();
        state.check()?;
        if !state.waiting.is_empty() && state.waiting.len() + bytes.len() > MOST {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "the disk is too slow"));
        }
        state.waiting.extend_from_slice(bytes);
        self.queue.changed.notify_all();
        Ok(bytes.len())
    }

    /// Waits until everything is written.
    fn flush(&mut self) -> io::Result<()> {
        let mut state = self.queue.lock();
        while state.error.is_none() && (state.busy || !state.waiting.is_empty()) {
            state = self.queue.wait(state);
        }
        state.check()
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.queue.lock().closed = true;
        self.queue.changed.notify_all();
    }
}

impl fmt::Debug for Background {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Background").field("waiting", &self.queue.lock().waiting.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    /// A disk that takes a piece whenever it is told to.
    struct Slow(mpsc::Receiver<()>);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.recv().map_err(io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_disk_that_hangs_is_not_waited_for_and_takes_no_more_than_its_share() {
        let (go, wait) = mpsc::channel();
        let mut out = Background::new(Slow(wait)).expect("a thread");
        let megabyte = vec![b'x'; 1 << 20];
        let taken = (0..1000).take_while(|_| out.write_all(&megabyte).is_ok()).count();
        assert!((64..=129).contains(&taken), "what waits, and what the thread holds: {taken}");
        for _ in 0..200 {
            let _ = go.send(());
        }
        assert!(out.flush().is_ok(), "it wakes up");
        assert!(out.write_all(b"again").is_ok());
    }

    #[test]
    fn an_error_is_told_to_the_next_who_writes() {
        let (go, wait) = mpsc::channel();
        drop(go);
        let mut out = Background::new(Slow(wait)).expect("a thread");
        out.write_all(b"lost").expect("it is only put down");
        assert!(out.flush().is_err());
        assert!(out.write_all(b"more").is_err());
    }
}
