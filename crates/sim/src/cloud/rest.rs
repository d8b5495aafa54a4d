//! The routes of the API (docs/notifications-mock.md).

use std::time::Duration;

use rosterline_core::{Id, Timestamp, UnixMillis};
use serde_json::{Value, json};

use super::channels::{TOPICS, about, expand};
use super::conversation::Conversation;
use super::{CHANNEL_PATH, Cloud, errors, shapes};
use crate::server::{Answer, Request, Response, spoil};

/// The window of the request budget.
const MINUTE: Duration = Duration::from_secs(60);
/// The most conversations on a page of the details query; without a word there are 25.
const PAGE: usize = 100;
/// The details query gives no more results than this.
const RESULTS: usize = 100_000;

impl Cloud {
    pub(super) fn api(&mut self, request: &Request<'_>) -> Answer {
        let route = request.route().to_owned();
        let Some(path) = route.strip_prefix("/api/v2/") else {
            return respond(errors::not_found(), Duration::ZERO);
        };
        let token = match self.bearer(request) {
            Ok(token) => token,
            Err(refusal) => return respond(self.dressed(refusal, None), Duration::ZERO),
        };
        let quota = self.count(token.expose());
        if quota.0 > self.config.requests {
            let wait = quota.1.to_string();
            let message = format!("Rate limit exceeded the maximum. Retry the request in [{wait}] seconds");
            let refusal =
                errors::error(429, "too.many.requests.retry.after", &message).with("retry-after", wait);
            return respond(self.dressed(refusal, Some(quota)), Duration::ZERO);
        }
        let parts: Vec<&str> = path.split('/').collect();
        let about_channels = parts[0] == "notifications";
        let rules = if about_channels { &mut self.rules.channels } else { &mut self.rules.queries };
        let fault = rules.first().map_or(Ok(Duration::ZERO), spoil);
        let (response, delay) = match fault {
            Err(response) => (errors::of_status(response), Duration::ZERO),
            Ok(delay) => (self.route(request, &parts, token.expose()), delay),
        };
        respond(self.dressed(response, Some(quota)), delay)
    }

    fn route(&mut self, request: &Request<'_>, parts: &[&str], token: &str) -> Response {
        match (request.method, parts) {
            ("POST", ["notifications", "channels"]) => self.create_channel(request, token),
            ("GET", ["notifications", "channels"]) => self.list_channels(),
            ("HEAD" | "GET", ["notifications", "channels", id]) => {
                match self.channels.all.contains_key(*id) {
                    true => Response::json(200, String::new()),
                    false => errors::not_found(),
                }
            }
            (method, ["notifications", "channels", id, "subscriptions"]) => {
                self.subscriptions(request, method, id)
            }
            ("GET", ["notifications", "availabletopics"]) => available_topics(),
            ("GET", ["conversations"]) => json_of(&json!({ "entities": [] })),
            ("GET", ["conversations", id]) => match self.conversations.get(&Id::new(id)) {
                Some(conversation) => json_of(&shapes::rest(conversation)),
                None => {
                    errors::error(404, "conversation.error.conversation.not.found", "Conversation not found.")
                }
            },
            ("POST", ["analytics", "conversations", "details", "query"]) => self.details_query(request),
            ("GET", ["analytics", "conversations", id, "details"]) => {
                match self.conversations.get(&Id::new(id)) {
                    Some(conversation) => json_of(&shapes::analytics(conversation, self.visible())),
                    None => errors::not_found(),
                }
            }
            ("GET", ["analytics", "conversations", "details"]) => self.details_list(request),
            ("GET", ["routing", "queues"]) => page_of(request, &self.queues, "Queue"),
            ("GET", ["users"]) => page_of(request, &self.users, "User"),
            ("GET", ["users", id]) => match self.users.iter().position(|user| user.to_string() == *id) {
                Some(at) => json_of(&json!({ "id": id, "name": format!("User {}", at + 1) })),
                None => errors::not_found(),
            },
            _ => errors::not_found(),
        }
    }

