//! `mock`: the mock server by itself.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;

use rosterline_mock::MockServer;
use rosterline_sim::{Faults, Start};
use serde::Serialize;

use crate::exit::Exit;
use crate::output::ndjson;
use crate::settings::values::{self, Dialect, Format};
use crate::settings::{Settings, Wrong};
use crate::signals::Signals;
use crate::{Failure, served};

/// What a client needs to know. It is the one line of output.
#[derive(Debug, Serialize)]
struct Served<'a> {
    kind: &'static str,
    api_url: &'a str,
    login_url: &'a str,
    /// In the `notifications` dialect each channel has its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_url: Option<&'a str>,
    client_id: &'a str,
    client_secret: &'a str,
    /// The file with the authority to trust, if it speaks TLS.
    #[serde(skip_serializing_if = "Option::is_none")]
    ca_file: Option<&'a str>,
    /// Whose conversations there are, in the `notifications` dialect.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    queues: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    users: &'a [String],
    /// A command that connects to it.
    watch: &'a str,
}

/// Serves until a signal comes.
pub(crate) async fn mock(settings: &Settings) -> Result<Exit, Failure> {
    let format = settings.need("output", |text| values::format(text, io::stdout().is_terminal()))?;
    let address: SocketAddr = settings.need("listen", values::address)?;
    let options = served::options(settings, Faults::None)?.listen(address).tls(settings.is_on("tls")?);
    let options = match settings.need("dialect", values::dialect)? {
        Dialect::Stream => options,
        // Somebody who only asks the API finds something there, too.
        Dialect::Notifications => options.start(Start::AtOnce),
    };
    let mut signals = Signals::new().map_err(Failure::Internal)?;
    let refused = |error: io::Error| settings.wrong("listen", format!("cannot listen on {address}: {error}"));
    let server = MockServer::start(options).await.map_err(refused)?;
    let authority = authority(settings, &server)?;
    announce(&server, authority.as_deref(), format)?;
    signals.next().await;
    server.stop().await;
    Ok(Exit::Ok)
}

/// Writes the authority of the server's certificate to a file, for clients to trust.
fn authority(settings: &Settings, server: &MockServer) -> Result<Option<String>, Wrong> {
    let Some(pem) = server.ca_pem() else { return Ok(None) };
    let path = match settings.text("ca-out") {
        Some(path) => PathBuf::from(path),
        None => std::env::temp_dir().join(format!("rosterline-mock-ca-{}.pem", std::process::id())),
    };
    std::fs::write(&path, pem)
        .map_err(|error| settings.wrong("ca-out", format!("cannot write {}: {error}", path.display())))?;
    Ok(Some(path.display().to_string()))
}

fn announce(server: &MockServer, authority: Option<&str>, format: Format) -> io::Result<()> {
    let (login, stream) = (server.login_url(), server.stream_url());
    let (id, secret) = (server.client_id(), server.client_secret());
    let (queues, users) = (server.queues(), server.users());
    let mut watch =
        format!("GENESYS_CLIENT_ID={id} GENESYS_CLIENT_SECRET={secret} rosterline watch --api-url {login}");
    if !queues.is_empty() {
        let _ = write!(watch, " --dialect notifications --queue {}", queues.join(","));
    }
    if let Some(path) = authority {
        let _ = write!(watch, " --ca-file {}", quoted(path));
    }
    let served = Served {
        kind: "mock",
        api_url: &login,
        login_url: &login,
        stream_url: queues.is_empty().then_some(&*stream),
        client_id: id,
        client_secret: secret,
        ca_file: authority,
        queues: &queues,
        users: &users,
        watch: &watch,
    };
    let mut out = io::stdout().lock();
    match format {
        Format::Text => {
            writeln!(out, "login   {login}/oauth/token")?;
            match queues.is_empty() {
                true => writeln!(out, "stream  {stream}")?,
                false => writeln!(out, "api     {login}")?,
            }
            writeln!(out, "client  {id}\nsecret  {secret}")?;
            queues.iter().try_for_each(|queue| writeln!(out, "queue   {queue}"))?;
            users.iter().try_for_each(|user| writeln!(out, "user    {user}"))?;
            if let Some(path) = authority {
                writeln!(out, "ca      {path}")?;
            }
            writeln!(out, "\nIn another terminal:\n\n  {watch}\n\nCtrl-C stops the server.")?;
        }
        Format::Ndjson | Format::Json | Format::Csv => {
            ndjson::write(&mut out, &served)?;
            out.write_all(b"\n")?;
        }
    }
    out.flush()
}

/// A path as a shell takes it for one word.
fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:".contains(c);
    if path.chars().all(plain) { path.to_string() } else { format!("'{}'", path.replace('\'', "'\\''")) }
}
