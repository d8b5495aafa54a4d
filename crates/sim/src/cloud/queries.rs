//! The analytics of conversations: a query by interval, and conversations by their ids (docs/notifications-mock.md).

use std::borrow::Cow;

use rosterline_core::{Id, UnixMillis};
use serde_json::{Value, json};

use super::conversation::Conversation;
use super::rest::json_of;
use super::{Cloud, shapes};
use crate::analytics::{Analysed, PAGE, details_query};
use crate::errors;
use crate::server::{Request, Response};

/// A conversation, as the analytics know it at a moment.
struct Seen<'c> {
    conversation: &'c Conversation,
    visible: UnixMillis,
}

impl Seen<'_> {
    fn value(&self) -> Value {
        shapes::analytics(self.conversation, self.visible)
    }
}

impl Analysed for Seen<'_> {
    fn id(&self) -> &Id {
        &self.conversation.id
    }

    fn started(&self) -> UnixMillis {
        self.conversation.started
    }

    fn ended(&self) -> Option<UnixMillis> {
        self.conversation.ended().filter(|end| *end <= self.visible)
    }

    fn has(&self, dimension: &str, value: &str) -> bool {
        match dimension {
            "queueId" => self.conversation.concerns_queue(&Id::new(value)),
            "userId" => self.conversation.concerns_user(&Id::new(value)),
            _ => self.conversation.seen().any(|party| party.role.purpose == value),
        }
    }

    fn document(&self) -> Cow<'_, str> {
        self.value().to_string().into()
    }
}

impl Cloud {
    /// What the analytics know of a conversation, as soon as they know of it.
    fn seen<'c>(&self, conversation: &'c Conversation) -> Option<Seen<'c>> {
        let visible = self.wall().before(self.config.lag);
        (conversation.started <= visible).then_some(Seen { conversation, visible })
    }

    fn analysed(&self, id: &str) -> Option<Value> {
        let conversation = self.conversations.get(&Id::new(id))?;
        self.seen(conversation).map(|seen| seen.value())
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
        let all = self.order.iter().filter_map(|id| self.seen(self.conversations.get(id)?));
        details_query(request.body, all)
    }
}
