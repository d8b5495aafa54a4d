//! No secret in any recording, and no name in a usual one.

mod common;

use std::io::{Read as _, Write as _};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use common::{Desk, SECRET, TOKEN, config, replay};
use rosterline_core::{
    Auth, Cause, Closed, Endpoint, Failure, Frame, GapId, Id, Input, Instant, Network, NoToken, Presence,
    PresenceKind, Reply, RequestId, Service, Step, Subscription, Timestamp, UnixMillis,
};
use rosterline_recording::Redaction;

/// What a token endpoint gives.
const BROUGHT: &str = "CANARY-of-the-login";
const BOTH: [Redaction; 2] = [Redaction::Pseudonyms, Redaction::Plain];
/// Nobody's, and long enough not to occur by chance.
const NAMES: [&str; 6] = [
    "9b2c1f0e-1111-4222-8333-444455556666",
    "anna.schmidt@example.com",
    "Anna Schmidt",
    "4915112345678",
    "bertha benz",
    "52.520008",
];

/// Every form that a secret may take in a text.
fn forms(secret: &str) -> Vec<String> {
    let percent = |all: bool| -> String {
        let plain = |byte: u8| !all && byte.is_ascii_alphanumeric();
        secret
            .bytes()
            .map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") })
            .collect()
    };
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let escaped: String = secret.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect();
    let mut forms = vec![secret.to_string(), percent(true), percent(false), hex.to_uppercase(), hex, escaped];
    for prefix in ["", "a", "ab"] {
        forms.push(STANDARD.encode(format!("{prefix}{secret}zz")));
        forms.push(URL_SAFE.encode(format!("{prefix}{secret}zz")));
    }
    forms
}

/// What of each form must not be there: without the ends of base64 that depend on the neighbours.
fn traces(secret: &str) -> Vec<String> {
    let mut traces = forms(secret);
    traces.truncate(6);
    for (prefix, cut) in [("", 0), ("a", 2), ("ab", 3)] {
        for engine in [&STANDARD, &URL_SAFE] {
            let text = engine.encode(format!("{prefix}{secret}"));
            traces.push(text[cut..text.len() - 4].to_string());
        }
    }
    traces
}

