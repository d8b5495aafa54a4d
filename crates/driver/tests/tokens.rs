//! Requests: HTTP calls and tokens from elsewhere.

mod world;

use std::future::{pending, ready};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rosterline_core::{Auth, Cause, Detail, Endpoint, Event, Message, Secret};
use rosterline_driver::{Denied, Lease, Outgoing, TokenFuture, TokenSource};
use world::{Bench, config};

fn with(auth: Auth) -> rosterline_core::Config {
    rosterline_core::Config { auth, ..config() }
}

#[test]
fn the_session_gets_its_own_token_over_http() {
    let login_url = Endpoint::new("https://login.example.com").expect("valid");
    let auth = Auth::ClientCredentials { login_url, client_id: "id".into(), client_secret: "secret".into() };
    let mut bench = Bench::new(with(auth));
    bench.world.reply(200, r#"{"access_token":"t0ken","token_type":"bearer","expires_in":86399}"#);
    bench.drive();
    assert_eq!(bench.world.calls(), ["https://login.example.com/oauth/token"]);
    assert_eq!(bench.world.peer(0).sent(), [hello("t0ken")]);
}

fn hello(token: &str) -> Outgoing {
    Outgoing::Message(Message::Secret(Secret::new(format!(r#"{{"token":"{token}"}}"#))))
}

/// Never answers, and holds something while it is there.
async fn held<T>(_something: T) -> Result<Lease, Denied> {
    pending().await
}

/// Gives what it was made with, and remembers how it was asked.
#[derive(Clone, Default)]
struct Source {
    asked: Arc<Mutex<Vec<bool>>>,
    denied: Option<Denied>,
    silent: bool,
}

impl TokenSource for Source {
    fn token(&mut self, refused: bool) -> TokenFuture {
        let mut asked = self.asked.lock().expect("not poisoned");
        asked.push(refused);
        let token = Secret::new(format!("token-{}", asked.len()));
        match &self.denied {
            _ if self.silent => Box::pin(held(self.asked.clone())),
            Some(denied) => Box::pin(ready(Err(denied.clone()))),
            None => Box::pin(ready(Ok(Lease { token, lifetime: Duration::from_secs(3600), renew_in: None }))),
        }
    }
}

#[test]
fn a_source_is_asked_and_asked_again_when_its_token_is_refused() {
    let source = Source::default();
    let mut bench = Bench::with_tokens(with(Auth::External), source.clone());
    bench.drive();
    assert_eq!(bench.world.peer(0).sent(), [hello("token-1")]);
    bench.world.peer(0).say(r#"{"status":"unauthorized"}"#);
    bench.drive();
    bench.pass(Duration::from_secs(1));
    assert_eq!(bench.world.peer(1).sent(), [hello("token-2")]);
    assert_eq!(*source.asked.lock().expect("not poisoned"), [false, true]);
}

#[test]
fn a_source_that_has_none_for_good_ends_the_session() {
    let denied = Some(Denied::new(true, "the login was cancelled"));
    let mut bench = Bench::with_tokens(with(Auth::External), Source { denied, ..Source::default() });
    assert!(bench.drive());
    let cause = bench.take_end();
    assert!(
        matches!(&cause, Cause::Refused { message, .. } if **message == *"the login was cancelled"),
        "{cause}"
    );
    assert_eq!(bench.world.dials(), 0);
}

#[test]
fn a_source_that_does_not_answer_is_not_waited_for_forever() {
    let source = Source { silent: true, ..Source::default() };
    let mut bench = Bench::with_tokens(with(Auth::External), source.clone());
    bench.drive();
    bench.pass(Duration::from_secs(10));
    let timed_out = |event: &Event| matches!(event, Event::Status(status) if matches!(status.detail, Detail::Retry { cause: Cause::Timeout(_), .. }));
    assert!(bench.take_all().iter().any(timed_out));
    assert_eq!(Arc::strong_count(&source.asked), 2, "the future was dropped: only the sources are left");
}

#[test]
fn without_a_source_the_session_says_so_and_ends() {
    let mut bench = Bench::new(with(Auth::External));
    assert!(bench.drive());
    assert!(matches!(bench.take_end(), Cause::Refused { .. }));
}
