//! One token for all sessions with the same credentials (section 1).

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{Shared, WeakShared};
use rosterline_core::token::{Ask, Keeper};
use rosterline_core::{Auth, Cause, Config, Instant, RequestId};

use crate::runtime::{Answer, Runtime, Trouble};
use crate::token::{Denied, Lease, NoTokens, TokenFuture, TokenSource};

/// Tokens that sessions share: for each set of credentials one token, and one request in flight however
/// many sessions wait for it. Cheap to clone; clones share.
///
/// It keeps what it holds in memory, and asks only when a session does.
#[derive(Clone)]
pub struct TokenCache<R> {
    runtime: R,
    logins: Arc<Mutex<Vec<Arc<Login>>>>,
}

/// Whoever asks so short a time before the server wants to be asked waits for that: a session counts from the moment at which
/// it began to look at what had come, and comes back a little early by any other clock.
const PATIENCE: Duration = Duration::from_secs(1);

struct Login {
    auth: Auth,
    state: Mutex<State>,
}

struct State {
    keeper: Keeper,
    /// How many tokens there have been.
    generation: u64,
    /// The request that is in flight, while somebody waits for it.
    flight: Option<WeakShared<Flight>>,
    /// The server wants no request before this, and what it said (429).
    hold: Option<(Instant, Cause)>,
}

type Flight = Pin<Box<dyn Future<Output = Result<(), Cause>> + Send>>;

impl<R: Runtime> TokenCache<R> {
    /// A cache without tokens.
    #[must_use]
    pub fn new(runtime: R) -> Self {
        Self { runtime, logins: Arc::default() }
    }

    /// Lets a session with client credentials get its tokens here: its configuration then says
    /// [`Auth::External`]. Other sessions stay as they are.
    #[must_use]
    pub fn adopt(&self, config: Config) -> (Config, Box<dyn TokenSource>) {
        match &config.auth {
            Auth::Token(_) | Auth::External => (config, Box::new(NoTokens)),
            Auth::ClientCredentials { client_secret, .. } => {
                let login = self.login(&config);
                let secrets = config.secrets.iter().chain([client_secret]).cloned().collect();
                let source = Source { runtime: self.runtime.clone(), login, given: Arc::default() };
                (Config { auth: Auth::External, secrets, ..config }, Box::new(source))
            }
        }
    }

    /// The login with these credentials. A refusal that an earlier session has met is forgotten: a new
    /// session is a new attempt of the user.
    fn login(&self, config: &Config) -> Arc<Login> {
        let mut logins = lock(&self.logins);
        logins.retain(|login| lock(&login.state).keeper.hopeless().is_none());
        if let Some(known) = logins.iter().find(|login| same(&login.auth, &config.auth)) {
            return known.clone();
        }
        let keeper = Keeper::new(config.auth.clone(), &config.reconnect, config.seed);
        let state = Mutex::new(State { keeper, generation: 0, flight: None, hold: None });
        let login = Arc::new(Login { auth: config.auth.clone(), state });
        logins.push(login.clone());
        login
    }
}

impl<R> fmt::Debug for TokenCache<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCache").field("logins", &lock(&self.logins).len()).finish_non_exhaustive()
    }
}

/// The cache as one session sees it.
struct Source<R> {
    runtime: R,
    login: Arc<Login>,
    /// The generation of the token that this session has.
    given: Arc<AtomicU64>,
}

impl<R: Runtime> TokenSource for Source<R> {
    fn token(&mut self, refused: bool) -> TokenFuture {
        let (runtime, login, given) = (self.runtime.clone(), self.login.clone(), self.given.clone());
        Box::pin(async move {
            if let Some(flight) = login.ask(&runtime, refused, &given)? {
                flight.await?;
            }
            login.give(&runtime, &given)
        })
    }
}

impl Login {
    /// Joins or starts a request, if one is needed.
    fn ask<R: Runtime>(
        self: &Arc<Self>,
        runtime: &R,
        refused: bool,
        given: &AtomicU64,
    ) -> Result<Option<Shared<Flight>>, Denied> {
        let mut state = lock(&self.state);
        let now = runtime.now();
        // Another session may have replaced the token that this one had.
        if refused && given.load(Ordering::Relaxed) == state.generation {
            state.keeper.doubt();
        }
        if let Some(flight) = state.flight.as_ref().and_then(WeakShared::upgrade) {
            return Ok(Some(flight));
        }
        if state.keeper.is_fresh(now) {
            return Ok(None);
        }
        if let Some(cause) = state.keeper.hopeless() {
            return Err(cause.clone().into());
        }
        let hold = state.hold.as_ref().filter(|(until, _)| now < *until);
        if let Some((_, cause)) = hold.filter(|(until, _)| until.since(now) > PATIENCE) {
            return Err(cause.clone().into());
        }
        let rest = hold.map(|(until, _)| runtime.sleep(*until));
        if state.keeper.pending().is_some() {
            // Everybody who waited for it has given up, and it went with them.
            let _ = state.keeper.timed_out(now);
        }
        let Some(Ask::Call(call)) = state.keeper.ask(RequestId(0)) else { return Ok(None) };
        let (runtime, login) = (runtime.clone(), self.clone());
        let flight: Flight = Box::pin(async move {
            if let Some(rest) = rest {
                rest.await;
            }
            let answer = runtime.call(call).await;
            login.settle(&runtime, answer)
        });
        let flight = flight.shared();
        state.flight = flight.downgrade();
        Ok(Some(flight))
    }

    fn settle<R: Runtime>(&self, runtime: &R, result: Result<Answer, Trouble>) -> Result<(), Cause> {
        let result = result.as_ref().map(Answer::lend).map_err(Trouble::lend);
        let mut state = lock(&self.state);
        state.flight = None;
        let now = runtime.now();
        let outcome = state.keeper.replied(result, now, runtime.wall());
        state.generation += u64::from(outcome.is_ok());
        let cause = outcome.as_ref().err();
        state.hold = cause.and_then(|cause| Some((now + cause.retry_after()?, cause.clone())));
        outcome
    }

    fn give<R: Runtime>(&self, runtime: &R, given: &AtomicU64) -> Result<Lease, Denied> {
        let state = lock(&self.state);
        let now = runtime.now();
        match (state.keeper.usable(now), state.keeper.lifetime(now)) {
            (Some(token), Some(lifetime)) => {
                given.store(state.generation, Ordering::Relaxed);
                Ok(Lease { token: token.clone(), lifetime, renew_in: state.keeper.renew_in(now) })
            }
            _ => Err(Cause::BadToken("it ran out at once".into()).into()),
        }
    }
}

fn same(one: &Auth, other: &Auth) -> bool {
    let parts = |auth: &Auth| match auth {
        Auth::ClientCredentials { login_url, client_id, client_secret } => {
            Some((login_url.clone(), client_id.clone(), client_secret.clone()))
        }
        Auth::Token(_) | Auth::External => None,
    };
    parts(one) == parts(other)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
