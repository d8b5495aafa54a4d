//! `doctor`: what it finds, what it says to do, and how it ends.

mod common;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::time::Duration;

use common::{Done, SECRET, run, server, tool};
use rosterline_mock::{MockServer, Options};
use rosterline_sim::{CloudConfig, CloudPlan, HttpFault, Rule, When};
use serde_json::Value;

const QUEUE: &str = "0e185c02-aaaa-4bbb-8ccc-ddddeeeeffff";

fn doctor(arguments: &[&str]) -> Command {
    let mut command = tool(&["doctor"]);
    command.args(arguments).env("GENESYS_CLIENT_ID", "tester").env("GENESYS_CLIENT_SECRET", SECRET);
    command
}

/// A cloud that says something often.
async fn cloud(config: CloudConfig) -> MockServer {
    let config = CloudConfig { heartbeat: Duration::from_millis(100), ..config };
    let options = Options::new().quiet().credentials("tester", SECRET).notifications(config);
    MockServer::start(options).await.expect("a free port")
}

async fn examine(server: &MockServer, arguments: &[&str]) -> Done {
    let url = server.api_url();
    let mut command = doctor(&["--dialect", "notifications", "--api-url", &url]);
    command.args(arguments);
    let done = run(command).await;
    let said = format!("{}{}", done.stdout, done.stderr);
    assert!(!said.contains(SECRET) && !said.contains("/channels/"), "{said}");
    assert!(!said.contains("streaming-"), "the name of a channel: {said}");
    done
}

/// `name verdict` of each check; the summary has to agree.
fn checks(done: &Done) -> Vec<String> {
    let text = |value: &Value| value.as_str().expect("a text").to_string();
    let all: Vec<String> =
        done.of("check").iter().map(|it| text(&it["name"]) + " " + &text(&it["verdict"])).collect();
    let last = done.lines().pop().expect("a summary");
    assert_eq!(last["kind"], "summary", "{done:?}");
    for (field, verdict) in [("ok", " ok"), ("warnings", " warning"), ("failed", " failed")] {
        assert_eq!(last[field], all.iter().filter(|it| it.ends_with(verdict)).count(), "{done:?}");
    }
    all
}

/// Every finding that is not good says what to do.
fn advice(done: &Done, name: &str) -> String {
    let check = done.of("check").into_iter().find(|it| it["name"] == name && it["verdict"] != "ok");
    let check = check.unwrap_or_else(|| panic!("nothing is wrong with {name}: {done:?}"));
    check["advice"].as_str().unwrap_or_else(|| panic!("no advice: {check}")).to_string()
}

#[tokio::test]
async fn a_stream_that_works() {
    let server = server().await;
    let (login, stream) = (server.login_url(), server.stream_url());
    let done = run(doctor(&["--login-url", &login, "--stream-url", &stream])).await;
    assert_eq!(done.code, 0, "{done:?}");
    let all = ["connect", "clock", "token", "websocket", "authentication", "subscription", "ping"];
    assert_eq!(checks(&done), all.map(|name| format!("{name} ok")), "{done:?}");
    assert!(!done.stdout.contains(SECRET) && !done.stderr.contains(SECRET));
    let text = run(doctor(&["--login-url", &login, "--stream-url", &stream, "--output", "text"])).await;
    assert!(
        text.stdout.starts_with("ok       connect ")
            && text.stdout.ends_with("\n7 ok, 0 warnings, 0 failed\n"),
        "{text:?}"
    );
}

#[tokio::test]
async fn what_builds_on_a_failure_is_not_looked_at() {
    let server = server().await;
    let (login, stream) = (server.login_url(), server.stream_url());
    let mut command = doctor(&["--login-url", &login, "--stream-url", &stream]);
    command.env("GENESYS_CLIENT_SECRET", "CANARY-wrong");
    let done = run(command).await;
    assert_eq!(done.code, 3, "{done:?}");
    assert_eq!(checks(&done), ["connect ok", "clock ok", "token failed"]);
    assert!(advice(&done, "token").contains("client id and secret"), "{done:?}");
    assert!(!done.stdout.contains("CANARY") && !done.stderr.contains("CANARY"), "{done:?}");
}

#[tokio::test]
async fn nobody_and_nothing_answers() {
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port();
    let nobody = run(doctor(&["--api-url", &format!("http://127.0.0.1:{port}")])).await;
    assert_eq!((nobody.code, checks(&nobody)), (4, vec!["connect failed".to_string()]));
    assert!(advice(&nobody, "connect").contains("firewall"), "{nobody:?}");
    let server = server().await;
    let plain = server.login_url().replace("http://", "https://");
    let secure = run(doctor(&["--api-url", &plain])).await;
    assert_eq!((secure.code, checks(&secure)), (4, vec!["tls failed".to_string()]));
    assert!(advice(&secure, "tls").contains("--ca-file"), "{secure:?}");
    let json = run(doctor(&["--api-url", &plain, "--output", "json"])).await;
    let list: Vec<Value> = serde_json::from_str(&json.stdout).expect("a list");
    assert_eq!((list.len(), json.code), (2, 4));
    let proxy = format!("http://127.0.0.1:{port}");
    let proxied = run(doctor(&["--api-url", &plain, "--proxy", &proxy])).await;
    assert_eq!((proxied.code, checks(&proxied)), (4, vec!["proxy failed".to_string()]));
}

#[tokio::test]
async fn usage_errors_come_before_everything_else() {
    for (arguments, said) in [
        (&["--dialect", "notifications", "--region", "eu-central-1"][..], "give --queue"),
        (&["--region", "us-east-1", "--output", "csv"], "no csv here"),
        (&["--region", "us-east-9", "--dialect", "notifications", "--queue", "q"], "the regions are"),
    ] {
        let done = run(doctor(arguments)).await;
        assert_eq!((done.code, done.stdout.as_str()), (2, ""), "{done:?}");
        assert!(done.stderr.contains(said), "{done:?}");
    }
}

