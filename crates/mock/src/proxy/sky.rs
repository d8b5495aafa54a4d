//! What all connections of a proxy share.

use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

use super::{ProxyCounts, Side, Toxics};

/// The toxics, what was ordered, and the counts. The lock is never held across an await.
#[derive(Debug)]
pub(super) struct Sky {
    state: Mutex<State>,
    /// Changes with the toxics and the orders.
    changes: watch::Sender<()>,
    /// Changes with the counts.
    news: watch::Sender<()>,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) toxics: Toxics,
    pub(super) orders: Orders,
    pub(super) counts: ProxyCounts,
}

/// How often something was ordered for every connection that is open at that moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Orders {
    pub(super) resets: u64,
    pub(super) hang_ups: u64,
    half_closes: [u64; 2],
}

impl Orders {
    pub(super) const fn half_close(&mut self, side: Side) {
        self.half_closes[side as usize] += 1;
    }

    pub(super) const fn half_closes(&self, side: Side) -> u64 {
        self.half_closes[side as usize]
    }
}

impl Sky {
    pub(super) fn new(toxics: Toxics) -> Self {
        let state = State { toxics, orders: Orders::default(), counts: ProxyCounts::default() };
        let (changes, news) = (watch::Sender::new(()), watch::Sender::new(()));
        Self { state: Mutex::new(state), changes, news }
    }

    /// Changes toxics or orders, and lets every connection look at them.
    pub(super) fn change(&self, change: impl FnOnce(&mut State)) {
        self.look(change);
        self.changes.send_replace(());
    }

    pub(super) fn count(&self, count: impl FnOnce(&mut ProxyCounts)) {
        self.look(|state| count(&mut state.counts));
        self.news.send_replace(());
    }

    pub(super) fn look<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        // A panic of a caller's closure leaves toxics behind that somebody wanted, at the worst half of them.
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until this holds of toxics and orders.
    pub(super) async fn until(&self, met: impl FnMut(&State) -> bool) {
        self.wait(&self.changes, met).await;
    }

    /// Waits until this holds of the counts.
    pub(super) async fn until_counts(&self, mut met: impl FnMut(&ProxyCounts) -> bool) {
        self.wait(&self.news, |state| met(&state.counts)).await;
    }

    /// Tells of every change from here on.
    pub(super) fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    async fn wait(&self, on: &watch::Sender<()>, mut met: impl FnMut(&State) -> bool) {
        // Whatever changes after this line is noticed.
        let mut changes = on.subscribe();
        while !self.look(|state| met(state)) {
            changes.changed().await.expect("the sender is a part of `self`");
        }
    }
}
