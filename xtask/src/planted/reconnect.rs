//! What can be wrong with the end of a connection, and with trying again.

use super::Bug;

const BACKOFF: &str = "crates/core/src/reconnect.rs";
const CAUSE: &str = "crates/core/src/cause.rs";
const END: &str = "crates/core/src/session/end.rs";
const RECEIVE: &str = "crates/core/src/session/receive.rs";

pub(super) const BUGS: &[Bug] = &[
    Bug::session(
        "the end of a live connection leads nowhere",
        END,
        "            cause = Cause::ChannelGone;\n        }\n        self.lost(l, cause);",
        "            cause = Cause::ChannelGone;\n        }\n        if self.lanes[l].phase != Phase::Live {\n            self.lost(l, cause);\n        }",
        "reconnect::every_kind_of_end_leads_to_a_new_attempt",
    )
    .of(&[27]),
    Bug::session(
        "some ends are silent",
        END,
        "        self.report(Detail::Retry { cause, delay });",
        "        if !matches!(cause, Cause::Closed { code: 1001, .. } | Cause::Network { step: None, .. }) {\n            self.report(Detail::Retry { cause, delay });\n        }",
        "reconnect::every_kind_of_end_leads_to_a_new_attempt",
    )
    .of(&[28]),
    Bug::session(
        "no close code asks for a new token",
        CAUSE,
        "matches!(code, 1008 | 4401 | 4403)",
        "matches!(code, 0)",
        "reconnect::every_kind_of_end_leads_to_a_new_attempt",
    )
    .of(&[29]),
    Bug::session(
        "no close code is a fault of the peer",
        CAUSE,
        "matches!(code, 1002 | 1003 | 1007 | 1009)",
        "matches!(code, 0)",
        "reconnect::every_kind_of_end_leads_to_a_new_attempt",
    )
    .of(&[29]),
    Bug::session(
        "only the first connection is read",
        RECEIVE,
        "filter(|&l| self.lanes[l].phase != Phase::Opening)",
        "filter(|&l| self.lanes[l].phase != Phase::Opening && conn == ConnId(1))",
        "events::the_same_event_takes_effect_once_even_across_a_reconnect",
    )
    .of(&[50]),
    Bug::session(
        "a connection that is given up stays open",
        END,
        "            self.actions.push_back(Action::Drop { conn: link.conn });\n        }\n        self.lost(l, cause);",
        "            let _ = link;\n        }\n        self.lost(l, cause);",
        "heartbeat::without_a_pong_the_peer_is_gone_after_ten_seconds_and_dropped_without_a_word",
    )
    .of(&[51]),
    Bug::session(
        "backoff has no jitter",
        BACKOFF,
        "if !self.jitter {",
        "if !self.jitter || true {",
        "reconnect::jitter_differs_by_seed_and_not_by_run",
    )
    .of(&[54]),
    Bug::session(
        "going live starts the doubling again",
        "crates/core/src/session/attempt.rs",
        "            self.lanes[l].attempts = 0;\n",
        "            self.lanes[l].attempts = 0;\n            self.lanes[l].backoff.reset();\n",
        "reconnect::only_a_healthy_minute_starts_the_doubling_again",
    )
    .of(&[54]),
    Bug::session(
        "nothing bounds the dials",
        END,
        "        let delay = delay.max(self.budget.wait(self.now));\n",
        "",
        "reconnect::a_server_that_accepts_and_closes_is_not_hammered",
    )
    .of(&[54]),
    Bug::session(
        "the end of an old connection ends the new one",
        END,
        "let Some(l) = self.lane_of(conn) else {",
        "let Some(l) = Some(0).filter(|_| conn.0 <= self.last_conn && self.lanes[0].link.is_some()) else {",
        "connect::frames_of_an_old_connection_change_nothing",
    )
    .of(&[55]),
    Bug::session(
        "frames of an old connection are taken",
        RECEIVE,
        "let Some(l) = self.lane_of(conn).filter(|&l| self.lanes[l].phase != Phase::Opening) else {",
        "let Some(l) = Some(0).filter(|&l| conn.0 <= self.last_conn && self.lanes[l].phase != Phase::Opening) else {",
        "connect::frames_of_an_old_connection_change_nothing",
    ),
    Bug::session(
        "a connection that breaks is a failed dial",
        END,
        "let dialling = self.lanes[l].phase == Phase::Opening;",
        "let dialling = self.lanes[l].phase != Phase::Closing;",
        "reconnect::the_delays_double_and_five_failures_in_a_row_end_the_session",
    ),
    Bug::session(
        "the first delay is doubled already",
        BACKOFF,
        "let factor = 1u32.checked_shl(self.doublings)",
        "let factor = 1u32.checked_shl(self.doublings + 1)",
        "reconnect::the_delays_double_and_five_failures_in_a_row_end_the_session",
    ),
    Bug::session(
        "the delay has no longest",
        BACKOFF,
        "self.base.saturating_mul(factor).min(self.max)",
        "self.base.saturating_mul(factor)",
        "reconnect::attempts_can_be_unlimited_and_the_delay_stays_at_thirty_seconds",
    ),
    Bug::session(
        "one attempt more than was asked for",
        END,
        "is_some_and(|most| self.lanes[l].attempts >= most)",
        "is_some_and(|most| self.lanes[l].attempts > most)",
        "reconnect::a_session_that_never_connects_makes_five_dials",
    ),
    Bug::session(
        "the loss of a live connection is a failed attempt",
        END,
        "if phase != Phase::Live {\n            self.lanes[l].attempts",
        "if phase != Phase::Waiting {\n            self.lanes[l].attempts",
        "reconnect::the_delays_double_and_five_failures_in_a_row_end_the_session",
    ),
    Bug::session(
        "going live does not end the row of failures",
        "crates/core/src/session/attempt.rs",
        "            self.lanes[l].attempts = 0;\n",
        "",
        "reconnect::going_live_starts_the_row_of_failures_again",
    ),
    Bug::session(
        "a connection that is gone counts as healthy a minute later",
        END,
        "        self.lanes[l].timers.clear();\n        self.lanes[l].heard = false;",
        "        let healthy = self.lanes[l].timers.get(Timer::Healthy);\n        self.lanes[l].timers.clear();\n        self.lanes[l].timers.set(Timer::Healthy, healthy);\n        self.lanes[l].heard = false;",
        "reconnect::a_minute_that_a_connection_did_not_live_to_see_is_not_healthy",
    ),
    Bug::session(
        "a certificate that is not trusted is tried as often as anything",
        END,
        "let hopeful = !matches!(cause, Cause::Network { kind: Network::Tls, .. });",
        "let hopeful = true;",
        "reconnect::a_certificate_that_is_not_trusted_is_tried_seldom",
    ),
    Bug::session(
        "a deadline that is armed after a later one is not seen",
        "crates/core/src/session/timers.rs",
        "        self.quiet_until = self.quiet_until.min(at);\n",
        "",
        "pause::a_pause_ends_after_sixty_seconds_and_the_oldest_are_dropped_until_there_is_room",
    ),
];
