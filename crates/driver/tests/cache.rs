//! One token for several sessions.

mod world;

use std::time::Duration;

use rosterline_core::{Auth, Cause, Config, Detail, Endpoint, Event, Network, Status};
use rosterline_driver::{Outgoing, TokenCache};
use world::{Bench, World, config};

const FIRST: &str = r#"{"access_token":"first","token_type":"bearer","expires_in":3600}"#;
const SECOND: &str = r#"{"access_token":"second","token_type":"bearer","expires_in":3600}"#;

fn with_secret(secret: &str) -> Config {
    let login_url = Endpoint::new("https://login.example.com").expect("valid");
    let auth = Auth::ClientCredentials { login_url, client_id: "id".into(), client_secret: secret.into() };
    Config { auth, ..config() }
}

struct Fleet {
    world: World,
    cache: TokenCache<World>,
}

impl Fleet {
    fn new() -> Self {
        let world = World::default();
        Self { cache: TokenCache::new(world.clone()), world }
    }

    fn join(&self, secret: &str) -> Bench {
        let (config, tokens) = self.cache.adopt(with_secret(secret));
        let mut bench = Bench::within(self.world.clone(), config, tokens);
        bench.drive();
        bench
    }

    /// The token that was sent on socket `index`.
    fn token(&self, index: usize) -> String {
        let sent = self.world.peer(index).sent();
        let Some(Outgoing::Message(rosterline_core::Message::Secret(hello))) = sent.first() else {
            panic!("no token: {sent:?}")
        };
        hello.expose().to_owned()
    }
}

fn first_cause(bench: &mut Bench) -> Option<Cause> {
    bench.take_all().into_iter().find_map(|event| {
        let Event::Status(Status { detail: Detail::Retry { cause, .. }, .. }) = event else { return None };
        Some(cause)
    })
}

#[test]
fn sessions_with_the_same_credentials_wait_for_one_request() {
    let fleet = Fleet::new();
    let mut benches = [fleet.join("a"), fleet.join("a"), fleet.join("a")];
    assert_eq!(fleet.world.calls().len(), 1);
    fleet.world.reply(200, FIRST);
    benches.iter_mut().for_each(|bench| assert!(!bench.drive()));
    assert_eq!(fleet.world.dials(), 3);
    (0..3).for_each(|index| assert_eq!(fleet.token(index), r#"{"token":"first"}"#));
    fleet.join("a");
    assert_eq!((fleet.world.calls().len(), fleet.world.dials()), (1, 4), "and later ones need none");
}

#[test]
fn other_credentials_have_a_token_of_their_own() {
    let fleet = Fleet::new();
    let _benches = [fleet.join("a"), fleet.join("b")];
    assert_eq!(fleet.world.calls().len(), 2);
}

#[test]
fn a_session_that_gives_up_waiting_does_not_take_the_request_with_it() {
    let fleet = Fleet::new();
    let one = fleet.join("a");
    let mut two = fleet.join("a");
    drop(one);
    fleet.world.reply(200, FIRST);
    two.drive();
    assert_eq!((fleet.world.calls().len(), fleet.world.dials()), (1, 1));
}

#[test]
fn when_all_have_given_up_the_next_one_asks_anew() {
    let fleet = Fleet::new();
    drop(fleet.join("a"));
    let mut two = fleet.join("a");
    assert_eq!(fleet.world.calls().len(), 2);
    fleet.world.reply(200, FIRST);
    two.drive();
    assert_eq!(fleet.world.dials(), 1);
}

#[test]
fn a_refused_token_is_replaced_once_for_all() {
    let fleet = Fleet::new();
    fleet.world.reply(200, FIRST);
    let mut benches = [fleet.join("a"), fleet.join("a")];
    fleet.world.reply(200, SECOND);
    for (index, bench) in benches.iter_mut().enumerate() {
        fleet.world.peer(index).say(r#"{"status":"unauthorized"}"#);
        bench.drive();
        bench.pass(Duration::from_secs(1));
    }
    assert_eq!(fleet.world.calls().len(), 2);
    (2..4).for_each(|index| assert_eq!(fleet.token(index), r#"{"token":"second"}"#));
}

#[test]
fn a_renewal_by_one_session_serves_the_others() {
    let fleet = Fleet::new();
    fleet.world.reply(200, FIRST);
    let mut benches = [fleet.join("a"), fleet.join("a")];
    (0..2).for_each(|index| {
        benches[index].go_live(index);
    });
    fleet.world.reply(200, SECOND);
    fleet.world.pass(Duration::from_secs(3300));
    fleet.world.ring();
    benches.iter_mut().for_each(|bench| assert!(!bench.drive()));
    assert_eq!(fleet.world.calls().len(), 2);
    benches.iter().for_each(|bench| assert_eq!(bench.handle.stats().tokens, 2));
}

#[test]
fn trouble_is_told_as_it_was_found() {
    let fleet = Fleet::new();
    let mut one = fleet.join("a");
    fleet.world.reply(503, "");
    one.drive();
    assert!(matches!(first_cause(&mut one), Some(Cause::Http { status: 503, .. })));
    fleet.world.no_reply(Network::Tls, "certificate expired");
    one.pass(Duration::from_secs(2));
    assert!(matches!(first_cause(&mut one), Some(Cause::Network { kind: Network::Tls, .. })));
}

#[test]
fn a_server_that_wants_to_be_left_alone_is_not_asked_by_another_session() {
    let fleet = Fleet::new();
    fleet.world.reply_after(429, Some("60"), "");
    let mut one = fleet.join("a");
    let mut two = fleet.join("a");
    assert_eq!(fleet.world.calls().len(), 1);
    for bench in [&mut one, &mut two] {
        assert!(matches!(first_cause(bench), Some(Cause::Http { status: 429, .. })));
    }
    fleet.world.reply(200, FIRST);
    one.pass(Duration::from_secs(61));
    assert_eq!((fleet.world.calls().len(), fleet.world.dials()), (2, 1));
}

#[test]
fn who_comes_back_a_little_early_by_another_look_at_the_clock_waits_for_the_rest() {
    let fleet = Fleet::new();
    // Whoever looks at the clock next sees a later time.
    fleet.world.drift(Duration::from_millis(1));
    fleet.world.reply_after(429, Some("60"), "");
    let mut one = fleet.join("a");
    assert!(matches!(first_cause(&mut one), Some(Cause::Http { status: 429, .. })));
    fleet.world.drift(Duration::ZERO);
    fleet.world.reply(200, FIRST);
    let due = *fleet.world.sleeping().iter().min().expect("it waits");
    one.pass(due.since(fleet.world.time()));
    assert_eq!(fleet.world.calls().len(), 1, "it is still held");
    one.pass(Duration::from_millis(20));
    assert_eq!((fleet.world.calls().len(), fleet.world.dials()), (2, 1));
    assert!(first_cause(&mut one).is_none());
}

#[test]
fn a_refusal_is_final_for_the_session_and_forgotten_for_the_next() {
    let fleet = Fleet::new();
    fleet.world.reply(401, r#"{"error":"invalid_client"}"#);
    let mut one = fleet.join("a");
    let end = one.take_end();
    assert!(matches!(&end, Cause::Refused { status, .. } if **status == *"invalid_client"), "{end}");
    fleet.world.reply(200, FIRST);
    fleet.join("a");
    assert_eq!((fleet.world.calls().len(), fleet.world.dials()), (2, 1));
}