    /// Counts a request. How many there were in this minute, and for how many seconds it still lasts.
    fn count(&mut self, token: &str) -> (u32, u64) {
        let now = self.now;
        let fresh = (now, 0);
        let (since, count) = self.used.entry(token.to_owned()).or_insert(fresh);
        if now.since(*since) >= MINUTE {
            (*since, *count) = fresh;
        }
        *count += 1;
        let left = (MINUTE.saturating_sub(now.since(*since))).as_secs().max(1);
        let answer = (*count, left);
        self.used.retain(|_, (since, _)| now.since(*since) < 2 * MINUTE);
        answer
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

    fn create_channel(&mut self, request: &Request<'_>, token: &str) -> Response {
        let (now, wall) = (self.now, self.wall());
        let (id, evicted) = self.channels.create(token, now, wall);
        if let Some((id, channel)) = evicted {
            self.gone(&id, channel);
        }
        let host = request.header("host").unwrap_or("localhost").to_owned();
        let expires = self.channels.all[&id].expires_wall;
        json_of(&self.channel(&host, &id, expires))
    }

    fn channel(&self, host: &str, id: &str, expires: UnixMillis) -> Value {
        let scheme = if self.config.tls { "wss" } else { "ws" };
        json!({ "connectUri": format!("{scheme}://{host}{CHANNEL_PATH}{id}"), "id": id, "expires": expires.to_string() })
    }

    fn list_channels(&self) -> Response {
        let all: Vec<Value> =
            self.channels.all.iter().map(|(id, it)| self.channel("localhost", id, it.expires_wall)).collect();
        json_of(&json!({ "entities": all }))
    }

    fn subscriptions(&mut self, request: &Request<'_>, method: &str, id: &str) -> Response {
        let Some(channel) = self.channels.all.get(id) else { return errors::not_found() };
        match method {
            "GET" => return listing(channel.topics.iter().map(|topic| permitted(topic)).collect()),
            "DELETE" => {
                self.set_topics(id, Vec::new());
                return Response::json(200, String::new());
            }
            "POST" | "PUT" => {}
            _ => return errors::error(405, "bad.request", "there are GET, POST, PUT and DELETE"),
        }
        let Some(asked) = topics_of(request.body) else {
            return errors::bad_request(
                "The request could not be understood by the server due to malformed syntax.",
            );
        };
        let lenient = request.path.split('?').nth(1).is_some_and(|query| query.contains("ignoreErrors=true"));
        let mut topics = if method == "PUT" { Vec::new() } else { channel.topics.clone() };
        let mut rows = Vec::new();
        for topic in asked {
            match self.refusal(&topic) {
                None => {
                    rows.push(permitted(&topic));
                    if !topics.contains(&topic) {
                        topics.push(topic);
                    }
                }
                Some((refusal, _)) if !lenient => return refusal,
                Some((_, row)) => rows.push(row),
            }
        }
        if topics.len() > TOPICS {
            return errors::error(
                400,
                "notification.subscription.too.many.subscriptions",
                "Too many subscriptions",
            );
        }
        self.set_topics(id, topics);
        listing(rows)
    }

    /// Why a topic is refused: as an answer, and as a row of one.
    fn refusal(&self, topic: &str) -> Option<(Response, Value)> {
        if topic.len() >= 200 || expand(topic).iter().any(|name| about(name).is_none()) {
            let message = "The subscription topic is not valid.";
            let refusal = errors::error(400, "notification.invalid.topic", message);
            return Some((refusal, rejected(topic, message, None)));
        }
        let (_, permission) = self.config.forbidden.iter().find(|(part, _)| topic.contains(part.as_str()))?;
        let message =
            format!("The user does not have permission \"{permission}\" required for topic \"{topic}\"");
        let refusal = errors::error(403, "notification.unauthorized.topic", &message);
        Some((refusal, rejected(topic, &message, Some(permission))))
    }

    fn set_topics(&mut self, id: &str, topics: Vec<String>) {
        let (now, wall) = (self.now, self.wall());
        if let Some(channel) = self.channels.all.get_mut(id) {
            channel.topics = topics;
        }
        self.channels.extend(id, now, wall);
        self.start();
    }

    /// A subscription over the socket: `result`, `status`, `message` and the topics of its answer.
    pub(super) fn subscribe_by_socket(
        &mut self,
        id: &str,
        asked: Vec<String>,
        add: bool,
    ) -> (&'static str, &'static str, Option<String>, Vec<String>) {
        let Some(channel) = self.channels.all.get(id) else {
            return ("404", "error", Some("Channel not found.".into()), Vec::new());
        };
        if asked.is_empty() {
            let message = format!(
                "Required data missing from {} request.",
                if add { "subscribe" } else { "unsubscribe" }
            );
            return ("400", "error", Some(message), Vec::new());
        }
        let mut topics = channel.topics.clone();
        topics.retain(|topic| !asked.contains(topic));
        if add {
            if let Some(bad) = asked.iter().find(|topic| self.refusal(topic).is_some()) {
                return ("400", "failure", Some(format!("{bad} is not permitted")), Vec::new());
            }
            topics.extend(asked.iter().cloned());
            if topics.len() > TOPICS {
                return ("400", "failure", Some("Too many subscriptions".into()), Vec::new());
            }
        }
        self.set_topics(id, topics);
        ("200", if add { "subscribed" } else { "unsubscribed" }, None, asked)
    }

    /// Up to when the analytics know everything.
    fn visible(&self) -> UnixMillis {
        let lag = i64::try_from(self.config.lag.as_millis()).unwrap_or(i64::MAX);
        UnixMillis(self.wall().0.saturating_sub(lag))
    }

    fn details_query(&mut self, request: &Request<'_>) -> Response {
        let Ok(query) = serde_json::from_slice::<Value>(request.body) else {
            return errors::bad_request(
                "The request could not be understood by the server due to malformed syntax.",
            );
        };
        let Some((from, to)) = query["interval"].as_str().and_then(interval) else {
            return errors::bad_request(
                "interval is required, as 2024-05-01T00:00:00.000Z/2024-05-01T01:00:00.000Z",
            );
        };
        let number = |name: &str, default: usize| {
            query["paging"][name]
                .as_u64()
                .map_or(default, |number| usize::try_from(number).unwrap_or(usize::MAX))
        };
        let (size, page) = (number("pageSize", 25), number("pageNumber", 1));
        if size == 0 || size > PAGE || page == 0 {
            return errors::bad_request("pageSize has to be 1 to 100, pageNumber 1 or more");
        }
        if size.saturating_mul(page) > RESULTS {
            return errors::bad_request("Pagination may not exceed 100000 results");
        }
        let visible = self.visible();
        let matches = |conversation: &&Conversation| {
            // What started on a day that the interval touches (the trap of section 6).
            let day = |at: UnixMillis| at.0.div_euclid(86_400_000);
            let started = (day(from)..=day(to)).contains(&day(conversation.started));
            let seen = conversation.started <= visible;
            seen && started
                && passes(&query["conversationFilters"], &|it| end_matches(it, conversation, visible))
                && passes(&query["segmentFilters"], &|it| segment_matches(it, conversation))
        };
        let mut all: Vec<&Conversation> =
            self.order.iter().filter_map(|id| self.conversations.get(id)).filter(matches).collect();
        if query["order"].as_str() == Some("desc") {
            all.reverse();
        }
        let here: Vec<Value> =
            all.iter().skip(size * (page - 1)).take(size).map(|it| shapes::analytics(it, visible)).collect();
        let mut out = json!({ "totalHits": all.len() });
        if !here.is_empty() {
            out["conversations"] = here.into();
        }
        json_of(&out)
    }

    fn details_list(&self, request: &Request<'_>) -> Response {
        let query = request.path.split('?').nth(1).unwrap_or_default();
        let ids = query.split('&').find_map(|part| part.strip_prefix("id=")).unwrap_or_default();
        let ids = ids.replace("%2C", ",").replace("%2c", ",");
        let found: Vec<Value> = ids
            .split(',')
            .filter_map(|id| self.conversations.get(&Id::new(id)))
            .map(|conversation| shapes::analytics(conversation, self.visible()))
            .collect();
        json_of(&if found.is_empty() { json!({}) } else { json!({ "conversations": found }) })
    }
}

fn respond(response: Response, delay: Duration) -> Answer {
    Answer::Respond { response, delay }
}

fn json_of(value: &Value) -> Response {
    Response::json(200, value.to_string())
}

/// The topics of a list `[{"id":…}]`.
fn topics_of(body: &[u8]) -> Option<Vec<String>> {
    let list: Vec<Value> = serde_json::from_slice(body).ok()?;
    list.iter().map(|it| it["id"].as_str().map(str::to_owned)).collect()
}

fn permitted(topic: &str) -> Value {
    json!({ "id": topic, "state": "Permitted", "selfUri": format!("/api/v2/notifications/availabletopics/{topic}") })
}

fn rejected(topic: &str, why: &str, permission: Option<&String>) -> Value {
    let mut row = json!({ "id": topic, "state": "Rejected", "rejectionReason": why });
    if let Some(permission) = permission {
        row["missingPermissions"] = json!([permission]);
    }
    row
}

fn listing(rows: Vec<Value>) -> Response {
    json_of(&json!({ "entities": rows }))
}

fn available_topics() -> Response {
    let topic = |id: &str, permission: &str| json!({ "id": id, "visibility": "Public", "transports": ["All"], "requiresPermissions": [permission] });
    json_of(&json!({ "entities": [
        topic("v2.routing.queues.{id}.conversations", "routing:queue:view"),
        topic("v2.users.{id}.conversations", "conversation:communication:view"),
        topic("v2.detail.events.conversation.{id}.user.start", "analytics:conversationDetail:view"),
    ] }))
}

/// A page of entities, as the lists of queues and users are.
fn page_of(request: &Request<'_>, ids: &[Id], what: &str) -> Response {
    let query = request.path.split('?').nth(1).unwrap_or_default();
    let number = |name: &str, default: usize| {
        let text = query.split('&').find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
        text.and_then(|text| text.parse().ok()).filter(|number| *number > 0).unwrap_or(default)
    };
    let (size, page) = (number("pageSize", 25).min(500), number("pageNumber", 1));
    let all = ids
        .iter()
        .enumerate()
        .map(|(at, id)| json!({ "id": id.to_string(), "name": format!("{what} {}", at + 1) }));
    let entities: Vec<Value> = all.skip(size.saturating_mul(page - 1)).take(size).collect();
    json_of(&json!({ "entities": entities, "pageSize": size, "pageNumber": page, "total": ids.len(),
        "pageCount": ids.len().div_ceil(size) }))
}

fn interval(text: &str) -> Option<(UnixMillis, UnixMillis)> {
    let (from, to) = text.split_once('/')?;
    let time = |text: &str| Timestamp::parse(text).map(Timestamp::unix_millis);
    Some((time(from)?, time(to)?)).filter(|(from, to)| from <= to)
}

/// Whether all filters pass: each of them by all of its predicates, or by one.
fn passes(filters: &Value, predicate: &dyn Fn(&Value) -> bool) -> bool {
    filters.as_array().is_none_or(|filters| {
        filters.iter().all(|filter| {
            let predicates = filter["predicates"].as_array().map_or(&[][..], Vec::as_slice);
            match filter["type"].as_str() {
                Some("or") => predicates.is_empty() || predicates.iter().any(predicate),
                _ => predicates.iter().all(predicate),
            }
        })
    })
}

fn end_matches(predicate: &Value, conversation: &Conversation, visible: UnixMillis) -> bool {
    let end = conversation.ended().filter(|end| *end <= visible);
    match (predicate["dimension"].as_str(), predicate["operator"].as_str()) {
        (Some("conversationEnd"), Some("notExists")) => end.is_none(),
        (Some("conversationEnd"), Some("exists")) => end.is_some(),
        (Some("conversationEnd"), _) => {
            let within = predicate["value"].as_str().and_then(interval);
            end.zip(within).is_some_and(|(end, (from, to))| from <= end && end <= to)
        }
        (Some("conversationId"), _) => predicate["value"].as_str() == Some(&conversation.id.to_string()),
        _ => true,
    }
}

fn segment_matches(predicate: &Value, conversation: &Conversation) -> bool {
    let id = Id::new(predicate["value"].as_str().unwrap_or_default());
    match predicate["dimension"].as_str() {
        Some("queueId") => conversation.concerns_queue(&id),
        Some("userId") => conversation.concerns_user(&id),
        Some("purpose") => {
            conversation.seen().any(|party| predicate["value"].as_str() == Some(party.role.purpose))
        }
        _ => true,
    }
}
