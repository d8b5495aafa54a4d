//! What happens to a session, drawn from a seed.

use std::time::Duration;

use rosterline_core::{Auth, Config, Endpoint, Policy, Rng, Secret, Subscription, Timestamp, UnixMillis};
use rosterline_sim::{
    Clock, Credentials, DialogueFault, End, Fact, FaultPlan, Frame, FrameFault, HttpFault, STREAM_PATH,
    ServerConfig, When,
};

/// A session, its server, and what happens to both. The same seed gives the same one.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub(crate) seed: u64,
    pub(crate) steps: Vec<Step>,
}

/// One thing that happens. After each, everything comes to rest.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// The server learns of something, and tells it to those who want to know.
    Tell(Vec<Fact>),
    /// The server sends this frame, whatever it is.
    Send(Frame),
    /// The server pings.
    Ping,
    /// Time passes, from deadline to deadline.
    Pass(Duration),
    /// Time has passed while nothing ran.
    Jump(Duration),
    /// The application takes so many events, if there are so many.
    Take(usize),
    /// The connection ends.
    End(End),
    /// The next requests for a token go wrong.
    FailTokens(u64, HttpFault),
    /// The next opening handshakes go wrong.
    FailUpgrades(u64, HttpFault),
    /// The application has learnt elsewhere what was missed in the oldest gap that it knows of.
    Repair(Vec<Fact>),
    /// The application wants something else.
    Subscribe(Subscription),
    /// The application closes the session.
    Close,
    /// The application has no more use for the events.
    Leave,
}

const CLIENT: (&str, &str) = ("client", "s3cret");

impl Scenario {
    /// Draws one.
    #[must_use]
    pub fn draw(seed: u64) -> Self {
        let mut rng = Rng::stream(seed, "script");
        let mut teller = Teller::default();
        // Most sessions go live at first.
        let mut steps = vec![Step::Pass(Duration::from_millis(1))];
        for _ in 0..10 + rng.up_to(20) {
            steps.push(step(&mut rng, &mut teller));
        }
        steps.push(if rng.chance(80) { Step::Close } else { Step::Leave });
        steps.push(Step::Pass(Duration::from_secs(2)));
        steps.push(Step::Take(usize::MAX));
        steps.push(Step::Pass(Duration::from_secs(60)));
        Self { seed, steps }
    }

    /// The session's settings, for a server at this port.
    pub(crate) fn config(&self, port: u16) -> Config {
        let mut rng = Rng::stream(self.seed, "config");
        let url = |scheme: &str, path: &str| {
            Endpoint::new(&format!("{scheme}://127.0.0.1:{port}{path}")).expect("a valid URL")
        };
        let auth = Auth::ClientCredentials {
            login_url: url("http", ""),
            client_id: CLIENT.0.to_owned(),
            client_secret: Secret::new(CLIENT.1),
        };
        let mut config = Config::new(url("ws", STREAM_PATH), auth, Subscription::all());
        config.seed = self.seed;
        config.buffer.capacity = [3, 10, 1024][pick(&mut rng, 3)];
        config.buffer.policy =
            [Policy::Pause, Policy::Pause, Policy::DropOldest, Policy::DropNewest, Policy::End]
                [pick(&mut rng, 5)];
        config.buffer.pause_max = Duration::from_secs([5, 60][pick(&mut rng, 2)]);
        config.heartbeat.interval = Duration::from_secs([2, 30][pick(&mut rng, 2)]);
        config.heartbeat.strict = rng.chance(30);
        config.reconnect.max_attempts = [None, Some(2), Some(5)][pick(&mut rng, 3)];
        config.reconnect.jitter = rng.chance(70);
        config.limits.frame = 4096;
        config.limits.bad_frames = 1 + u32::try_from(rng.up_to(3)).expect("it is small");
        config.deliver_unknown = rng.chance(50);
        config
    }

    /// The server's settings.
    pub(crate) fn server(&self) -> ServerConfig {
        let mut rng = Rng::stream(self.seed, "server");
        ServerConfig {
            seed: self.seed,
            scenario: None,
            plan: plan(&mut rng),
            credentials: Some(Credentials { id: CLIENT.0.into(), secret: Secret::new(CLIENT.1) }),
            token_lifetime: Duration::from_secs([20, 900, 86_399][pick(&mut rng, 3)]),
            wall: Clock::DAWN,
            ..ServerConfig::default()
        }
    }
}

fn pick(rng: &mut Rng, count: u64) -> usize {
    usize::try_from(rng.up_to(count - 1)).expect("it is small")
}