/// What is in the messages that are recorded byte for byte, as far as it can be unpacked.
fn unpacked(text: &str) -> String {
    let mut out = Vec::new();
    for line in text.lines().filter(|line| line.contains("\"base64\"")) {
        let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let bytes = STANDARD.decode(line["base64"].as_str().expect("text")).expect("base64");
        out.extend_from_slice(&bytes);
        let _ = flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut out);
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn clean(text: &str) {
    let packed = unpacked(text);
    for form in [TOKEN, SECRET].into_iter().flat_map(forms) {
        assert!(!packed.contains(&form), "{form} in {packed}");
    }
    let unescaped = text.replace("\\\\", "\\").replace("\\/", "/");
    for secret in [TOKEN, SECRET] {
        for trace in traces(secret) {
            assert!(!text.contains(&trace) && !unescaped.contains(&trace), "{trace} in {text}");
        }
    }
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    out.write_all(text).expect("memory");
    out.finish().expect("memory")
}

/// A server that gives back what it was told, wherever it can.
fn echo(desk: &mut Desk, word: &str) {
    let conn = desk.conn;
    let json = if word.contains('\\') { word.to_string() } else { word.replace('"', "\\\"") };
    let event = format!(
        "{{\"timestamp\":\"2024-05-01T12:00:00Z\",\"type\":\"ParticipantJoined\",\"participant\":\"{json}\",\
         \"interaction\":\"i {json}\",\"channel\":\"{json}\",\"reason\":\"{json}\",\"{json}\":[\"{json}\",{{\"{json}\":1}}]}}"
    );
    let whole =
        format!("{{\"events\":[{event},\"{json}\",{{\"type\":\"{json}\",\"timestamp\":\"{json}\"}}]}}");
    desk.text(&whole);
    desk.binary(whole.as_bytes());
    desk.binary(&gzip(whole.as_bytes()));
    desk.text(&format!("{{\"status\":\"notice\",\"message\":\"{json}\"}}"));
    desk.text(&format!("{{\"status\":\"{json}\"}}"));
    desk.text(&format!("{{\"broken\":\"{json}"));
    desk.binary(&[b"\xff".as_slice(), json.as_bytes()].concat());
    desk.binary(&gzip(format!("<{json}>").as_bytes()));
    let torn = gzip(whole.as_bytes());
    desk.binary(&torn[..torn.len() - 5]);
    let named = flate2::GzBuilder::new().comment(word);
    let mut named = named.write(Vec::new(), flate2::Compression::default());
    named.write_all(b"{}").expect("memory");
    desk.binary(&named.finish().expect("memory"));
    desk.handle(Input::Frame { conn, frame: Frame::Pong(word.as_bytes()) });
    desk.handle(Input::Replied {
        request: RequestId(9),
        result: Err(Failure { kind: Network::Tls, detail: word }),
    });
    for status in [200, 400, 503] {
        let body = format!("{{\"error\":\"{json}\",\"error_description\":\"{json}\",\"x\":\"{json}\"}}");
        let reply = Reply {
            status,
            retry_after: Some(word),
            date: Some(word),
            body: body.as_bytes(),
            ..Reply::default()
        };
        desk.handle(Input::Replied { request: RequestId(9), result: Ok(reply) });
    }
    for how in [
        Closed::Frame { code: Some(4000), reason: word },
        Closed::Protocol { code: 1002, detail: word },
        Closed::Status { status: 401, retry_after: Some(word), date: Some(word) },
        Closed::Failed(Failure { kind: Network::Broken, detail: word }),
    ] {
        desk.handle(Input::Closed { conn: rosterline_core::ConnId(99), how });
    }
    let cause = Cause::Exhausted {
        attempts: 2,
        was_live: true,
        last: Box::new(Cause::Refused { step: Step::Token, status: word.into(), message: word.into() }),
    };
    for cause in [None, Some(&cause)] {
        let result = Err(NoToken { fatal: false, why: word, cause });
        desk.handle(Input::Token { request: RequestId(9), result });
    }
    let told = Presence {
        at: Timestamp::from(UnixMillis(0)),
        kind: PresenceKind::Left,
        interaction: Id::new(word),
        participant: Id::new(word),
        channel: word.into(),
        reason: Some(word.into()),
        leg: None,
        arrived: Instant::ZERO,
        received: UnixMillis(0),
    };
    desk.door.recovered(GapId(1), vec![told], desk.now);
    desk.door.subscribe(Subscription::interaction(word).expect("not empty"), desk.now);
    desk.take(usize::MAX);
}

#[test]
fn no_secret_in_any_form_wherever_a_server_puts_it() {
    for redaction in BOTH {
        for secret in [TOKEN, SECRET] {
            for form in forms(secret) {
                let mut desk = Desk::new(config(), redaction);
                echo(&mut desk, &form);
                desk.door.close(desk.now);
                clean(&desk.end().text);
            }
        }
    }
}

#[test]
fn no_secret_of_a_login_that_the_session_makes_itself() {
    for redaction in BOTH {
        let mut config = config();
        config.secrets.clear();
        config.auth = Auth::ClientCredentials {
            login_url: Endpoint::new("https://login.example.com").expect("valid"),
            client_id: "id".to_string(),
            client_secret: SECRET.into(),
        };
        let mut desk = Desk::asking(config, redaction);
        let body = format!(
            "{{\"access_token\":\"{}\",\"expires_in\":3600.50,\"refresh_token\":\"{SECRET}\"}}",
            BROUGHT.replace('C', "\\u0043")
        );
        let reply = Reply { status: 200, body: body.as_bytes(), ..Reply::default() };
        desk.handle(Input::Replied { request: RequestId(1), result: Ok(reply) });
        desk.handle(Input::Opened { conn: desk.conn });
        desk.text(r#"{"status":"connected"}"#);
        desk.text(&format!(r#"{{"status":"subscribed","message":"welcome {BROUGHT}"}}"#));
        desk.now = desk.now + Duration::from_secs(4000);
        desk.handle(Input::Timeout);
        let run = desk.end();
        clean(&run.text);
        assert!(run.text.contains("welcome <secret>") == (redaction == Redaction::Plain));
        assert!(!run.text.contains(BROUGHT) && run.stats.tokens == 1, "{}", run.text);
        let found = run.text.lines().find(|line| line.contains("\"replied\"")).expect("the answer");
        assert!(found.contains(r#"\"expires_in\":3600.50"#) && !found.contains("refresh"), "{found}");
        let (taken, _) = replay(&run.text);
        assert_eq!(taken.expect("no mismatch").len(), run.taken.len());
    }
}

#[test]
fn an_answer_that_is_no_token_means_the_same_in_the_recording() {
    for body in [
        "",
        "[]",
        "<html>",
        "{}",
        "{\"access_token\":7,\"expires_in\":1}",
        "{\"access_token\":\"\",\"expires_in\":1}",
        "{\"access_token\":\"t\"}",
        "{\"access_token\":\"t\",\"expires_in\":\"x\"}",
        "{\"expires_in\":5}",
        "{\"access_token\":\"t\",\"expires_in\":-1}",
        "{\"error\":\"invalid_client\"}",
        "{\"error\":[]}",
        "{\"error\":\"x\",\"description\":null}",
    ] {
        for status in [200, 400, 401, 429, 503] {
            let mut config = config();
            config.auth = Auth::ClientCredentials {
                login_url: Endpoint::new("https://login.example.com").expect("valid"),
                client_id: "id".to_string(),
                client_secret: SECRET.into(),
            };
            let mut desk = Desk::asking(config, Redaction::Plain);
            let reply = Reply { status, retry_after: Some("7"), body: body.as_bytes(), ..Reply::default() };
            desk.handle(Input::Replied { request: RequestId(1), result: Ok(reply) });
            let run = desk.end();
            let (taken, _) = replay(&run.text);
            assert_eq!(taken.expect("no mismatch"), run.taken, "{status} {body}");
        }
    }
}

#[test]
fn no_name_but_in_a_plain_recording() {
    for (redaction, there) in [(Redaction::Pseudonyms, false), (Redaction::Plain, true)] {
        let mut desk = Desk::new(config(), redaction);
        for name in NAMES {
            let in_channel = ["channel", "reason", "type"].map(|field| format!("\"{field}\":\"{name}\""));
            let mut pieces = Desk::new(config(), redaction);
            echo(&mut pieces, name);
            let text = pieces.end().text;
            if there {
                assert!(text.contains(name), "{name}");
            } else {
                // What is kept by its place, whatever it says, is out of the question here.
                let rest =
                    in_channel.iter().fold(text.replace("\\\"", "\""), |text, kept| text.replace(kept, ""));
                let rest: String = rest.lines().filter(|line| has_messages(line)).collect();
                assert!(!rest.contains(name), "{name} in {rest}");
                let hexadecimal: String = name.bytes().map(|byte| format!("{byte:02x}")).collect();
                assert!(!rest.contains(&hexadecimal), "{name} in {rest}");
            }
        }
        desk.text(&format!(
            "{{\"events\":[{{\"type\":\"Hold\",\"number\":{},\"at\":[{}]}}]}}",
            NAMES[3], NAMES[5]
        ));
        let text = desk.end().text;
        assert_eq!([NAMES[3], NAMES[5]].map(|number| text.contains(number)), [there; 2], "{text}");
    }
}

/// The lines that come from messages. What systems and protocols say of themselves is kept.
fn has_messages(line: &str) -> bool {
    ["text", "packed", "binary", "unreadable", "pong", "subscribe"]
        .iter()
        .any(|kind| line.starts_with(&format!("{{\"kind\":\"{kind}\"")))
}

#[test]
fn a_subscription_and_a_url_are_no_way_out() {
    let mut config = config();
    let only = Subscription::interaction(NAMES[0]).expect("not empty");
    config.service = Service::Stream {
        url: Endpoint::new(&format!("wss://events.example.com/{SECRET}")).expect("valid"),
        subscription: only.clone(),
        backfill: None,
    };
    clean(&Desk::new(config.clone(), Redaction::Plain).end().text);
    config.service = Service::Stream {
        url: Endpoint::new("wss://events.example.com/stream?key=1234").expect("valid"),
        subscription: only,
        backfill: None,
    };
    let text = Desk::new(config, Redaction::Pseudonyms).end().text;
    assert!(!text.contains(NAMES[0]) && text.contains("wss://events.example.com/stream\""), "{text}");
    clean(&text);
}
