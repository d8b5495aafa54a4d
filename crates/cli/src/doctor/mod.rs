//! `doctor`: whatever stands between this machine and a live session, looked at one after another, with what to do about it.

mod api;
mod findings;
mod live;
mod reach;

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use rosterline_core::token::{Ask, Keeper};
use rosterline_core::{Auth, Call, Cause, Config, Endpoint, RequestId, Secret, Service, Step};
use rosterline_driver::{Answer, Runtime as _, Trouble};
use rosterline_net::Adapter;
use rosterline_render::Paint;
use rosterline_tokio::Tokio;

use crate::Failure;
use crate::exit::Exit;
use crate::settings::session::Connection;
use crate::settings::values::{self, Format};
use crate::settings::{Settings, Wrong};
use crate::watch::client;
use findings::{Findings, Verdict};

/// No single step is waited for longer than this: whatever answers, answers sooner.
const PATIENCE: Duration = Duration::from_secs(15);

/// Looks at everything that the settings name. What builds on something that failed is not looked at.
pub(crate) async fn doctor(settings: &Settings) -> Result<Exit, Failure> {
    let findings = findings(settings)?;
    let connection = Connection::read(settings)?;
    let runtime = client::<Tokio>(settings, &connection)?.runtime().clone();
    let proxied = connection.proxy.is_some();
    let mut doctor = Doctor { config: connection.config, runtime, proxied, findings };
    doctor.examine().await?;
    Ok(doctor.findings.finish()?)
}

fn findings(settings: &Settings) -> Result<Findings, Wrong> {
    let terminal = io::stdout().is_terminal();
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let format = settings.need("output", |text| values::format(text, terminal))?;
    if format == Format::Csv {
        return Err(settings.wrong("output", "has no csv here; take text, ndjson or json"));
    }
    let paint = Paint(settings.need("color", |text| values::color(text, terminal, no_color))?);
    Ok(Findings::new(format, paint))
}

struct Doctor {
    config: Config,
    runtime: Adapter<Tokio>,
    proxied: bool,
    findings: Findings,
}

impl Doctor {
    async fn examine(&mut self) -> io::Result<()> {
        for host in self.hosts() {
            self.reach(&host).await?;
        }
        if self.findings.has_failed() {
            return Ok(());
        }
        let Some(keeper) = self.token().await? else { return Ok(()) };
        let now = self.runtime.now();
        let Some(token) = keeper.usable(now).cloned() else { return Ok(()) };
        if let Service::Notifications(service) = &self.config.service {
            let api = service.api_url.clone();
            if !self.ask_api(&api, &keeper, &token).await? {
                return Ok(());
            }
        }
        self.live(token).await
    }

    /// The servers that are talked to, each once; that of the stream as HTTP.
    fn hosts(&self) -> Vec<Endpoint> {
        let login = match &self.config.auth {
            Auth::ClientCredentials { login_url, .. } => Some(login_url.as_str().to_string()),
            Auth::Token(_) | Auth::External => None,
        };
        let server = match &self.config.service {
            // A WebSocket begins as HTTP: `ws` is `http`, and `wss` is `https`.
            Service::Stream { url, .. } => url.as_str().replacen("ws", "http", 1),
            Service::Notifications(service) => service.api_url.as_str().to_string(),
        };
        let mut hosts: Vec<Endpoint> = Vec::new();
        let all = login.iter().chain([&server]).filter_map(|url| Endpoint::new(url).ok());
        for url in all {
            if !hosts.iter().any(|known| (known.host(), known.port()) == (url.host(), url.port())) {
                hosts.push(url);
            }
        }
        hosts
    }

    /// Gets a token, as a session does.
    async fn token(&mut self) -> io::Result<Option<Keeper>> {
        let mut keeper = Keeper::new(self.config.auth.clone(), &self.config.reconnect, self.config.seed);
        let began = self.runtime.now();
        let Some(Ask::Call(call)) = keeper.ask(RequestId(1)) else {
            self.findings.note(
                "token",
                "it is given; what comes next shows whether it is accepted",
                began.since(began),
            )?;
            return Ok(Some(keeper));
        };
        let answer = self.call(call).await;
        let now = self.runtime.now();
        let result = match &answer {
            None => keeper.timed_out(now),
            Some(answer) => {
                let lent = answer.as_ref().map(Answer::lend).map_err(Trouble::lend);
                keeper.replied(lent, now, self.runtime.wall())
            }
        };
        let took = now.since(began);
        match result {
            Ok(()) => {
                let life = keeper.lifetime(now).unwrap_or_default();
                let said = format!("the login gave one for {} s", life.as_secs());
                if life < Duration::from_secs(300) {
                    let advice =
                        "let the OAuth client give tokens that last longer; each renewal costs a new channel";
                    self.findings.warn("token", &said, advice, took)?;
                } else {
                    self.findings.note("token", &said, took)?;
                }
                Ok(Some(keeper))
            }
            Err(cause) => {
                self.fail("token", &cause, took)?;
                Ok(None)
            }
        }
    }

    /// Something is wrong by this cause.
    fn fail(&mut self, name: &'static str, cause: &Cause, took: Duration) -> io::Result<()> {
        self.fail_with(name, &cause.to_string(), cause, took)
    }

    /// The same in other words.
    fn fail_with(&mut self, name: &'static str, said: &str, cause: &Cause, took: Duration) -> io::Result<()> {
        let exit = if is_refusal(cause) { Exit::Refused } else { Exit::NeverConnected };
        let advice = match cause.hint() {
            "" => "try again; if it stays so, ask whoever runs the server",
            hint => hint,
        };
        self.findings.add(name, Verdict::Failed(exit), said, advice, took)
    }

    /// Makes a request; `None` if it takes too long.
    async fn call(&self, call: Call) -> Option<Result<Answer, Trouble>> {
        tokio::time::timeout(PATIENCE, self.runtime.call(call)).await.ok()
    }

    /// A request with a token.
    async fn call_with(
        &self,
        method: &'static str,
        url: String,
        token: &Secret,
        body: String,
    ) -> Result<Answer, Cause> {
        let mut headers = vec![
            ("authorization", Secret::new(format!("Bearer {}", token.expose()))),
            ("accept", "application/json".into()),
        ];
        if !body.is_empty() {
            headers.push(("content-type", "application/json".into()));
        }
        let call = Call { method, url: Secret::new(url), headers, body, max_body: 1 << 20 };
        match self.call(call).await {
            None => Err(Cause::Timeout(Step::Channel)),
            Some(Ok(answer)) => Ok(answer),
            Some(Err(Trouble { kind, detail })) => Err(Cause::Network { step: None, kind, detail }),
        }
    }
}

/// Whether somebody said no, rather than nothing.
fn is_refusal(cause: &Cause) -> bool {
    match cause {
        Cause::Refused { .. } => true,
        Cause::Http { status, .. } => matches!(status, 401 | 403),
        Cause::Exhausted { last, .. } => is_refusal(last),
        Cause::Requested
        | Cause::Overflow
        | Cause::Network { .. }
        | Cause::Timeout(_)
        | Cause::BadToken(_)
        | Cause::BadReply { .. }
        | Cause::ChannelGone
        | Cause::ChannelTaken
        | Cause::ChannelContention { .. }
        | Cause::Closed { .. }
        | Cause::Protocol { .. }
        | Cause::BadFrames { .. }
        | _ => false,
    }
}
