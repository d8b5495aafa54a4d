//! The routes of the API, and what every answer of it has (docs/notifications-mock.md).

use std::time::Duration;

use rosterline_core::{Id, UnixMillis};
use serde_json::{Value, json};

use super::{CHANNEL_PATH, Cloud, shapes, subscriptions};
use crate::errors;
use crate::server::{Answer, Request, Response};

/// The window of the request budget.
const MINUTE: Duration = Duration::from_secs(60);
/// The most entities on a page of queues or users.
const PAGE: usize = 500;

/// Who asks.
pub(super) struct Caller {
    pub(super) client: String,
    pub(super) token: String,
}

impl Cloud {
    pub(super) fn api(&mut self, request: &Request<'_>) -> Answer {
        let Some(path) = request.route().strip_prefix("/api/v2/") else {
            return respond(errors::not_found(), Duration::ZERO);
        };
        let (response, quota, delay) = match self.caller(request) {
            Err(refusal) => (refusal, None, Duration::ZERO),
            Ok(caller) => {
                let quota = self.count(&caller.token);
                let (response, delay) = match quota.0 > self.config.requests {
                    true => (errors::too_many(&quota.1.to_string()), Duration::ZERO),
                    false => self.unless_spoiled(request, path, &caller),
                };
                (response, Some(quota), delay)
            }
        };
        let mut response = self.dressed(response, quota);
        if request.method == "HEAD" {
            response.body.clear();
        }
        respond(response, delay)
    }

    fn unless_spoiled(&mut self, request: &Request<'_>, path: &str, caller: &Caller) -> (Response, Duration) {
        let parts: Vec<&str> = path.split('/').collect();
        let about_channels = parts.first() == Some(&"notifications");
        let rules = if about_channels { &mut self.rules.channels } else { &mut self.rules.queries };
        match errors::spoiled(rules.first()) {
            Err(response) => (response, Duration::ZERO),
            Ok(delay) => (self.route(request, &parts, caller), delay),
        }
    }

    fn route(&mut self, request: &Request<'_>, parts: &[&str], caller: &Caller) -> Response {
        match (parts, request.method) {
            (["notifications", "channels"], "POST") => self.create_channel(request, caller),
            (["notifications", "channels"], "GET") => self.list_channels(request, caller),
            (["notifications", "channels"], _) => errors::wrong_method("GET, POST"),
            (["notifications", "channels", id], "HEAD") => {
                let channel = self.channels.all.get(*id);
                match channel.is_some_and(|channel| channel.client == caller.client) {
                    true => empty(),
                    false => errors::not_found(),
                }
            }
            (["notifications", "channels", _], _) => errors::wrong_method("HEAD"),
            (["notifications", "channels", id, "subscriptions"], _) => {
                self.subscriptions(request, &caller.client, id)
            }
            (["analytics", "conversations", "details", "query"], "POST") => self.details_query(request),
            (["analytics", "conversations", "details", "query"], _) => errors::wrong_method("POST"),
            (known, "GET") => self.get(request, known),
            (known, _) if self.get(request, known).status == 200 => errors::wrong_method("GET"),
            _ => errors::not_found(),
        }
    }

    /// What can only be read.
    fn get(&self, request: &Request<'_>, parts: &[&str]) -> Response {
        match parts {
            ["notifications", "availabletopics"] => subscriptions::available(),
            // The conversations of the user who asks, and a client is none.
            ["conversations"] => json_of(&json!({ "entities": [] })),
            ["conversations", id] => match self.conversations.get(&Id::new(id)) {
                Some(conversation) => json_of(&shapes::rest(conversation)),
                None => {
                    errors::error(404, "conversation.error.conversation.not.found", "Conversation not found.")
                }
            },
            ["analytics", "conversations", "details"] => self.details_of_some(request),
            ["analytics", "conversations", id, "details"] => self.details_of_one(id),
            ["routing", "queues"] => page_of(request, &self.queues, "Queue"),
            ["users"] => page_of(request, &self.users, "User"),
            ["users", id] => match self.users.iter().position(|user| user.to_string() == *id) {
                Some(at) => json_of(&json!({ "id": id, "name": format!("User {}", at + 1) })),
                None => errors::not_found(),
            },
            _ => errors::not_found(),
        }
    }

