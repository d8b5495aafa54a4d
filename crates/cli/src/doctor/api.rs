//! What the REST API of the `notifications` dialect permits (docs/notifications.md, sections 1 and 6).

use std::io;
use std::time::Duration;

use rosterline_core::config::Notifications;
use rosterline_core::token::Keeper;
use rosterline_core::{Cause, Endpoint, Secret, Step};
use rosterline_driver::{Answer, Runtime as _};
use serde_json::Value;

use super::Doctor;

const CHANNELS: usize = Notifications::CHANNELS;
/// An id that is nobody's.
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

impl Doctor {
    /// Asks for everything that a session asks for, but for the channel. Whether a session can begin.
    pub(super) async fn ask_api(
        &mut self,
        api: &Endpoint,
        keeper: &Keeper,
        token: &Secret,
    ) -> io::Result<bool> {
        let channels =
            self.ask("GET", api.join("/api/v2/notifications/channels"), token, String::new()).await;
        let (answer, took) = match channels {
            Ok(found) => found,
            Err((cause, took)) => return self.fail("quota", &cause, took).map(|()| false),
        };
        match answer.status {
            200 => self.quota(&answer, took)?,
            401 => {
                let (status, message) = (error_code(&answer, keeper), "".into());
                let cause = Cause::Refused { step: Step::Channel, status: status.into(), message };
                let advice = "the token is not valid (any longer) in this region; check region and client";
                let verdict = super::Verdict::Failed(crate::exit::Exit::Refused);
                self.findings.add("token", verdict, &cause.to_string(), advice, took)?;
                return Ok(false);
            }
            _ => {
                let said =
                    format!("how many channels there are is not told: {}", error_code(&answer, keeper));
                self.findings.warn(
                    "quota",
                    &said,
                    "nothing to do, as long as there are less than 20",
                    took,
                )?;
            }
        }
        let path = format!("/api/v2/conversations/{NOBODY}");
        let asked = self.ask("GET", api.join(&path), token, String::new()).await;
        self.permission("conversations", "conversation:communication:view", &[200, 404], asked, keeper)?;
        let now = self.runtime.wall();
        let from = rosterline_core::UnixMillis(now.0.saturating_sub(60_000));
        let body = format!(r#"{{"interval":"{from}/{now}","paging":{{"pageSize":1,"pageNumber":1}}}}"#);
        let url = api.join("/api/v2/analytics/conversations/details/query");
        let asked = self.ask("POST", url, token, body).await;
        self.permission("analytics", "analytics:conversationDetail:view", &[200], asked, keeper)?;
        Ok(true)
    }

    async fn ask(
        &self,
        method: &'static str,
        url: String,
        token: &Secret,
        body: String,
    ) -> Result<(Answer, Duration), (Cause, Duration)> {
        let began = self.runtime.now();
        let answer = self.call_with(method, url, token, body).await;
        let took = self.runtime.now().since(began);
        answer.map(|answer| (answer, took)).map_err(|cause| (cause, took))
    }

    fn quota(&mut self, answer: &Answer, took: Duration) -> io::Result<()> {
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let count = body["entities"].as_array().map_or(0, Vec::len);
        let said = format!("{count} of {CHANNELS} channels are taken");
        // A session needs one, and a second for a moment when it moves.
        if count + 2 <= CHANNELS {
            return self.findings.note("quota", &said, took);
        }
        let advice = "a channel too many takes the place of the one that was used least: give each program an OAuth client of its own";
        self.findings.warn("quota", &said, advice, took)
    }

    /// Whether gaps can be filled this way. A session works without it.
    fn permission(
        &mut self,
        name: &'static str,
        permission: &str,
        good: &[u16],
        asked: Result<(Answer, Duration), (Cause, Duration)>,
        keeper: &Keeper,
    ) -> io::Result<()> {
        let (answer, took) = match asked {
            Ok(found) => found,
            Err((cause, took)) => {
                return self.findings.warn(
                    name,
                    &cause.to_string(),
                    "try again; without it gaps stay open",
                    took,
                );
            }
        };
        if good.contains(&answer.status) {
            return self.findings.note(name, "what was missed in a gap can be asked for", took);
        }
        let code = error_code(&answer, keeper);
        let advice = match answer.status {
            403 => format!(
                "give a role of the OAuth client the permission {permission}; without it gaps stay open"
            ),
            429 => "the requests of this OAuth client are used up for the moment; give each program its own"
                .to_string(),
            _ => "try again; without it gaps stay open".to_string(),
        };
        self.findings.warn(name, &code, &advice, took)
    }
}

/// What the API calls the trouble, or the status.
fn error_code(answer: &Answer, keeper: &Keeper) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    match body["code"].as_str() {
        Some(code) if !code.is_empty() => format!("HTTP status {}, {}", answer.status, keeper.scrub(code)),
        _ => format!("HTTP status {}", answer.status),
    }
}
