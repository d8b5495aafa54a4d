//! What can be wrong on the way from a dial to the confirmed subscription.

use super::Bug;

const ATTEMPT: &str = "crates/core/src/session/attempt.rs";
const END: &str = "crates/core/src/session/end.rs";
const RECEIVE: &str = "crates/core/src/session/receive.rs";
const SESSION: &str = "crates/core/src/session/mod.rs";

pub(super) const BUGS: &[Bug] = &[
    Bug::session(
        "a dial cannot be cancelled",
        END,
        "            Some(link) => {\n                self.actions.push_back(Action::Drop { conn: link.conn });\n                self.lanes[l].link = None;\n                self.finish(l, Edge::End);\n            }",
        "            Some(_) => self.lanes[l].timers.arm(Timer::Step, self.now + self.config.timeouts.dial),",
        "close::every_wait_ends_at_once",
    )
    .of(&[15]),
    Bug::session(
        "an HTTP status instead of a WebSocket is a broken connection",
        END,
        "            Closed::Status { status, retry_after, date } => Cause::Http {\n                step: Step::Dial,\n                status,\n                retry_after: retry_after.and_then(|text| http_date::retry_after(text, date, self.wall())),\n            },",
        "            Closed::Status { .. } => Cause::Network {\n                step: Some(Step::Dial),\n                kind: Network::Connect,\n                detail: \"bad handshake\".into(),\n            },",
        "connect::a_busy_server_is_given_the_time_it_asks_for",
    )
    .of(&[16]),
    Bug::session(
        "the answer to the token is waited for without a deadline",
        ATTEMPT,
        "self.lanes[l].timers.arm(Timer::Step, self.now + self.config.timeouts.authenticate);",
        "self.lanes[l].timers.stop(Timer::Step);",
        "connect::each_step_has_its_deadline",
    )
    .of(&[17]),
    Bug::session(
        "an answer with anything but strings in it is no answer",
        "crates/core/src/wire/frame.rs",
        "    let [status, message, events] = fields.values;\n",
        "    let [status, message, events] = fields.values;\n    type Strings = alloc::collections::BTreeMap<alloc::string::String, alloc::string::String>;\n    if status.is_some() && serde_json::from_str::<Strings>(text).is_err() {\n        return Err(Reason::BadJson);\n    }\n",
        "connect::acknowledgements_may_hold_anything_else",
    )
    .of(&[18]),
    Bug::session(
        "whatever comes first is the answer to the token",
        RECEIVE,
        "            None if !content.has_events => self.stats.notices += 1,",
        "            None if self.lanes[l].phase == Phase::Authenticating => {\n                let (status, message) = (\"\".into(), \"\".into());\n                self.close_link(l, 1000, Cause::Refused { step: Step::Authenticate, status, message });\n            }\n            None if !content.has_events => self.stats.notices += 1,",
        "connect::events_before_the_acknowledgements_are_not_lost",
    )
    .of(&[19]),
    Bug::session(
        "events before the confirmation are not looked at",
        RECEIVE,
        "        if content.has_events {\n            self.receive_all(l);",
        "        if content.has_events && self.lanes[l].phase != Phase::Subscribing {\n            self.receive_all(l);",
        "connect::events_before_the_acknowledgements_are_not_lost",
    )
    .of(&[20]),
    Bug::session(
        "a connection that has failed stays the session's",
        END,
        "        if let Some(link) = self.lanes[l].link.take() {\n            self.actions.push_back(Action::Drop { conn: link.conn });\n        }\n        self.lost(l, cause);",
        "        if let Some(link) = &self.lanes[l].link {\n            self.actions.push_back(Action::Drop { conn: link.conn });\n        }\n        self.lost(l, cause);",
        "connect::what_a_connection_says_after_it_was_dropped_is_stale",
    )
    .of(&[21]),
    Bug::session(
        "an empty filter is every interaction",
        "crates/core/src/subscription.rs",
        "        if id.is_empty() {\n            return Err(Misuse::new(\"interaction\", \"is empty; to get every interaction, leave it out\"));\n        }\n",
        "",
        "connect::an_empty_filter_is_a_mistake_of_the_caller",
    )
    .of(&[24]),
    Bug::session(
        "a new subscription is forgotten with its connection",
        SESSION,
        "                self.send_subscription(l, conn, Edge::Resubscribe);\n            }\n        }",
        "                self.send_subscription(l, conn, Edge::Resubscribe);\n            }\n        }\n        if let Service::Stream { subscription, .. } = &mut self.config.service {\n            *subscription = Subscription::all();\n        }",
        "connect::a_new_subscription_replaces_the_old_one_without_reconnecting",
    )
    .of(&[25]),
    Bug::session(
        "any answer confirms a subscription",
        "crates/core/src/dialect/stream.rs",
        "(Awaited::Acceptance | Awaited::Confirmation, _) => Meaning::No,",
        "(Awaited::Acceptance, _) => Meaning::No,\n        (Awaited::Confirmation, _) => Meaning::Yes,",
        "connect::a_refused_subscription_is_final_and_says_why",
    )
    .of(&[26]),
    Bug::session(
        "a step that took too long leaves its connection open",
        ATTEMPT,
        "        self.drop_link(l, Cause::Timeout(step));",
        "        self.lanes[l].link.take_if(|_| step == Step::Subscribe);\n        self.drop_link(l, Cause::Timeout(step));",
        "connect::each_step_has_its_deadline",
    )
    .of(&[52]),
    Bug::session(
        "a dial counts as a reconnect",
        ATTEMPT,
        "self.stats.dials += 1;",
        "self.stats.dials += 1;\n        self.stats.reconnects += u64::from(self.shares[self.lanes[l].share].was_live);",
        "reconnect::every_kind_of_end_leads_to_a_new_attempt",
    )
    .of(&[52]),
    Bug::session(
        "a new subscription needs no confirmation",
        "crates/core/src/session/phase.rs",
        "(Self::Subscribing | Self::Live, Edge::Resubscribe) => Self::Subscribing,",
        "(Self::Subscribing, Edge::Resubscribe) => Self::Subscribing,\n            (Self::Live, Edge::Resubscribe) => Self::Live,",
        "connect::a_new_subscription_replaces_the_old_one_without_reconnecting",
    ),
    Bug::session(
        "a new subscription counts as a reconnect",
        ATTEMPT,
        "filter(|link| link.heartbeat.is_none())",
        "filter(|_| true)",
        "connect::a_new_subscription_replaces_the_old_one_without_reconnecting",
    ),
    Bug::session(
        "one refusal is never forgiven",
        ATTEMPT,
        "        self.lanes[l].refused = false;\n",
        "",
        "connect::an_accepted_token_forgives_an_earlier_refusal",
    ),
    Bug::session(
        "goodbye is said twice",
        END,
        "if let Some(link) = self.lanes[l].link.as_ref().filter(|_| self.lanes[l].phase != Phase::Closing) {",
        "if let Some(link) = &self.lanes[l].link {",
        "close::goodbye_is_said_once_whatever_the_peer_does_then",
    ),
    Bug::session(
        "a peer that does not answer our goodbye is waited for",
        END,
        "                self.lanes[l].timers.arm(Timer::CloseAnswer, self.now + self.config.timeouts.close);\n",
        "",
        "close::a_peer_that_does_not_answer_has_three_seconds",
    ),
];
