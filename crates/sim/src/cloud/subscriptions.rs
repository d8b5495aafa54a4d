//! What channels are subscribed to, by the API and by their sockets (docs/notifications-mock.md).

use serde_json::{Value, json};

use super::channels::TOPICS;
use super::topics::{DETAILS, LISTS, LONGEST, about, expand};
use super::{Cloud, rest};
use crate::errors;
use crate::server::{Request, Response};

/// Why a topic is refused.
pub(super) enum Refusal {
    /// There is no such topic.
    Unknown,
    /// This permission is missing.
    Forbidden(String),
}

/// The answer to a subscription over the socket: `result`, `status`, `message` and the topics.
pub(super) type Heard = (&'static str, &'static str, Option<String>, Vec<String>);

impl Cloud {
    /// Everything about the subscriptions of a channel.
    pub(super) fn subscriptions(&mut self, request: &Request<'_>, client: &str, id: &str) -> Response {
        let channel = self.channels.all.get(id).filter(|channel| channel.client == client);
        let Some(channel) = channel else { return errors::not_found() };
        match request.method {
            "GET" => return listing(channel.topics.iter().map(|topic| permitted(topic)).collect()),
            "DELETE" => {
                self.set_topics(id, Vec::new(), false);
                return rest::empty();
            }
            "POST" | "PUT" => {}
            _ => return errors::wrong_method("GET, POST, PUT, DELETE"),
        }
        let Some(asked) = asked_for(request.body) else { return errors::malformed() };
        let before = if request.method == "PUT" { Vec::new() } else { channel.topics.clone() };
        match self.agreed(before, asked, request.query("ignoreErrors") == Some("true")) {
            Ok((topics, rows)) => {
                self.set_topics(id, topics, true);
                listing(rows)
            }
            Err(refusal) => refusal,
        }
    }

    /// The topics that a channel has with those that are asked for, and a row for each of these.
    fn agreed(
        &self,
        mut topics: Vec<String>,
        asked: Vec<String>,
        lenient: bool,
    ) -> Result<(Vec<String>, Vec<Value>), Response> {
        let mut rows = Vec::new();
        for topic in asked {
            let names = expand(&topic);
            let refused: Vec<(String, Refusal)> = match topic.len() > LONGEST {
                true => vec![(topic.clone(), Refusal::Unknown)],
                false => names.iter().filter_map(|name| Some((name.clone(), self.refusal(name)?))).collect(),
            };
            if let (false, Some((name, refusal))) = (lenient, refused.first()) {
                return Err(refusal.answer(name));
            }
            match refused.first() {
                Some((_, refusal)) if refused.len() == names.len() => rows.push(refusal.row(&topic)),
                // One that combines several is permitted if one of these is; the others have rows of their own.
                _ => {
                    rows.push(permitted(&topic));
                    rows.extend(refused.iter().map(|(name, refusal)| refusal.row(name)));
                    if !topics.contains(&topic) {
                        topics.push(topic);
                    }
                }
            }
            if topics.len() > TOPICS {
                return Err(errors::error(
                    400,
                    "notification.subscription.too.many.subscriptions",
                    "Too many subscriptions",
                ));
            }
        }
        Ok((topics, rows))
    }

    /// Why a single name is refused, if it is.
    pub(super) fn refusal(&self, name: &str) -> Option<Refusal> {
        if about(name).is_none() {
            return Some(Refusal::Unknown);
        }
        let (_, permission) = self.config.forbidden.iter().find(|(part, _)| name.contains(part.as_str()))?;
        Some(Refusal::Forbidden(permission.clone()))
    }

    fn set_topics(&mut self, id: &str, topics: Vec<String>, subscribed: bool) {
        let (now, wall) = (self.now, self.wall());
        let subscribed = subscribed && !topics.is_empty();
        self.channels.set(id, topics, subscribed, now, wall);
        if subscribed {
            self.start();
        }
    }

    /// A subscription over the socket, or its end.
    pub(super) fn subscribe_by_socket(&mut self, id: &str, asked: Vec<String>, add: bool) -> Heard {
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
        let before = channel.topics.clone();
        if !add {
            let left = before.into_iter().filter(|topic| !asked.contains(topic)).collect();
            self.set_topics(id, left, false);
            return ("200", "unsubscribed", None, asked);
        }
        match self.agreed(before, asked.clone(), false) {
            Ok((topics, _)) => {
                self.set_topics(id, topics, true);
                ("200", "subscribed", None, asked)
            }
            Err(refusal) => {
                let body: Value = serde_json::from_str(&refusal.body).unwrap_or_default();
                ("400", "failure", body["message"].as_str().map(str::to_owned), Vec::new())
            }
        }
    }
}

impl Refusal {
    fn message(&self, name: &str) -> String {
        match self {
            Self::Unknown => "The subscription topic is not valid.".to_owned(),
            Self::Forbidden(permission) => {
                format!("The user does not have permission \"{permission}\" required for topic \"{name}\"")
            }
        }
    }

    /// As the answer to the whole request.
    fn answer(&self, name: &str) -> Response {
        let (status, code) = match self {
            Self::Unknown => (400, "notification.invalid.topic"),
            Self::Forbidden(_) => (403, "notification.unauthorized.topic"),
        };
        errors::error(status, code, &self.message(name))
    }

    /// As a row of an answer that has others.
    fn row(&self, name: &str) -> Value {
        let mut row = json!({ "id": name, "state": "Rejected", "rejectionReason": self.message(name) });
        if let Self::Forbidden(permission) = self {
            row["missingPermissions"] = json!([permission]);
        }
        row
    }
}

/// The topics of a list `[{"id":…}]`.
fn asked_for(body: &[u8]) -> Option<Vec<String>> {
    let list: Vec<Value> = serde_json::from_slice(body).ok()?;
    list.iter().map(|it| it["id"].as_str().map(str::to_owned)).collect()
}

fn permitted(topic: &str) -> Value {
    json!({ "id": topic, "state": "Permitted", "selfUri": format!("/api/v2/notifications/availabletopics/{topic}") })
}

fn listing(rows: Vec<Value>) -> Response {
    rest::json_of(&json!({ "entities": rows }))
}

/// The topics of which something is told here.
pub(super) fn available() -> Response {
    let topic = |id: String| json!({ "id": id, "visibility": "Public", "transports": ["All"] });
    let of_lists = ["v2.routing.queues", "v2.users"].into_iter().flat_map(|family| {
        let whole = format!("{family}.{{id}}.conversations");
        let lists = LISTS.iter().map(|list| format!("{whole}.{list}")).collect::<Vec<_>>();
        std::iter::once(whole).chain(lists)
    });
    let details = DETAILS.iter().map(|kind| format!("v2.detail.events.conversation.{{id}}.{kind}"));
    listing(of_lists.chain(details).map(topic).collect())
}
