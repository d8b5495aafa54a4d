//! From nothing to live, life signs, and what ends it.

use rosterline_core::{
    Cause, Closed, ConnId, Detail, Event, Frame, Input, Offer, PresenceKind, Reply, Service, Source, State,
    Status, Step, Topic,
};

use crate::rig::{QUEUE, Rig, config, seconds, snapshot, without_repair};

#[test]
fn a_channel_is_created_dialled_and_subscribed() {
    let mut rig = Rig::new(config());
    rig.grant(86_399);
    rig.give_channel(86_400);
    let (conn, url) = rig.take_open().expect("it dials");
    assert_eq!(url, "wss://streaming.example.com/channels/streaming-0-CANARY1");
    rig.input(Input::Opened { conn });
    assert_eq!(rig.state(), State::Subscribing);
    let call = rig.permit();
    assert_eq!(call.method, "POST");
    assert!(
        call.url.expose().ends_with("/channels/streaming-0-CANARY1/subscriptions?ignoreErrors=true"),
        "{}",
        call.url.expose()
    );
    assert!(
        call.headers
            .iter()
            .any(|(name, value)| *name == "authorization" && value.expose() == "Bearer CANARY-token-1")
    );
    assert_eq!(rig.state(), State::Live);
    let states: Vec<State> = rig.statuses().map(|status| status.state).collect();
    assert_eq!(states, [State::Connecting, State::Subscribing, State::Live]);
}

#[test]
fn snapshots_become_events_and_their_retellings_duplicates() {
    let (mut rig, conn) = Rig::live(config());
    rig.text(conn, &snapshot("c", "2024-05-01T12:00:01.000Z", None));
    rig.text(conn, &snapshot("c", "2024-05-01T12:00:01.000Z", Some("2024-05-01T12:00:09.000Z")));
    let events = rig.events();
    assert_eq!(events.len(), 2);
    assert_eq!((events[0].kind, events[1].kind), (PresenceKind::Joined, PresenceKind::Left));
    let leg = events[0].leg.as_ref().expect("in this dialect");
    assert_eq!(
        (leg.session.to_string(), &*leg.purpose, leg.source),
        ("s-c".into(), "customer", Source::Snapshot)
    );
    assert_eq!(events[1].reason.as_deref(), Some("peer"));
    let stats = rig.session.stats();
    assert_eq!((stats.received, stats.duplicate, stats.delivered), (3, 1, 2));
}