fn plan(rng: &mut Rng) -> FaultPlan {
    let mut plan = FaultPlan::new().close_expired(rng.chance(50));
    if rng.chance(30) {
        let fault = match rng.up_to(5) {
            0 => DialogueFault::RefuseToken("no".into()),
            1 => DialogueFault::IgnoreToken,
            2 => DialogueFault::RefuseSubscription("no".into()),
            3 => DialogueFault::IgnoreSubscription,
            4 => DialogueFault::LateAck(Duration::from_secs(3)),
            _ => DialogueFault::ExtraFields,
        };
        plan = plan.dialogue(When::Nth(rng.up_to(2)), fault);
    }
    let faults = [
        FrameFault::Duplicate,
        FrameFault::Reorder,
        FrameFault::Delay(Duration::from_millis(700)),
        FrameFault::NoJson,
        FrameFault::Truncated,
        FrameFault::BadEvent,
        FrameFault::BadTimestamp,
        FrameFault::BadField,
        FrameFault::ExtraFields,
        FrameFault::Binary,
        FrameFault::Gzip,
        FrameFault::Zlib,
    ];
    for fault in faults {
        if rng.chance(15) {
            plan = plan.frame(When::Percent(30), fault);
        }
    }
    plan
}

fn step(rng: &mut Rng, teller: &mut Teller) -> Step {
    match rng.up_to(99) {
        0..=39 => Step::Tell((0..=rng.up_to(5)).map(|_| teller.next(rng)).collect()),
        40..=47 => Step::Send(frame(rng)),
        48..=51 => Step::Ping,
        52..=66 => Step::Pass(Duration::from_millis([1, 300, 5_000, 40_000, 100_000][pick(rng, 5)])),
        67..=69 => Step::Jump(Duration::from_secs([20, 600, 100_000][pick(rng, 3)])),
        70..=81 => Step::Take([1, 5, usize::MAX][pick(rng, 3)]),
        82..=89 => Step::End(end(rng)),
        90..=92 => Step::FailTokens(1 + rng.up_to(2), http(rng)),
        93..=94 => Step::FailUpgrades(1 + rng.up_to(2), http(rng)),
        95..=97 => Step::Repair((0..=rng.up_to(2)).map(|_| teller.next(rng)).collect()),
        _ => Step::Subscribe(subscription(rng)),
    }
}

fn subscription(rng: &mut Rng) -> Subscription {
    match rng.up_to(2) {
        0 => Subscription::all(),
        1 => Subscription::interaction("i1").expect("it is not empty"),
        _ => Subscription::all().channels(["voice"]).expect("it is not empty"),
    }
}

fn end(rng: &mut Rng) -> End {
    match rng.up_to(5) {
        0 | 1 => End::Cut,
        2 => End::HalfOpen,
        3 => End::Deaf,
        _ => {
            let code = [1000, 1001, 1002, 1008, 1011, 1012, 1013, 4401, 4000][pick(rng, 9)];
            End::Close(code, ["", "bye", "s3cret"][pick(rng, 3)].to_owned())
        }
    }
}

fn http(rng: &mut Rng) -> HttpFault {
    match rng.up_to(7) {
        0 => HttpFault::refuse(503),
        1 => HttpFault::retry_after(429, 7),
        2 => HttpFault::refuse(401),
        3 => HttpFault::Slow(Duration::from_secs(3)),
        4 => HttpFault::Slow(Duration::from_secs(20)),
        5 => HttpFault::Body(200, r#"{"access_token":"","expires_in":"soon"}"#.into()),
        6 => HttpFault::Refuse { status: 500, retry_after: Some("Wed, 01 May 2024 12:00:30 GMT".into()) },
        _ => HttpFault::Page,
    }
}

fn frame(rng: &mut Rng) -> Frame {
    let text = |text: &str| Frame::Text(text.to_owned());
    match rng.up_to(9) {
        0 => text("no JSON"),
        1 => text(r#"{"events":null}"#),
        2 => text(r#"{"status":"maintenance","message":"soon"}"#),
        3 => text(r#"{"events":[{"type":"Moved","participant":"p","interaction":"i1"}]}"#),
        4 => text(r#"{"status":"error","message":"you know what you did"}"#),
        5 => Frame::Text("x".repeat(5_000)),
        6 => Frame::Text("x".repeat(20_000)),
        7 => Frame::Binary(vec![0x1f, 0x8b, 8, 0]),
        8 => Frame::Binary(vec![0xc3, 0x28]),
        _ => text(r#"{"status":"subscribed"}"#),
    }
}

/// Makes up who comes and goes.
#[derive(Default)]
struct Teller {
    time: i64,
    last: Option<Fact>,
}

impl Teller {
    fn next(&mut self, rng: &mut Rng) -> Fact {
        if let Some(last) = self.last.as_ref().filter(|_| rng.chance(10)) {
            return last.clone();
        }
        self.time += i64::try_from(rng.up_to(2_000)).expect("it is small");
        let at = Timestamp::from(UnixMillis(Clock::DAWN.0 + self.time));
        let (room, who) = (format!("i{}", rng.up_to(2)), format!("p{}", rng.up_to(4)));
        let channel = ["voice", "chat"][pick(rng, 2)];
        let fact = match rng.up_to(9) {
            0..=4 => Fact::joined(at, &room, &who, channel),
            5..=8 => Fact::left(at, &room, &who, channel).because("peer"),
            _ => Fact::other("Held", at, &room, &who, channel),
        };
        self.last = Some(fact.clone());
        fact
    }
}