#[tokio::test]
async fn a_cloud_that_works() {
    let server = cloud(CloudConfig::default()).await;
    let done = examine(&server, &["--queue", QUEUE]).await;
    assert_eq!(done.code, 0, "{done:?}");
    let all = [
        "connect",
        "clock",
        "token",
        "quota",
        "conversations",
        "analytics",
        "channel",
        "subscription",
        "ping",
        "heartbeat",
    ];
    assert_eq!(checks(&done), all.map(|name| format!("{name} ok")), "{done:?}");
}

#[tokio::test]
async fn a_topic_that_is_refused_names_its_permission() {
    let forbidden = vec![(".users.".to_string(), "conversation:communication:view".to_string())];
    let server = cloud(CloudConfig { forbidden, ..CloudConfig::default() }).await;
    let some = examine(&server, &["--queue", QUEUE, "--user", "u1"]).await;
    assert_eq!(some.code, 0, "{some:?}");
    assert!(checks(&some).contains(&"permission warning".to_string()), "{some:?}");
    assert!(some.stdout.contains("v2.users.u1.conversations is refused"), "{some:?}");
    assert!(some.stdout.contains("conversation:communication:view"), "{some:?}");
    let all = examine(&server, &["--user", "u1"]).await;
    assert_eq!(all.code, 3, "{all:?}");
    assert_eq!(checks(&all).last().expect("a check"), "subscription failed");
}

#[tokio::test]
async fn what_a_gap_needs_is_missing() {
    let mut plan = CloudPlan::new();
    plan.queries = vec![Rule { when: When::Percent(100), fault: HttpFault::refuse(403) }];
    let server = cloud(CloudConfig { plan, ..CloudConfig::default() }).await;
    let done = examine(&server, &["--queue", QUEUE]).await;
    assert_eq!(done.code, 0, "a session works without it: {done:?}");
    assert!(advice(&done, "conversations").contains("conversation:communication:view"), "{done:?}");
    assert!(advice(&done, "analytics").contains("analytics:conversationDetail:view"), "{done:?}");
}

#[tokio::test]
async fn a_service_that_is_silent_is_not_waited_for_without_end() {
    let config = CloudConfig { heartbeat: Duration::from_secs(3600), ..CloudConfig::default() };
    let options = Options::new().quiet().credentials("tester", SECRET).notifications(config);
    let server = MockServer::start(options).await.expect("a free port");
    let done = examine(&server, &["--queue", QUEUE, "--heartbeat", "10ms"]).await;
    assert_eq!(done.code, 0, "{done:?}");
    assert!(advice(&done, "heartbeat").contains("--heartbeat"), "{done:?}");
}

#[tokio::test]
async fn channels_that_are_taken_are_counted() {
    let server = cloud(CloudConfig::default()).await;
    let address = server.addr();
    let taken = tokio::task::spawn_blocking(move || {
        // base64 of `tester:CANARY-0badc0de`.
        let basic = "Basic dGVzdGVyOkNBTkFSWS0wYmFkYzBkZQ==";
        let body = ask(address, "/oauth/token", basic, "grant_type=client_credentials");
        let token: Value = serde_json::from_str(&body).expect("a token");
        let bearer = format!("Bearer {}", token["access_token"].as_str().expect("a token"));
        (0..19).for_each(|_| _ = ask(address, "/api/v2/notifications/channels", &bearer, "{}"));
        token["access_token"].as_str().expect("a token").to_string()
    });
    let token = taken.await.expect("no panic");
    let url = server.api_url();
    let mut command = doctor(&["--dialect", "notifications", "--api-url", &url, "--queue", QUEUE]);
    command.env("GENESYSCLOUD_ACCESS_TOKEN", &token);
    let done = run(command).await;
    assert!(!done.stdout.contains(&token) && !done.stderr.contains(&token), "{done:?}");
    assert!(done.stdout.contains("19 of 20 channels are taken"), "{done:?}");
    assert!(advice(&done, "quota").contains("OAuth client of its own"), "{done:?}");
    command = doctor(&["--dialect", "notifications", "--api-url", &url, "--queue", QUEUE]);
    command.env("GENESYSCLOUD_ACCESS_TOKEN", "CANARY-nobody's");
    let refused = run(command).await;
    assert_eq!(refused.code, 3, "{refused:?}");
    assert_eq!(checks(&refused).last().expect("a check"), "token failed");
    assert!(!refused.stdout.contains("CANARY"), "{refused:?}");
}

#[tokio::test]
async fn clocks_that_differ() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let server = std::thread::spawn(move || {
        for _ in 0..2 {
            let (mut stream, _) = listener.accept().expect("a client");
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).expect("a request");
            let date = "Date: Sun, 06 Nov 1994 08:49:37 GMT";
            write!(stream, "HTTP/1.1 400 No\r\n{date}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                .expect("sent");
        }
    });
    let done = run(doctor(&["--api-url", &url])).await;
    server.join().expect("no panic");
    assert_eq!(checks(&done)[..2], ["connect ok", "clock warning"], "{done:?}");
    assert!(advice(&done, "clock").contains("NTP"), "{done:?}");
}

/// The body of the answer to a POST.
fn ask(address: SocketAddr, path: &str, authorization: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    let kind = if body.starts_with('{') { "application/json" } else { "application/x-www-form-urlencoded" };
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: {authorization}\r\nContent-Type: {kind}\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("UTF-8");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    answer.split("\r\n\r\n").nth(1).expect("a body").to_string()
}