    /// The holder of the token that a request brings.
    fn caller(&self, request: &Request<'_>) -> Result<Caller, Response> {
        let token = errors::bearer(request)?;
        match self.tokens.client(token, self.now) {
            Some(client) => Ok(Caller { client: client.to_owned(), token: token.to_owned() }),
            None => Err(errors::error(401, "bad.credentials", "Invalid login credentials.")),
        }
    }

    /// Counts a request. How many there were in this minute, and for how many seconds it still lasts.
    fn count(&mut self, token: &str) -> (u32, u64) {
        let now = self.now;
        self.used.retain(|_, (since, _)| now.since(*since) < MINUTE);
        let (since, count) = self.used.entry(token.to_owned()).or_insert((now, 0));
        *count = count.saturating_add(1);
        let left = MINUTE.saturating_sub(now.since(*since));
        // Whoever waits that long must not come too early.
        (*count, left.as_millis().div_ceil(1000) as u64)
    }

    /// With the headers that every answer of the API has.
    fn dressed(&mut self, response: Response, quota: Option<(u32, u64)>) -> Response {
        let response = response.with("inin-correlation-id", self.correlation());
        let Some((count, reset)) = quota else { return response };
        response
            .with("inin-ratelimit-count", count.to_string())
            .with("inin-ratelimit-allowed", self.config.requests.to_string())
            .with("inin-ratelimit-reset", reset.to_string())
    }

    fn create_channel(&mut self, request: &Request<'_>, caller: &Caller) -> Response {
        let (now, wall) = (self.now, self.wall());
        let (id, evicted) = self.channels.create(&caller.client, &caller.token, now, wall);
        if let Some((_, channel)) = evicted {
            self.gone(&channel);
        }
        let expires = self.channels.all.get(&id).map_or(wall, |channel| channel.expires_wall);
        json_of(&self.channel(request, &id, expires))
    }

    /// A channel as the API shows it. Its address is on the host that was asked.
    fn channel(&self, request: &Request<'_>, id: &str, expires: UnixMillis) -> Value {
        let scheme = if self.config.tls { "wss" } else { "ws" };
        let host = request.header("host").unwrap_or("localhost");
        json!({ "connectUri": format!("{scheme}://{host}{CHANNEL_PATH}{id}"), "id": id, "expires": expires.to_string() })
    }

    /// The channels that a token made, or all of its client.
    fn list_channels(&self, request: &Request<'_>, caller: &Caller) -> Response {
        let of_client = request.query("includechannels") == Some("oauthclient");
        let all = self.channels.all.iter().filter(|(_, channel)| match of_client {
            true => channel.client == caller.client,
            false => channel.token == caller.token,
        });
        let all: Vec<Value> = all.map(|(id, it)| self.channel(request, id, it.expires_wall)).collect();
        json_of(&json!({ "entities": all }))
    }
}

fn respond(response: Response, delay: Duration) -> Answer {
    Answer::Respond { response, delay }
}

pub(super) fn json_of(value: &Value) -> Response {
    Response::json(200, value.to_string())
}

/// 200, and no more to say.
pub(super) fn empty() -> Response {
    Response { status: 200, headers: Vec::new(), body: String::new() }
}

/// A page of entities, as the lists of queues and users are.
fn page_of(request: &Request<'_>, ids: &[Id], what: &str) -> Response {
    let number = |name: &str, default: usize| {
        let given = request.query(name).and_then(|text| text.parse().ok());
        given.filter(|number| *number > 0).unwrap_or(default)
    };
    let (size, page) = (number("pageSize", 25).min(PAGE), number("pageNumber", 1));
    let all = ids
        .iter()
        .enumerate()
        .map(|(at, id)| json!({ "id": id.to_string(), "name": format!("{what} {}", at + 1) }));
    let entities: Vec<Value> = all.skip(size.saturating_mul(page - 1)).take(size).collect();
    json_of(&json!({ "entities": entities, "pageSize": size, "pageNumber": page, "total": ids.len(),
        "pageCount": ids.len().div_ceil(size) }))
}
