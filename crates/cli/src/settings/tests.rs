//! Precedence, origins, and errors that help.

use std::collections::BTreeMap;
use std::path::Path;

use rosterline_core::{Auth, Endpoint, Service};

use super::session::Connection;
use super::{Origin, Settings, Sources, Wrong, file, show};
use crate::args::Task;

fn gather(flags: &[&str], environment: &[(&str, &str)]) -> Result<Settings, Wrong> {
    let arguments = ["rosterline", "watch"].iter().chain(flags);
    let task = Task::read(arguments.map(Into::into)).expect("a valid command line");
    let environment: BTreeMap<_, _> = environment.iter().copied().collect();
    let variable = |name: &str| environment.get(name).map(|text| (*text).to_string());
    let (flags, command) = task.flags().expect("a command with settings");
    Sources { flags, variable: &variable, command }.gather()
}

fn error<T: std::fmt::Debug>(result: Result<T, Wrong>) -> String {
    result.expect_err("wrong").to_string()
}

const LOGIN: [(&str, &str); 3] =
    [("GENESYS_CLIENT_ID", "me"), ("GENESYS_CLIENT_SECRET", "CANARY"), ("ROSTERLINE_REGION", "us-east-1")];

fn with_login(flags: &[&str]) -> Result<Connection, Wrong> {
    Connection::read(&gather(flags, &LOGIN)?)
}

struct TempFile(std::path::PathBuf);

impl TempFile {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("rosterline-{}-{name}", std::process::id()));
        std::fs::write(&path, text).expect("a temporary directory");
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().expect("UTF-8")
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn flag_over_environment_over_file_over_default() {
    let config = TempFile::new("precedence.toml", "heartbeat = '1s'\npong-timeout = '2s'\nbuffer = 3\n");
    let environment = [("ROSTERLINE_HEARTBEAT", "4s"), ("ROSTERLINE_PONG_TIMEOUT", "5s")];
    let settings = gather(&["--config", config.path(), "--heartbeat", "6s"], &environment).expect("valid");
    let found = |name| (settings.text(name).expect("set"), settings.given(name).expect("set").origin.clone());
    assert_eq!(found("heartbeat"), ("6s", Origin::Flag));
    assert_eq!(found("pong-timeout"), ("5s", Origin::Environment("ROSTERLINE_PONG_TIMEOUT".into())));
    assert_eq!(found("buffer"), ("3", Origin::File(config.0.clone())));
    assert_eq!(found("drain"), ("5s", Origin::Default));
}

#[test]
fn lists_are_repeated_or_separated_by_commas_everywhere() {
    let flags = gather(&["--channel", "voice,chat", "--channel", "video"], &[]).expect("valid");
    assert_eq!(flags.list("channel"), ["voice", "chat", "video"]);
    let environment = gather(&[], &[("ROSTERLINE_CHANNEL", "voice, chat")]).expect("valid");
    assert_eq!(environment.list("channel"), ["voice", "chat"]);
    let file = file::parse("channel = ['voice', 'a,b']", Path::new("f")).expect("valid");
    assert_eq!(file["channel"].values, ["voice", "a,b"]);
}

#[test]
fn the_names_that_genesys_tools_use_are_known() {
    let environment = [
        ("GENESYSCLOUD_OAUTHCLIENT_ID", "me"),
        ("GENESYSCLOUD_OAUTHCLIENT_SECRET", "CANARY"),
        ("GENESYSCLOUD_REGION", "mypurecloud.de"),
    ];
    let connection = Connection::read(&gather(&[], &environment).expect("valid")).expect("valid");
    let url = "wss://api.mypurecloud.de/api/v2/analytics/conversations/stream";
    assert_eq!(connection.config.stream_url().map(Endpoint::as_str), Some(url));
    let token = [("GENESYSCLOUD_ACCESS_TOKEN", "CANARY"), ("GENESYSCLOUD_REGION", "us-east-1")];
    let connection = Connection::read(&gather(&[], &token).expect("valid")).expect("valid");
    assert!(matches!(connection.config.auth, Auth::Token(_)));
}

#[test]
fn an_error_names_the_setting_its_origin_and_what_to_do() {
    let environment = gather(&[], &[("ROSTERLINE_HEARTBEAT", "30")]).expect("text");
    let read = environment.need("heartbeat", super::values::duration);
    let expected = "heartbeat (environment ROSTERLINE_HEARTBEAT): \"30\" is no duration; write it like 500ms, 2s, 5m or 1h";
    assert_eq!(error(read), expected);
    let range = error(with_login(&["--heartbeat", "1ms"]));
    assert_eq!(range, "heartbeat (flag): must be 10 ms or more");
    let clear = error(with_login(&["--api-url", "http://example.com"]));
    assert!(clear.starts_with("api-url (flag):") && clear.contains("--allow-insecure"), "{clear}");
    assert!(with_login(&["--api-url", "http://example.com", "--allow-insecure"]).is_ok());
    let two = error(with_login(&["--interaction", "a", "--interaction", "b"]));
    assert!(two.starts_with("interaction (flag):"), "{two}");
    let nothing = error(with_login(&["--dialect", "notifications"]));
    assert!(nothing.contains("give --queue, --user, --conversation or --topic"), "{nothing}");
    let mixed = error(with_login(&["--dialect", "notifications", "--queue", "q", "--channel", "voice"]));
    assert!(mixed.contains("is of the stream dialect"), "{mixed}");
    let odd = error(with_login(&["--dialect", "notifications", "--user", "a b"]));
    assert!(odd.starts_with("user (flag): \"a b\""), "{odd}");
    let region = error(Connection::read(&gather(&[], &LOGIN[..2]).expect("text")));
    assert!(region.starts_with("region: is not set; give --region"), "{region}");
    let id = error(Connection::read(&gather(&["--region", "us-east-1"], &[]).expect("text")));
    assert!(id.starts_with("client-id: is not set; set GENESYS_CLIENT_ID"), "{id}");
}

