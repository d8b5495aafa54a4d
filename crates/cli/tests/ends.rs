//! How the tool ends: exit codes and signals.

mod common;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Stdio;

use std::time::Duration;

use common::{Running, SECRET, call, run, server, start, subscribed, tool, watch};
use rosterline_mock::Options;
use rosterline_sim::{DialogueFault, Fact, FaultPlan, When};

#[tokio::test]
async fn wrong_credentials_are_refused() {
    let server = server().await;
    let mut command = watch(&server, &[]);
    command.env("GENESYS_CLIENT_SECRET", "CANARY-wrong");
    let done = run(command).await;
    assert_eq!(done.code, 3, "{done:?}");
    done.summary();
    assert!(done.stderr.contains("error: ") && !done.stderr.contains("CANARY"), "{}", done.stderr);
}

#[tokio::test]
async fn what_to_do_stands_behind_the_longest_text_of_a_server() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client");
        let mut request = Vec::new();
        while !request.ends_with(b"grant_type=client_credentials") {
            let mut byte = [0];
            stream.read_exact(&mut byte).expect("a request");
            request.push(byte[0]);
        }
        let body = format!(r#"{{"error":"invalid_client","error_description":"{}"}}"#, "long ".repeat(100));
        write!(stream, "HTTP/1.1 401 No\r\nContent-Length: {}\r\n\r\n{body}", body.len()).expect("sent");
    });
    let mut command = tool(&["watch", "--api-url", &url]);
    command.env("GENESYS_CLIENT_ID", "tester").env("GENESYS_CLIENT_SECRET", SECRET);
    let done = run(command).await;
    server.join().expect("no panic");
    assert_eq!(done.code, 3, "{done:?}");
    let hint = "; check the client id and secret, and the login URL\n";
    assert!(done.stderr.contains("long long") && done.stderr.ends_with(hint), "{}", done.stderr);
}

#[tokio::test]
async fn nobody_listens() {
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound").port();
    let url = format!("http://127.0.0.1:{port}");
    let flags =
        ["watch", "--api-url", &url, "--max-attempts", "2", "--backoff-base", "1ms", "--jitter", "none"];
    let mut command = tool(&flags);
    command.env("GENESYS_CLIENT_ID", "tester").env("GENESYS_CLIENT_SECRET", SECRET);
    let done = run(command).await;
    assert_eq!(done.code, 4, "{done:?}");
    assert_eq!(done.summary()["received"], 0);
    let waiting = done.of("status").into_iter().find(|status| status["state"] == "waiting").expect("a retry");
    assert!(waiting["detail"]["delay_ms"].is_u64() && waiting["detail"]["cause"].is_string(), "{waiting}");
}

#[tokio::test]
async fn a_server_that_does_not_come_back() {
    let server = server().await;
    let mut tool = Running::start(watch(&server, &["--max-attempts", "2"]));
    tool.until("\"live\"").await;
    server.control().emit(call("call-1"));
    tool.until("\"timeline\"").await;
    server.stop().await;
    let done = tool.finish().await;
    assert_eq!(done.code, 5, "{done:?}");
    let gaps = done.of("gap");
    assert_eq!((gaps.len(), &gaps[0]["cause"], &gaps[0]["repaired"]), (1, &"ended".into(), &false.into()));
    assert_eq!(done.summary()["gaps"], 1);
}

#[tokio::test]
async fn a_gap_fails_when_it_is_asked_to() {
    for (flag, code) in [("--fail-on-gap", 6), ("--quiet", 0)] {
        let server = server().await;
        let mut tool = Running::start(watch(&server, &[flag]));
        tool.until("\"live\"").await;
        server.control().cut_all();
        tool.until("\"gap\"").await;
        tool.until("\"live\"").await;
        tool.signal("TERM");
        let done = tool.finish().await;
        assert_eq!(done.code, code, "{done:?}");
        assert_eq!(done.summary()["reconnects"], 1);
    }
}

#[tokio::test]
async fn usage_errors_name_the_setting() {
    let cases: &[(&[&str], &str)] = &[
        (&["watch"], "region"),
        (
            &["watch", "--max-attempts", "-1", "--heartbeat", "1s", "--api-url", "http://[::1]:1"],
            "max-attempts",
        ),
        (&["watch", "--nonsense"], "--nonsense"),
        (&["watch", "--region", "evil.com/"], "region (flag)"),
        (&["watch", "--region", "us-east-1", "--dialect", "notifications"], "queue"),
        (&["watch", "--region", "us-east-1"], "client-id"),
        (
            &["watch", "--api-url", "http://127.0.0.1:1", "--heartbeat", "30"],
            "heartbeat (flag): \"30\" is no duration",
        ),
        (
            &["watch", "--api-url", "http://127.0.0.1:1", "--heartbeat", "30s", "--details", "maybe"],
            "details (flag): \"maybe\"",
        ),
        (&["watch", "--config", "/no/such/file"], "/no/such/file"),
        (&["watch", "--region", "us-east-1", "--client-secret", "CANARY"], "--client-secret"),
        (&["watch", "--region", "us-east-1", "--client-secret=CANARY"], "--client-secret"),
        (&["watch", "--region", "us-east-1", "--token=CANARY"], "--token"),
        (&["mock", "--faults", "many"], "faults (flag)"),
    ];
    for (arguments, named) in cases {
        let mut command = tool(arguments);
        if arguments.contains(&"--heartbeat") {
            command.env("GENESYS_CLIENT_ID", "tester").env("GENESYS_CLIENT_SECRET", SECRET);
        }
        let done = run(command).await;
        assert_eq!(done.code, 2, "{arguments:?}: {done:?}");
        assert!(
            done.stderr.contains(named) && !done.stderr.contains("CANARY"),
            "{arguments:?}: {}",
            done.stderr
        );
        assert_eq!(done.stdout, "");
    }
}

