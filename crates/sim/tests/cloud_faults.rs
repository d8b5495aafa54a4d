//! What goes wrong on a cloud goes wrong as its plan or a test says; and whoever looks for the reason sees no secret.

use std::time::Duration;

use rosterline_core::Instant;
use rosterline_sim::{
    Answer, Cloud, CloudConfig, CloudEnd, CloudFault, CloudPlan, ConnId, Faults, Frame, HttpFault, Input,
    Output, Request, Response, Rule, When,
};
use serde_json::{Value, json};

/// A cloud with one client, who has a channel with every queue's conversations, and a connection to it.
struct Scene {
    cloud: Cloud,
    now: Instant,
    token: String,
    path: String,
    conn: ConnId,
    /// What was done with the connection, and when.
    log: Vec<(Duration, Output)>,
}

impl Scene {
    fn new(config: CloudConfig) -> Self {
        let now = Instant::ZERO;
        let mut cloud = Cloud::new(config, now);
        let login = "Basic aWQ6c2VjcmV0";
        let answer = call(&mut cloud, "POST", "/oauth/token", login, "grant_type=client_credentials", now);
        let token = value(&answer)["access_token"].as_str().expect("it is there").to_owned();
        let bearer = format!("Bearer {token}");
        let answer = call(&mut cloud, "POST", "/api/v2/notifications/channels", &bearer, "", now);
        let id = value(&answer)["id"].as_str().expect("it is there").to_owned();
        let path = format!("/channels/{id}");
        let conn = cloud.open(&path, now).expect("it is there");
        let topic = |id| json!({ "id": format!("v2.routing.queues.{id}.conversations") });
        let topics: Value = cloud.queues().iter().map(topic).collect();
        let list = format!("/api/v2/notifications/channels/{id}/subscriptions");
        let answer = call(&mut cloud, "PUT", &list, &bearer, &topics.to_string(), now);
        assert_eq!(answer.status, 200);
        Self { cloud, now, token, path, conn, log: Vec::new() }
    }

    /// Lets so much time go by, from deadline to deadline.
    fn run(mut self, length: Duration) -> Self {
        let until = self.now + length;
        loop {
            while let Some(output) = self.cloud.poll_output(self.conn) {
                self.log.push((self.now.since(Instant::ZERO), output));
            }
            match self.cloud.poll_timeout().filter(|at| *at <= until) {
                Some(at) => self.now = self.now.max(at),
                None => break,
            }
            self.cloud.handle_timeout(self.now);
        }
        self.now = until;
        self
    }

    fn end(mut self, end: CloudEnd) -> Self {
        self.cloud.end_all(end, self.now);
        self
    }

    /// What was told of conversations.
    fn told(&self) -> Vec<(Duration, String)> {
        let of_conversation = |(at, output): &(Duration, Output)| {
            let Output::Send(Frame::Text(text)) = output else { return None };
            text.contains("CorrelationId").then(|| (*at, text.clone()))
        };
        self.log.iter().filter_map(of_conversation).collect()
    }

    /// What the service said about itself, by its topics and the reason it gave, without heartbeats.
    fn words(&self) -> Vec<(String, Value)> {
        let word = |(_, output): &(Duration, Output)| {
            let Output::Send(Frame::Text(text)) = output else { return None };
            let frame: Value = serde_json::from_str(text).expect("a frame is JSON");
            let topic = frame["topicName"].as_str().expect("it has a topic").to_owned();
            topic.starts_with("v2.system.").then(|| (topic, frame["eventBody"]["reason"].clone()))
        };
        self.log.iter().filter_map(word).collect()
    }

    fn last(&self) -> &Output {
        &self.log.last().expect("something was done").1
    }

    fn id(&self) -> &str {
        self.path.strip_prefix("/channels/").expect("it is there")
    }