#[test]
fn no_error_and_no_listing_tells_a_secret() {
    let environment = [LOGIN[0], LOGIN[1], LOGIN[2], ("GENESYSCLOUD_ACCESS_TOKEN", "CANARY")];
    let settings = gather(&["--proxy", "http://me:CANARY@proxy:1"], &environment).expect("valid");
    let listing = show::toml(&settings, true);
    assert!(!listing.contains("CANARY"), "{listing}");
    assert!(
        listing.contains("client-secret = \"<secret>\"")
            && listing.contains("# environment GENESYS_CLIENT_SECRET")
    );
    assert!(listing.contains("http://<secret>@proxy:1"));
    let two_lines = TempFile::new("two-lines", "CANARY\nCANARY\n");
    let wrong = error(with_login(&["--client-secret-file", two_lines.path()]));
    assert!(wrong.contains("control character") && !wrong.contains("CANARY"), "{wrong}");
    for flag in ["--api-url", "--login-url", "--stream-url"] {
        let url = "https://me:CANARY@example.com";
        let wrong = error(with_login(&[flag, url]));
        assert!(wrong.contains("\"https://<secret>@example.com\" holds a user name"), "{wrong}");
        let listing = show::toml(&gather(&[flag, url], &[]).expect("text"), true);
        assert!(!listing.contains("CANARY"), "{listing}");
    }
    for text in ["client-secret = 'CANARY'", "token = 'CANARY'", "client-secret = CANARY", "x = 'CANARY"] {
        let wrong = error(file::parse(text, Path::new("f")).map(|_| ()));
        assert!(!wrong.contains("CANARY"), "{wrong}");
    }
}

#[test]
fn a_secret_is_read_from_a_file_without_its_line_break() {
    let secret = TempFile::new("secret", "CANARY\r\n");
    let connection = with_login(&["--client-secret-file", secret.path()]).expect("valid");
    match connection.config.auth {
        Auth::ClientCredentials { client_secret, .. } => {
            assert_eq!(client_secret.expose(), "CANARY");
        }
        other @ (Auth::Token(_) | Auth::External) => panic!("{other:?}"),
    }
    let missing = error(with_login(&["--client-secret-file", "/no/such/file"]));
    assert!(missing.starts_with("client-secret-file (flag): cannot read /no/such/file:"), "{missing}");
}

#[test]
fn urls_derive_from_the_api_and_each_can_be_its_own() {
    let urls = |flags: &[&str]| {
        let config = with_login(flags).expect("valid").config;
        let login = match &config.auth {
            Auth::ClientCredentials { login_url, .. } => login_url.as_str().to_string(),
            other @ (Auth::Token(_) | Auth::External) => panic!("{other:?}"),
        };
        (login, config.stream_url().expect("a stream").to_string())
    };
    let path = "/api/v2/analytics/conversations/stream";
    let region = "https://api.us-east-1.mypurecloud.com".to_string();
    assert_eq!(urls(&[]), (region.clone(), format!("wss://api.us-east-1.mypurecloud.com{path}")));
    let api = "http://127.0.0.1:8080".to_string();
    assert_eq!(urls(&["--api-url", &api]), (api, format!("ws://127.0.0.1:8080{path}")));
    assert_eq!(urls(&["--stream-url", "ws://[::1]:9/x"]), (region, "ws://[::1]:9/x".to_string()));
    let login = "https://login.example.com".to_string();
    assert_eq!(urls(&["--login-url", &login]).0, login);
}

#[test]
fn the_config_file_says_where_it_is_wrong() {
    let wrong = |text: &str| error(file::parse(text, Path::new("f.toml")).map(|_| ()));
    assert!(wrong("heartbeat = '1s'\nbuffer = = 3").starts_with("config (config file f.toml): line 2:"));
    assert!(wrong("hartbeat = '1s'").starts_with("hartbeat (config file f.toml): is no setting"));
    assert!(wrong("heartbeat = ['1s', '2s']").contains("one value, not a list"));
    assert!(wrong("login-url = 'a'\nlogin_url = 'b'").contains("twice"));
    assert!(gather(&["--config", "/no/such.toml"], &[]).is_err());
    assert!(gather(&[], &[("XDG_CONFIG_HOME", "/no/such")]).is_ok());
}

#[test]
fn the_other_dialect_has_its_own_hosts_and_topics() {
    let given = [
        "--dialect",
        "notifications",
        "--region",
        "eu-central-1",
        "--queue",
        "q,r",
        "--user",
        "u",
        "--conversation",
        "c",
        "--queue",
        "q",
    ];
    let config = Connection::read(&gather(&given, &LOGIN).expect("text")).expect("complete").config;
    let Auth::ClientCredentials { login_url, .. } = &config.auth else { panic!("credentials were given") };
    assert_eq!(login_url.as_str(), "https://login.mypurecloud.de");
    let Service::Notifications(service) = &config.service else { panic!("that dialect was asked for") };
    assert_eq!(service.api_url.as_str(), "https://api.mypurecloud.de");
    let topics: Vec<&str> = service.topics.iter().map(rosterline_core::Topic::as_str).collect();
    assert_eq!(
        topics[..3],
        [
            "v2.routing.queues.q.conversations",
            "v2.routing.queues.r.conversations",
            "v2.users.u.conversations"
        ]
    );
    assert_eq!(topics.len(), 13);
}
