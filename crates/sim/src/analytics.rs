//! The details query of the analytics, whatever model knows the conversations (docs/notifications-mock.md).

use std::borrow::Cow;

use rosterline_core::{Id, Timestamp, UnixMillis};
use serde_json::Value;

use crate::errors;
use crate::server::Response;

/// The most conversations on a page of the query, and ids in a list; without a word there are 25 on a page.
pub(crate) const PAGE: usize = 100;
/// The query gives no more results than this.
const RESULTS: usize = 100_000;

/// A conversation, as the analytics know it: up to a moment, behind which nothing has arrived there yet.
pub(crate) trait Analysed {
    fn id(&self) -> &Id;
    fn started(&self) -> UnixMillis;
    /// When it ended, if they know that it has.
    fn ended(&self) -> Option<UnixMillis>;
    /// Whether somebody in it has this `queueId`, `userId` or `purpose`.
    fn has(&self, dimension: &str, value: &str) -> bool;
    /// As JSON.
    fn document(&self) -> Cow<'_, str>;
}

/// Answers the query in `body`. `all` are the conversations that the analytics know, in the order of their beginning.
pub(crate) fn details_query<T: Analysed>(body: &[u8], all: impl Iterator<Item = T>) -> Response {
    let Ok(query) = serde_json::from_slice::<Value>(body) else { return errors::malformed() };
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
    let matches = |conversation: &T| {
        // What started on a day that the interval touches (the trap of section 6).
        let day = |at: UnixMillis| at.0.div_euclid(86_400_000);
        (day(from)..=day(to)).contains(&day(conversation.started()))
            && passes(&query["conversationFilters"], &|it| conversation_matches(it, conversation))
            && passes(&query["segmentFilters"], &|it| segment_matches(it, conversation))
    };
    let mut all: Vec<T> = all.filter(matches).collect();
    if query["order"] == "desc" {
        all.reverse();
    }
    let here: Vec<Cow<'_, str>> = all.iter().skip(size * (page - 1)).take(size).map(T::document).collect();
    let mut out = String::with_capacity(64 + here.iter().map(|document| document.len() + 1).sum::<usize>());
    for (place, document) in here.iter().enumerate() {
        out.push_str(if place > 0 { "," } else { "{\"conversations\":[" });
        out.push_str(document);
    }
    out.push_str(if here.is_empty() { "{" } else { "]," });
    out.push_str(&format!("\"totalHits\":{}}}", all.len()));
    Response::json(200, out)
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

fn conversation_matches(predicate: &Value, conversation: &impl Analysed) -> bool {
    let end = conversation.ended();
    let within = |at: UnixMillis| {
        predicate["value"].as_str().and_then(interval).is_some_and(|(from, to)| from <= at && at <= to)
    };
    match (predicate["dimension"].as_str(), predicate["operator"].as_str()) {
        (Some("conversationEnd"), Some("notExists")) => end.is_none(),
        (Some("conversationEnd"), Some("exists")) => end.is_some(),
        (Some("conversationEnd"), _) => end.is_some_and(within),
        (Some("conversationStart"), _) => within(conversation.started()),
        (Some("conversationId"), _) => predicate["value"].as_str() == Some(&*conversation.id().to_string()),
        _ => true,
    }
}

fn segment_matches(predicate: &Value, conversation: &impl Analysed) -> bool {
    let value = predicate["value"].as_str().unwrap_or_default();
    match predicate["dimension"].as_str() {
        Some(dimension @ ("queueId" | "userId" | "purpose")) => conversation.has(dimension, value),
        _ => true,
    }
}
