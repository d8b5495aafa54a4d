//! `mock`, `demo` and the metrics pages.

mod common;

use std::io::{Read, Write};
use std::net::TcpStream;

use common::{Running, run, server, tool, watch};
use serde_json::Value;

#[tokio::test]
async fn the_mock_serves_whoever_follows_its_advice() {
    for tls in [&[][..], &["--tls"]] {
        let mut mock = Running::start(tool(&[&["mock", "--listen", "127.0.0.1:0"], tls].concat()));
        let told: Value = serde_json::from_str(&mock.until("\"mock\"").await).expect("one line of JSON");
        let text = |name: &str| told[name].as_str().unwrap_or_default().to_string();
        assert!(text("watch").contains(&text("login_url")), "{told}");
        let mut flags = vec![
            "watch".to_string(),
            "--api-url".into(),
            text("api_url"),
            "--exit-after".into(),
            "3events".into(),
        ];
        if !tls.is_empty() {
            flags.extend(["--ca-file".to_string(), text("ca_file")]);
        }
        let mut command = tool(&flags.iter().map(String::as_str).collect::<Vec<_>>());
        command
            .env("GENESYS_CLIENT_ID", text("client_id"))
            .env("GENESYS_CLIENT_SECRET", text("client_secret"));
        let done = run(command).await;
        assert_eq!(done.code, 0, "{done:?}");
        assert!(done.summary()["delivered"].as_u64() >= Some(3));
        mock.signal("TERM");
        assert_eq!(mock.finish().await.code, 0);
        let _ = std::fs::remove_file(text("ca_file"));
    }
}

#[tokio::test]
async fn the_demo_loses_its_connection_and_says_so() {
    let mut command = tool(&["demo", "--duration", "6s", "--output", "ndjson"]);
    // A bare machine has no authorities installed.
    command.env("SSL_CERT_FILE", "/no/such/file").env("SSL_CERT_DIR", "/no/such/directory");
    let done = run(command).await;
    assert_eq!(done.code, 0, "{done:?}");
    let summary = done.summary();
    assert!(summary["reconnects"].as_u64() >= Some(1) && summary["gaps"].as_u64() >= Some(1), "{summary}");
    assert!(!done.of("timeline").is_empty() && !done.of("gap").is_empty());
}

#[tokio::test]
async fn the_demo_draws_without_a_terminal_too() {
    let mut command = tool(&["demo", "--duration", "4s", "--output", "text"]);
    command.env("NO_COLOR", "1");
    let done = run(command).await;
    assert!(done.stdout.contains('█') && done.stdout.contains("the numbers add up"), "{}", done.stdout);
    assert!(!done.stdout.contains('\x1b'));
}

#[tokio::test]
async fn metrics_are_served() {
    let server = server().await;
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound");
    let mut tool = Running::start(watch(&server, &["--metrics", &port.to_string()]));
    tool.until("\"live\"").await;
    let get = move |path: &'static str| {
        tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(port).expect("it listens");
            write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("sent");
            let mut answer = String::new();
            stream.read_to_string(&mut answer).expect("an answer");
            answer
        })
    };
    assert!(get("/livez").await.expect("no panic").starts_with("HTTP/1.1 200 "));
    assert!(get("/nothing").await.expect("no panic").starts_with("HTTP/1.1 404 "));
    let metrics = get("/metrics").await.expect("no panic");
    assert!(metrics.contains("\nrosterline_dials_total 1\n"), "{metrics}");
    let ready = async { while !get("/readyz").await.expect("no panic").starts_with("HTTP/1.1 200 ") {} };
    tokio::time::timeout(common::PATIENCE, ready).await.expect("ready once it is live");
    tool.signal("TERM");
    assert_eq!(tool.finish().await.code, 0);
}
