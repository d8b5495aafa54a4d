//! The analytics of conversations: a query by interval, and conversations by their ids (docs/notifications-mock.md).

use rosterline_core::{Id, Timestamp, UnixMillis};
use serde_json::{Value, json};

use super::conversation::Conversation;
use super::rest::json_of;
use super::{Cloud, errors, shapes};
use crate::server::{Request, Response};

/// The most conversations on a page of the query, and ids in a list; without a word there are 25 on a page.
const PAGE: usize = 100;
/// The query gives no more results than this.
const RESULTS: usize = 100_000;

impl Cloud {
    /// Up to when the analytics know everything.
    fn visible(&self) -> UnixMillis {
        let lag = i64::try_from(self.config.lag.as_millis()).unwrap_or(i64::MAX);
        UnixMillis(self.wall().0.saturating_sub(lag))
    }

    /// A conversation, as soon as the analytics know of it.
    fn analysed(&self, id: &str) -> Option<Value> {
        let visible = self.visible();
        let conversation = self.conversations.get(&Id::new(id))?;
        (conversation.started <= visible).then(|| shapes::analytics(conversation, visible))
    }

    pub(super) fn details_of_one(&self, id: &str) -> Response {
        self.analysed(id).map_or_else(errors::not_found, |it| json_of(&it))
    }

    pub(super) fn details_of_some(&self, request: &Request<'_>) -> Response {
        let ids = request.query("id").unwrap_or_default().replace("%2C", ",").replace("%2c", ",");
        if ids.split(',').count() > PAGE {
            return errors::bad_request("there may be 100 ids");
        }
        let found: Vec<Value> = ids.split(',').filter_map(|id| self.analysed(id)).collect();
        json_of(&if found.is_empty() { json!({}) } else { json!({ "conversations": found }) })
    }

    pub(super) fn details_query(&self, request: &Request<'_>) -> Response {
        let Ok(query) = serde_json::from_slice::<Value>(request.body) else { return errors::malformed() };
        let Some((from, to)) = query["interval"].as_str().and_then(interval) else {
            return errors::bad_request(
                "interval is required, as 2024-05-01T00:00:00.000Z/2024-05-01T01:00:00.000Z",
            );
        };
        let number = |name: &str, default: usize| {
            let given = query["paging"].get(name);
            given.map_or(Some(default), |given| usize::try_from(given.as_u64()?).ok())
        };
        let paging = number("pageSize", 25).zip(number("pageNumber", 1));
        let Some((size, page)) = paging.filter(|(size, page)| (1..=PAGE).contains(size) && *page >= 1) else {
            return errors::bad_request("pageSize has to be 1 to 100, pageNumber 1 or more");
        };
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
                && passes(&query["conversationFilters"], &|it| {
                    conversation_matches(it, conversation, visible)
                })
                && passes(&query["segmentFilters"], &|it| segment_matches(it, conversation))
        };
        let mut all: Vec<&Conversation> =
            self.order.iter().filter_map(|id| self.conversations.get(id)).filter(matches).collect();
        if query["order"] == "desc" {
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
}

fn interval(text: &str) -> Option<(UnixMillis, UnixMillis)> {
    let (from, to) = text.split_once('/')?;
    let time = |text: &str| Timestamp::parse(text).map(Timestamp::unix_millis);
    Some((time(from)?, time(to)?)).filter(|(from, to)| from <= to)
}

/// Whether all filters pass: each by all of its predicates and clauses, or by one of them. Clauses are filters again; how
/// deep they go is bounded by how deep JSON is read.
fn passes(filters: &Value, predicate: &dyn Fn(&Value) -> bool) -> bool {
    list(filters).iter().all(|filter| one_passes(filter, predicate))
}

fn one_passes(filter: &Value, predicate: &dyn Fn(&Value) -> bool) -> bool {
    let (predicates, clauses) = (list(&filter["predicates"]), list(&filter["clauses"]));
    let mut verdicts =
        predicates.iter().map(predicate).chain(clauses.iter().map(|clause| one_passes(clause, predicate)));
    match filter["type"] == "or" && predicates.len() + clauses.len() > 0 {
        true => verdicts.any(|passes| passes),
        false => verdicts.all(|passes| passes),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn conversation_matches(predicate: &Value, conversation: &Conversation, visible: UnixMillis) -> bool {
    let end = conversation.ended().filter(|end| *end <= visible);
    let within = |at: UnixMillis| {
        predicate["value"].as_str().and_then(interval).is_some_and(|(from, to)| from <= at && at <= to)
    };
    match (predicate["dimension"].as_str(), predicate["operator"].as_str()) {
        (Some("conversationEnd"), Some("notExists")) => end.is_none(),
        (Some("conversationEnd"), Some("exists")) => end.is_some(),
        (Some("conversationEnd"), _) => end.is_some_and(within),
        (Some("conversationStart"), _) => within(conversation.started),
        (Some("conversationId"), _) => predicate["value"].as_str() == Some(&conversation.id.to_string()),
        _ => true,
    }
}

fn segment_matches(predicate: &Value, conversation: &Conversation) -> bool {
    let value = predicate["value"].as_str().unwrap_or_default();
    match predicate["dimension"].as_str() {
        Some("queueId") => conversation.concerns_queue(&Id::new(value)),
        Some("userId") => conversation.concerns_user(&Id::new(value)),
        Some("purpose") => conversation.seen().any(|party| party.role.purpose == value),
        _ => true,
    }
}