#[test]
fn a_frame_that_cannot_be_opened_is_one_rejection() {
    let (mut rig, conn) = Rig::live(config());
    rig.text(conn, "no json");
    assert!(matches!(rig.told.last(), Some(Event::Rejected(_))));
    assert_eq!(rig.session.stats().received, 1);
    rig.text(conn, r#"{"topicName":"v2.users.x.presence","eventBody":{}}"#);
    assert_eq!((rig.session.stats().received, rig.session.stats().filtered), (2, 1));
}

#[test]
fn pings_are_messages_and_their_pongs_are_timed() {
    let (mut rig, conn) = Rig::live(config());
    rig.pass(seconds(120));
    assert!(rig.session.stats().round_trip.histogram.count() >= 4);
    rig.text(conn, r#"{"topicName":"channel.metadata","eventBody":{"message":"pong"}}"#);
    assert_eq!(rig.session.stats().stray_pongs, 1);
}

#[test]
fn silence_of_35_seconds_ends_the_connection_whatever_the_interval_is() {
    let mut slow = config();
    slow.heartbeat.interval = seconds(300);
    let (mut rig, conn) = Rig::live(slow);
    rig.pass(seconds(20));
    rig.text(conn, r#"{"topicName":"channel.metadata","eventBody":{"message":"WebSocket Heartbeat"}}"#);
    let heard = rig.now;
    while rig.state() == State::Live {
        let deadline = rig.session.poll_timeout().expect("there is always one");
        rig.now = deadline.at;
        rig.input(Input::Timeout);
    }
    assert_eq!(rig.now.since(heard), seconds(35));
    assert!(matches!(
        rig.statuses().last().map(|status| &status.detail),
        Some(Detail::Retry { cause: Cause::Timeout(Step::Pong), .. })
    ));
}

#[test]
fn a_lost_connection_is_made_again_on_the_same_channel() {
    let (mut rig, conn) = Rig::live(config());
    rig.closed(conn, 1006);
    rig.pass(seconds(1));
    let (again, url) = rig.take_open().expect("it dials");
    assert!(url.ends_with("CANARY1"));
    rig.input(Input::Opened { conn: again });
    assert_eq!(rig.permit().method, "PUT");
    assert_eq!((rig.state(), rig.session.stats().reconnects), (State::Live, 1));
}

#[test]
fn a_channel_that_is_gone_is_replaced_and_never_dialled_again() {
    let (mut rig, conn) = Rig::live(config());
    rig.closed(conn, 1001);
    rig.pass(seconds(1));
    let (again, _) = rig.take_open().expect("it dials");
    let how = Closed::Status { status: 404, retry_after: None, date: None };
    rig.input(Input::Closed { conn: again, how });
    rig.pass(seconds(2));
    rig.give_channel(86_400);
    let (conn, url) = rig.take_open().expect("it dials");
    assert!(url.ends_with("CANARY2"));
    rig.input(Input::Opened { conn });
    assert_eq!(rig.permit().method, "POST");
}

#[test]
fn too_many_takeovers_are_a_quarrel_and_end_the_session() {
    let (mut rig, mut conn) = Rig::live(without_repair());
    for round in 1.. {
        let channel = format!("streaming-0-CANARY{round}");
        rig.text(conn, &format!(r#"{{"topicName":"v2.system.no_longer_subscribed.{channel}","eventBody":{{"channelId":"{channel}","systemTopicType":"no_longer_subscribed","reason":"another_channel_subscribed"}}}}"#));
        if let Some(Event::Ended(cause)) = rig.told.last() {
            assert_eq!((round, cause), (4, &Cause::ChannelContention { times: 4 }));
            assert!(cause.to_string().contains("channel-contention"));
            return;
        }
        rig.pass_until_asked();
        conn = rig.go_live();
    }
}

#[test]
fn a_topic_that_the_answer_leaves_out_is_named() {
    let mut three = config();
    if let Service::Notifications(service) = &mut three.service {
        let more = ["v2.users.u.conversations", "v2.users.v?presence&conversations"];
        service.topics.extend(more.map(|topic| Topic::new(topic).expect("valid")));
    }
    for (answer, expected) in [(r#"{"entities":[]}"#, 2), ("{}", 0), ("ok", 0)] {
        let mut rig = Rig::new(three.clone());
        rig.go_open();
        rig.answer("/subscriptions", 200, answer);
        assert_eq!(rig.state(), State::Live);
        let is_named = |status: &&Status| matches!(&status.detail, Detail::TopicRefused { why, .. } if why.contains("does not name it"));
        assert_eq!(rig.statuses().filter(is_named).count(), expected, "{answer}: {:?}", rig.told);
    }
}

#[test]
fn refused_topics_are_named_and_the_others_live() {
    let mut two = config();
    if let Service::Notifications(service) = &mut two.service {
        service.topics.push(Topic::new("v2.users.u.presence").expect("valid"));
    }
    let mut rig = Rig::new(two.clone());
    rig.go_open();
    let refused =
        r#"{"id":"v2.users.u.presence","state":"Rejected","missingPermissions":["presence:user:view"]}"#;
    rig.answer("/subscriptions", 200, &format!(r#"{{"entities":[{refused}]}}"#));
    assert_eq!(rig.state(), State::Live);
    let named = rig.statuses().any(|status| {
        matches!(&status.detail, Detail::TopicRefused { topic, why } if &**topic == "v2.users.u.presence" && why.contains("presence:user:view"))
    });
    assert!(named, "{:?}", rig.told);

    let mut rig = Rig::new(config());
    rig.go_open();
    let topic = Topic::queue(QUEUE).expect("valid");
    let refused =
        format!(r#"{{"id":"{topic}","state":"Rejected","missingPermissions":["routing:queue:view"]}}"#);
    rig.answer("/subscriptions", 200, &format!(r#"{{"entities":[{refused}]}}"#));
    let conn = ConnId(1);
    assert!(rig.is_closing(conn));
    assert!(
        matches!(rig.told.last(), Some(Event::Ended(Cause::Refused { step: Step::Subscribe, message, .. })) if message.contains("routing:queue:view")),
        "{:?}",
        rig.told.last()
    );
}

#[test]
fn a_token_that_the_api_refuses_is_replaced_once() {
    let mut rig = Rig::new(config());
    rig.grant(86_399);
    let unauthorized = r#"{"message":"Invalid login credentials.","code":"bad.credentials","status":401}"#;
    rig.answer("/api/v2/notifications/channels", 401, unauthorized);
    rig.pass(seconds(1));
    rig.grant(86_399);
    rig.answer("/api/v2/notifications/channels", 401, unauthorized);
    assert!(
        matches!(rig.told.last(), Some(Event::Ended(Cause::Refused { step: Step::Channel, .. }))),
        "{:?}",
        rig.told.last()
    );
}

#[test]
fn a_busy_api_is_given_the_time_it_asks_for() {
    let mut rig = Rig::new(config());
    rig.grant(86_399);
    let (request, _) = rig.take_call().expect("a channel");
    let reply = Reply { status: 429, retry_after: Some("17"), ..Default::default() };
    rig.input(Input::Replied { request, result: Ok(reply) });
    let retry = rig.statuses().last().map(|status| &status.detail);
    assert!(matches!(retry, Some(Detail::Retry { delay, .. }) if *delay == seconds(17)), "{retry:?}");
}

#[test]
fn a_channel_outside_the_domain_is_not_dialled() {
    let mut rig = Rig::new(config());
    rig.grant(86_399);
    let body =
        r#"{"connectUri":"wss://evil.com/channels/x","id":"CANARYx","expires":"2024-05-02T12:00:00Z"}"#;
    rig.answer("/api/v2/notifications/channels", 200, body);
    assert!(rig.take_open().is_none());
    assert!(matches!(
        rig.statuses().last().map(|status| &status.detail),
        Some(Detail::Retry { cause: Cause::BadReply { step: Step::Channel, .. }, .. })
    ));
}

#[test]
fn more_than_1000_topics_are_spread_over_channels_and_changed_while_live() {
    let mut many = config();
    let topics: Vec<Topic> = (0..2500).map(|n| Topic::user(&format!("u{n}")).expect("valid")).collect();
    if let Service::Notifications(service) = &mut many.service {
        service.topics.clone_from(&topics);
    }
    let mut rig = Rig::new(many);
    rig.grant(86_399);
    let mut counts = Vec::new();
    for _ in 0..3 {
        rig.give_channel(86_400);
    }
    while let Some((conn, _)) = rig.take_open() {
        assert_ne!(rig.state(), State::Live, "it is live when every channel is");
        rig.input(Input::Opened { conn });
        counts.push(rig.answer("/subscriptions", 200, "{}").body.matches("\"id\"").count());
    }
    assert_eq!((counts, rig.state()), (vec![1000, 1000, 500], State::Live));

    let kept = topics[..1500].iter().cloned().chain([Topic::queue("q").expect("valid")]).collect();
    rig.session.set_topics(kept, rig.now).expect("they fit");
    rig.drain();
    let mut bodies = Vec::new();
    while rig.next_path().is_some() {
        bodies.push(rig.answer("/subscriptions", 200, "{}").body);
    }
    assert_eq!(bodies.iter().map(|body| body.matches("\"id\"").count()).collect::<Vec<_>>(), [501, 0]);
    assert!(bodies[0].contains("queues.q.conversations"));
    assert_eq!(rig.state(), State::Live);
}

#[test]
fn details_of_discovered_conversations_are_asked_for_when_that_is_wanted() {
    let mut detailed = config();
    if let Service::Notifications(service) = &mut detailed.service {
        service.details = true;
    }
    let (mut rig, conn) = Rig::live(detailed);
    rig.text(conn, &snapshot("c", "2024-05-01T12:00:01.000Z", None));
    rig.text(conn, &snapshot("d", "2024-05-01T12:00:01.000Z", Some("2024-05-01T12:00:02.000Z")));
    rig.pass(seconds(5));
    let call = rig.answer("/subscriptions", 200, "{}");
    assert!(call.method == "PUT" && call.body.contains("v2.detail.events.conversation.c.user.end"));
    assert!(!call.body.contains("conversation.d."), "it is over");
    assert_eq!(rig.state(), State::Live);
}

/// A conversation with one agent whose phone rang in vain.
fn in_vain(id: &str) -> String {
    format!(
        r#"{{"topicName":"v2.routing.queues.{QUEUE}.conversations","version":"2","eventBody":{{"id":"{id}","participants":[
        {{"id":"p-{id}","purpose":"agent","userId":"u","queueId":"{QUEUE}","calls":[{{"id":"s-{id}","state":"disconnected",
        "startAlertingTime":"2024-05-01T12:00:01.000Z","disconnectedTime":"2024-05-01T12:00:09.000Z","disconnectType":"transfer.noanswer"}}]}}]}}}}"#
    )
}

fn unanswered(rig: &Rig) -> Vec<&Offer> {
    rig.told
        .iter()
        .filter_map(|it| if let Event::Unanswered(offer) = it { Some(offer) } else { None })
        .collect()
}

#[test]
fn who_did_not_answer_is_told_once_and_counted_by_itself() {
    let (mut rig, conn) = Rig::live(config());
    rig.text(conn, &in_vain("c"));
    rig.text(conn, &in_vain("c"));
    let told = unanswered(&rig);
    assert_eq!(told.len(), 1);
    let Offer { participant, channel, from, to, reason, leg, .. } = told[0];
    assert_eq!(
        (participant, &**channel, reason.as_deref()),
        (&"p-c".into(), "voice", Some("transfer.noanswer"))
    );
    let times = [from, to].map(|at| at.map(|at| at.to_string()[17..19].to_string()));
    assert_eq!(times, [Some("01".into()), Some("09".into())]);
    assert_eq!((&leg.session, &*leg.purpose, &leg.user), (&"s-c".into(), "agent", &Some("u".into())));
    let stats = rig.session.stats();
    assert_eq!((stats.received, stats.delivered, stats.unanswered), (0, 0, 1));
}

#[test]
fn more_than_a_thousand_that_wait_are_counted_only() {
    let (mut rig, conn) = Rig::live(config());
    for n in 0..1100 {
        let frame = in_vain(&format!("c{n}"));
        rig.session.handle(Input::Frame { conn, frame: Frame::Text(&frame) }, rig.now);
    }
    rig.pass(seconds(0));
    assert_eq!((unanswered(&rig).len(), rig.session.stats().unanswered), (1024, 1100));
}