    fn dial(&mut self) -> Answer {
        let headers = [
            ("connection", "Upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        self.cloud
            .request(&Request { method: "GET", path: &self.path, headers: &headers, body: b"" }, self.now)
    }
}

fn call(cloud: &mut Cloud, method: &str, path: &str, login: &str, body: &str, now: Instant) -> Response {
    let headers = [("authorization", login), ("host", "127.0.0.1:9")];
    match cloud.request(&Request { method, path, headers: &headers, body: body.as_bytes() }, now) {
        Answer::Respond { response, .. } => response,
        Answer::Upgrade { .. } => panic!("{path} is no socket"),
    }
}

fn value(response: &Response) -> Value {
    serde_json::from_str(&response.body).expect("it is there")
}

fn status(answer: &Answer) -> u16 {
    match answer {
        Answer::Respond { response, .. } => response.status,
        Answer::Upgrade { .. } => 101,
    }
}

fn one_conversation(frames: Vec<Rule<CloudFault>>) -> CloudConfig {
    let plan = CloudPlan { frames, ..CloudPlan::new() };
    CloudConfig { conversations: Some(1), plan, ..CloudConfig::default() }
}

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn a_frame_that_is_overtaken_comes_after_the_next_one() {
    let rules = vec![Rule { when: When::Nth(2), fault: CloudFault::Reorder }];

    let plain = Scene::new(one_conversation(Vec::new())).run(MINUTE);
    let disordered = Scene::new(one_conversation(rules)).run(MINUTE);

    let texts = |scene: &Scene| scene.told().into_iter().map(|(_, text)| text).collect::<Vec<_>>();
    let mut expected = texts(&plain);
    expected.swap(2, 3);
    assert_eq!(texts(&disordered), expected);
}

#[test]
fn a_frame_that_nothing_overtakes_is_a_second_late() {
    let plain = Scene::new(one_conversation(Vec::new())).run(MINUTE).told();
    let last = plain.len() - 1;
    let rules = vec![Rule { when: When::Nth(last as u64), fault: CloudFault::Reorder }];

    let late = Scene::new(one_conversation(rules)).run(MINUTE).told();

    let (at, text) = &plain[last];
    assert_eq!(late[last], (*at + Duration::from_secs(1), text.clone()));
    assert_eq!(late[..last], plain[..last]);
}

#[test]
fn a_stale_frame_is_the_one_before_once_more() {
    let rules = vec![Rule { when: When::Nth(3), fault: CloudFault::Stale }];

    let told = Scene::new(one_conversation(rules)).run(MINUTE).told();

    assert_eq!(told[4].1, told[2].1);
}

/// A cloud with one conversation that is five seconds behind with every connection.
fn behind(frames: Vec<Rule<CloudFault>>) -> CloudConfig {
    let mut config = one_conversation(frames);
    config.plan.delays = vec![Rule { when: When::Always, fault: Duration::from_secs(5) }];
    config
}

#[test]
fn a_service_that_is_behind_says_the_same_later() {
    let plain = Scene::new(one_conversation(Vec::new())).run(MINUTE).told();

    let late = Scene::new(behind(Vec::new())).run(MINUTE).told();

    let expected: Vec<_> = plain.into_iter().map(|(at, text)| (at + Duration::from_secs(5), text)).collect();
    assert_eq!(late, expected);
}

#[test]
fn what_it_is_behind_with_is_never_said_to_a_client_that_closes() {
    let mut scene = Scene::new(behind(Vec::new())).run(Duration::from_secs(8));
    let before = scene.told().len();

    scene.cloud.handle(scene.conn, Input::Closed, scene.now);

    let plain = Scene::new(one_conversation(Vec::new())).run(Duration::from_secs(8)).told().len();
    assert_eq!(scene.run(MINUTE).told().len(), before);
    assert!((1..plain).contains(&before), "{before} of {plain}");
}

#[test]
fn the_answer_to_a_ping_comes_behind_everything_that_is_late_and_all_that_was_held_back() {
    let held = vec![Rule { when: When::Always, fault: CloudFault::Reorder }];
    let mut scene = Scene::new(behind(held)).run(Duration::from_millis(500));

    scene.cloud.handle(scene.conn, Input::Text(r#"{"message":"ping"}"#), scene.now);

    let scene = scene.run(Duration::from_secs(5));
    let Output::Send(Frame::Text(last)) = scene.last() else { panic!("{:?}", scene.last()) };
    assert!(last.contains("pong") && !scene.told().is_empty(), "{:?}", scene.log);
}

#[test]
fn a_handshake_can_fail_and_be_slow() {
    let mut scene = Scene::new(CloudConfig::default());
    scene.cloud.fail_upgrades(1, HttpFault::retry_after(503, 7));
    scene.cloud.fail_upgrades(1, HttpFault::Slow(Duration::from_secs(3)));

    let Answer::Respond { response, .. } = scene.dial() else { panic!("it was let in") };
    assert_eq!((response.status, response.header("retry-after")), (503, Some("7")));
    assert_eq!(scene.dial(), Answer::Upgrade { delay: Duration::from_secs(3) });
    assert_eq!(scene.dial(), Answer::Upgrade { delay: Duration::ZERO });
}

#[test]
fn an_end_is_announced_and_comes_as_late_as_it_says() {
    let scene =
        Scene::new(CloudConfig::default()).end(CloudEnd::Announced(Duration::from_secs(20))).run(MINUTE);

    assert_eq!(scene.words(), [("v2.system.socket_closing".to_owned(), Value::Null)]);
    let (at, end) = scene.log.last().expect("it is there");
    assert_eq!((*at, end), (Duration::from_secs(20), &Output::Close(1001, String::new())));
}

#[test]
fn after_an_announcement_alone_everything_goes_on() {
    let scene = Scene::new(CloudConfig::default()).end(CloudEnd::OnlyAnnounced).run(MINUTE);

    assert_eq!(scene.words().len(), 1);
    assert!(scene.told().last().expect("it is there").0 > Duration::from_secs(50));
}

#[test]
fn a_cut_and_a_stall_say_nothing() {
    for (end, output) in [(CloudEnd::Cut, Output::Abort), (CloudEnd::Stall, Output::Stall)] {
        let scene = Scene::new(CloudConfig::default()).end(end).run(MINUTE);
        assert_eq!(scene.log.iter().map(|(_, output)| output).collect::<Vec<_>>(), [&output]);
    }
}

#[test]
fn a_takeover_says_who_did_it() {
    let scene = Scene::new(CloudConfig::default()).end(CloudEnd::Takeover).run(MINUTE);

    let topic = format!("v2.system.no_longer_subscribed.{}", scene.id());
    assert_eq!(scene.words(), [(topic, "another_channel_subscribed".into())]);
    assert_eq!(scene.last(), &Output::Close(1000, String::new()));
}

#[test]
fn an_evicted_channel_is_not_found_any_more() {
    let mut scene = Scene::new(CloudConfig::default()).end(CloudEnd::Evict).run(MINUTE);

    let topic = format!("v2.system.no_longer_subscribed.{}", scene.id());
    assert_eq!(scene.words(), [(topic, Value::Null)]);
    assert_eq!(scene.last(), &Output::Close(1000, String::new()));
    assert_eq!(status(&scene.dial()), 404);
}

#[test]
fn a_revoked_token_takes_its_channel_along() {
    let mut scene = Scene::new(CloudConfig::default()).end(CloudEnd::Revoke).run(MINUTE);

    let topic = format!("v2.system.token_revoked.{}", scene.id());
    assert_eq!(scene.words(), [(topic, "user_tokens_revoked".into())]);
    assert_eq!(status(&scene.dial()), 404);
    let bearer = format!("Bearer {}", scene.token);
    let answer = call(&mut scene.cloud, "GET", "/api/v2/users", &bearer, "", scene.now);
    assert_eq!((answer.status, &value(&answer)["code"]), (401, &json!("bad.credentials")));
}

/// Four channels that are lost to others within ten minutes end a session for good (docs/notifications.md).
#[test]
fn no_preset_takes_four_channels_away() {
    for seed in 0..500 {
        for faults in Faults::ALL {
            let ends = CloudPlan::preset(faults, seed).endings;
            let is_lost = |end| matches!(end, CloudEnd::Evict | CloudEnd::Takeover);
            let lost = ends.iter().filter(|rule| is_lost(rule.fault.end)).count();
            assert!(lost < 4, "{faults}, seed {seed}: {lost}");
        }
    }
}

#[test]
fn a_demonstration_shows_a_gap_and_then_a_move_without_one() {
    for seed in 0..50 {
        let ends = CloudPlan::preset(Faults::Some, seed).endings;
        let ends: Vec<(When, CloudEnd)> = ends.iter().map(|rule| (rule.when, rule.fault.end)).collect();
        let announced = CloudEnd::Announced(Duration::from_secs(2));
        assert_eq!(ends, [(When::Nth(0), CloudEnd::Cut), (When::Nth(1), announced)], "seed {seed}");
    }
}

#[test]
fn a_storm_has_every_end_that_is_found_at_once() {
    for seed in 0..50 {
        let plan = CloudPlan::preset(Faults::Storm, seed);
        for end in [CloudEnd::Evict, CloudEnd::Takeover, CloudEnd::Revoke] {
            assert_eq!(
                plan.endings.iter().filter(|rule| rule.fault.end == end).count(),
                1,
                "seed {seed}: {end:?}"
            );
        }
        let moments: Vec<When> = plan.endings.iter().map(|rule| rule.when).collect();
        assert_eq!(moments, (0..12).map(When::Nth).collect::<Vec<_>>());
    }
}

#[test]
fn what_is_printed_of_a_cloud_holds_no_secret() {
    let scene = Scene::new(CloudConfig::default()).run(Duration::from_secs(5));

    let printed = format!("{:?}", scene.cloud);

    assert!(!printed.contains(&scene.token) && !printed.contains(scene.id()), "{printed}");
}
