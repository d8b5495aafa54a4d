//! What can be wrong on the way to a token, and with keeping it.

use super::Bug;

const KEEPER: &str = "crates/core/src/token.rs";
const ANSWERS: &str = "crates/core/src/wire/token.rs";

pub(super) const BUGS: &[Bug] = &[
    Bug::session(
        "a token has no end",
        KEEPER,
        "let expires_at = Some(now + life);",
        "let expires_at = None;",
        "token::an_expired_token_is_never_sent",
    )
    .of(&[7]),
    Bug::session(
        "a token is never renewed",
        KEEPER,
        "let renew_at = Some(now + renew_in.unwrap_or(by_rule.max(SOONEST)));",
        "let _ = (renew_in, by_rule.max(SOONEST));\n                let renew_at = None;",
        "token::it_is_renewed_300_seconds_before_its_end_without_dropping_the_session",
    )
    .of(&[8]),
    Bug::session(
        "a renewal keeps the old token as the new one",
        KEEPER,
        "self.hold(Some(Held { token, renew_at, expires_at }));",
        "let token = self.held.take().map_or(token, |held| held.token);\n                self.hold(Some(Held { token, renew_at, expires_at }));",
        "token::a_new_token_serves_the_next_connection",
    )
    .of(&[8]),
    Bug::session(
        "a busy token endpoint is a refusal",
        KEEPER,
        "            429 => Err(self.http(reply, wall)),\n",
        "",
        "token::trouble_of_the_endpoint_is_retried_and_its_wish_to_wait_is_honoured",
    )
    .of(&[9]),
    Bug::session(
        "the token endpoint's wish to wait is not heard",
        KEEPER,
        "let retry_after = reply.retry_after.and_then(|text| http_date::retry_after(text, reply.date, wall));",
        "let (retry_after, _) = (None, (wall, http_date::retry_after));",
        "token::trouble_of_the_endpoint_is_retried_and_its_wish_to_wait_is_honoured",
    )
    .of(&[9]),
    Bug::session(
        "a refusal repeats the body of the answer",
        KEEPER,
        "error.unwrap_or_else(|| (alloc::format!(\"HTTP {status}\"), String::new()));",
        "error.unwrap_or_else(|| (alloc::format!(\"HTTP {status}\"), String::from_utf8_lossy(reply.body).into_owned()));",
        "token::a_refusal_without_an_error_code_repeats_nothing_of_its_body",
    )
    .of(&[10]),
    Bug::session(
        "an empty token is a token",
        ANSWERS,
        "    if token.is_empty() {\n        return Err(\"its access_token is empty\");\n    }\n",
        "",
        "token::trouble_of_the_endpoint_is_retried_and_its_wish_to_wait_is_honoured",
    )
    .of(&[11]),
    Bug::session(
        "a lifetime of nothing is a lifetime",
        ANSWERS,
        "    digits.peek()?;\n",
        "",
        "token::an_answer_that_is_no_token_names_what_is_wrong_and_never_the_token",
    )
    .of(&[11]),
    Bug::session(
        "the client's secret is not form-encoded",
        "crates/core/src/wire/encode.rs",
        "form_encode(&mut pair, client_secret.expose());",
        "pair.push_str(client_secret.expose());",
        "token::credentials_are_form_encoded_before_they_are_joined",
    )
    .of(&[12]),
    Bug::session(
        "sessions that share a cache ask one by one",
        "crates/driver/src/token_cache.rs",
        "        state.flight = flight.downgrade();\n",
        "",
        "sessions_with_the_same_credentials_wait_for_one_request",
    )
    .found_in("rosterline-driver", "cache")
    .of(&[13]),
    Bug::session(
        "a renewal that fails costs the old token",
        KEEPER,
        "            Err(cause) => {\n                let asked",
        "            Err(cause) => {\n                self.held = None;\n                let asked",
        "token::the_old_token_serves_while_renewal_fails_and_until_its_end",
    )
    .of(&[13]),
    Bug::session(
        "401 and 403 at the handshake say nothing about the token",
        "crates/core/src/cause.rs",
        "matches!(status, 401 | 403)",
        "matches!(status, 0)",
        "connect::a_refused_token_is_replaced_once_and_then_it_is_final",
    )
    .of(&[14]),
    Bug::session(
        "a renewed token costs the connection",
        "crates/core/src/session/attempt.rs",
        "                    self.report(Detail::TokenRenewed);",
        "                    self.report(Detail::TokenRenewed);\n                    self.drop_link(0, Cause::BadToken(\"it is old\".into()));",
        "token::it_is_renewed_300_seconds_before_its_end_without_dropping_the_session",
    )
    .of(&[58]),
    Bug::session(
        "a token is renewed at its end",
        KEEPER,
        "life.saturating_sub(MARGIN).max(life / 2)",
        "life.max(life / 2)",
        "token::it_is_renewed_300_seconds_before_its_end_without_dropping_the_session",
    ),
    Bug::session(
        "a token is used in the moment of its end",
        KEEPER,
        "held.expires_at.is_none_or(|end| now < end)",
        "held.expires_at.is_none_or(|end| now <= end)",
        "token::in_the_moment_of_its_end_a_token_is_over",
    ),
    Bug::session(
        "a renewal that fails is tried again at once",
        KEEPER,
        "self.not_before = Some(now + self.backoff.next().max(asked));",
        "let _ = asked;",
        "token::a_renewal_that_fails_is_tried_again_later_and_no_sooner_than_it_is_told",
    ),
    Bug::session(
        "a renewal that is refused is tried again and again",
        KEEPER,
        "self.hopeless = Some(cause.clone());",
        "",
        "token::a_renewal_that_is_refused_is_never_tried_again_and_the_old_token_serves_to_its_end",
    ),
    Bug::session(
        "a token that ran out while dialling is waited out",
        "crates/core/src/session/attempt.rs",
        "            None => self.drop_link(l, Cause::BadToken(\"it ran out while dialling\".into())),",
        "            None => {}",
        "token::a_token_that_runs_out_while_dialling_is_not_sent",
    ),
    Bug::session(
        "a token that is brought too late is not counted",
        "crates/core/src/session/attempt.rs",
        "            self.stats.stale += 1;\n            return;\n        }\n        let outcome = self.keeper.brought(",
        "            return;\n        }\n        let outcome = self.keeper.brought(",
        "token::a_token_that_is_brought_too_late_changes_nothing",
    ),
    Bug::session(
        "a request that took too long is not let go",
        "crates/core/src/session/attempt.rs",
        "    pub(super) fn on_token_timeout(&mut self) {\n        if let Some(request) = self.keeper.pending() {",
        "    pub(super) fn on_token_timeout(&mut self) {\n        if let Some(request) = self.keeper.pending().filter(|_| false) {",
        "token::a_silent_endpoint_has_ten_seconds",
    ),
    Bug::session(
        "a server can ask for a wait without end",
        "crates/core/src/wire/http_date.rs",
        "Some(value.parse().map_or(LONGEST, Duration::from_secs).min(LONGEST))",
        "Some(value.parse().map_or(LONGEST, Duration::from_secs))",
        "connect::no_server_makes_us_wait_longer_than_an_hour",
    ),
    Bug::session(
        "who comes back a little early hears the old refusal again",
        "crates/driver/src/token_cache.rs",
        "hold.filter(|(until, _)| until.since(now) > PATIENCE)",
        "hold",
        "who_comes_back_a_little_early_by_another_look_at_the_clock_waits_for_the_rest",
    )
    .found_in("rosterline-driver", "cache"),
];