#[tokio::test]
async fn a_signal_drains_and_ends_well() {
    for name in ["TERM", "INT"] {
        let server = server().await;
        let mut tool = Running::start(watch(&server, &["--output", "json"]));
        subscribed(&server).await;
        server.control().emit(call("call-1"));
        tool.until("\"timeline\"").await;
        tool.signal(name);
        let done = tool.finish().await;
        assert_eq!(done.code, 0, "{done:?}");
        let all: Vec<serde_json::Value> = serde_json::from_str(&done.stdout).expect("closed in good order");
        assert_eq!(all.last().expect("a summary")["delivered"], 4);
    }
}

#[tokio::test]
async fn a_second_signal_ends_at_once_with_the_summary() {
    let server = server().await;
    let mut tool = Running::start(watch(&server, &[]));
    tool.until("\"live\"").await;
    // It will never answer the close frame, so that the end takes its time.
    server.control().stall_all();
    tool.signal("TERM");
    tool.until("\"draining\"").await;
    tool.signal("TERM");
    let done = tool.finish().await;
    assert_eq!(done.code, 130, "{done:?}");
    done.summary();
}

#[tokio::test]
async fn a_broken_pipe_ends_quietly() {
    let server = server().await;
    let mut tool = Running::start(watch(&server, &["--quiet"]));
    tool.until("\"live\"").await;
    let done = tool.finish_unread(&server).await;
    assert_eq!((done.code, done.stderr.as_str()), (0, ""));
}

#[tokio::test]
async fn conditions_end_it() {
    let server = server().await;
    let idle = run(watch(&server, &["--exit-after", "idle:50ms"])).await;
    assert_eq!((idle.code, &idle.summary()["received"]), (0, &0.into()));
    let time = run(watch(&server, &["--exit-after", "2s", "--exit-after", "1h"])).await;
    assert_eq!(time.code, 0, "{time:?}");
}

#[tokio::test]
async fn a_number_of_events_ends_it() {
    let server = server().await;
    let tool = Running::start(watch(&server, &["--exit-after", "4events", "--show", "events"]));
    subscribed(&server).await;
    server.control().emit(call("call-1"));
    let done = tool.finish().await;
    assert_eq!((done.code, done.of("event").len()), (0, 4), "{done:?}");
}

#[tokio::test]
async fn events_that_come_before_the_last_answer_are_events() {
    let late = DialogueFault::LateAck(Duration::from_secs(600));
    let server = start(Options::new().plan(FaultPlan::new().dialogue(When::Always, late))).await;
    let done = run(watch(&server, &["--exit-after", "1events", "--show", "events,status"])).await;
    assert!(done.of("status").iter().all(|status| status["state"] != "live"), "{done:?}");
    assert_eq!(done.code, 0, "it has had what it asked for: {done:?}");
}

#[tokio::test]
async fn nobody_reads_the_output() {
    let server = server().await;
    let mut command = watch(&server, &["--drain", "100ms", "--heartbeat", "50ms", "--buffer", "4"]);
    command.stderr(Stdio::null());
    let mut child = command.spawn().expect("the tool starts");
    let unread = child.stdout.take();
    subscribed(&server).await;
    for number in 0..2_000 {
        server.control().emit(call(&format!("call-{number}")));
    }
    // The pipe is full, the loop waits, and the heartbeats go on all the same.
    let before = server.control().counts().pings;
    let more = server.control();
    tokio::time::timeout(common::PATIENCE, more.until(|counts| counts.pings >= before + 5))
        .await
        .expect("heartbeats");
    common::signal(child.id(), "TERM");
    let ended = tokio::task::spawn_blocking(move || child.wait());
    let status = tokio::time::timeout(common::PATIENCE, ended).await.expect("it ends").expect("no panic");
    assert_eq!(status.expect("a status").code(), Some(1));
    drop(unread);
}

#[tokio::test]
async fn what_has_no_place_in_its_timeline_is_told_once_and_counted() {
    let server = server().await;
    let arguments = ["--show", "none", "--exit-after", "10002events"];
    let tool = Running::start(watch(&server, &arguments));
    subscribed(&server).await;
    let joined = |n: u32| Fact::joined(common::at(n % 60), "room", &format!("p{n}"), "voice");
    for batch in 0..6 {
        server.control().emit((batch * 1667..(batch + 1) * 1667).map(joined).collect());
    }
    let done = tool.finish().await;
    assert_eq!((done.code, &done.summary()["too_late"]), (0, &serde_json::json!(2)), "{done:?}");
    assert_eq!(done.stderr.matches("missing in its timeline").count(), 1, "{done:?}");
}
