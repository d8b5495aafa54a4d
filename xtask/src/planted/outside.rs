//! What can be wrong around the session: with sockets, in the tool, in the stream of timelines.

use super::Bug;

const HTTP: &str = "crates/net/src/http.rs";
const ITEMS: &str = "crates/driver/src/items.rs";
const CLOUD: &str = "crates/recording/src/redact/cloud.rs";
const URLS: &str = "crates/cli/src/settings/urls.rs";

/// A bug that a test on real sockets finds, as every adapter has to pass it.
const fn socket(bug: Bug) -> Bug {
    bug.found_in("rosterline-smol", "conformance")
}

pub(super) const BUGS: &[Bug] = &[
    Bug::session(
        "a channel is hidden like any secret, and is not known again",
        CLOUD,
        "if self.channels.is_one(text) || (is_topic && self.channels.ends(text)) {",
        "if false {",
        "no_channel_and_no_token_is_in_it",
    )
    .found_in("rosterline-recording", "cloud"),
    Bug::session(
        "what an organisation says about its customers is recorded",
        CLOUD,
        "level.seals = decoded.as_deref() == Some(\"attributes\");",
        "level.seals = false;",
        "attributes_are_sealed",
    )
    .found_in("rosterline-recording", "cloud"),
    Bug::session(
        "every answer is recorded as that of a login",
        "crates/recording/src/redact/mod.rs",
        "if self.asked.remove(&request) {",
        "if self.asked.remove(&request) && false {",
        "a_recorded_run_is_had_again",
    )
    .found_in("rosterline-recording", "cloud"),
    Bug::session(
        "an event is remembered before it is written out",
        "crates/cli/src/watch.rs",
        "checkpoint.saw(&event));\n",
        "checkpoint.saw(&event));\n        self.ends.checkpoint.iter_mut().try_for_each(|checkpoint| checkpoint.write(at, true))?;\n",
        "nothing_is_remembered_before_it_is_written_out",
    )
    .found_in("rosterline", "checkpoint"),
    Bug::session(
        "the doctor goes on behind a failure",
        "crates/cli/src/doctor/mod.rs",
        "if self.findings.has_failed() {",
        "if self.findings.has_failed() && false {",
        "nobody_and_nothing_answers",
    )
    .found_in("rosterline", "doctor"),
    Bug::session(
        "events make no timelines",
        ITEMS,
        "let _ = self.timelines.tell(event);",
        "let _ = event;",
        "a_timeline_follows_the_event_that_completes_it_and_each_that_amends_it",
    )
    .found_in("rosterline-driver", "items")
    .of(&[4]),
    Bug::session(
        "the login host is always the region's",
        URLS,
        "Ok(Self { login: login.or_else(|| api.clone()), api, stream })",
        "Ok(Self { login: api.clone().or(login), api, stream })",
        "settings::tests::urls_derive_from_the_api_and_each_can_be_its_own",
    )
    .found_in("rosterline", "bin")
    .of(&[5]),
    Bug::session(
        "a region is any text",
        URLS,
        "if !regions::is_host(text) {",
        "if !regions::is_host(text) && false {",
        "usage_errors_name_the_setting",
    )
    .found_in("rosterline", "ends")
    .of(&[6]),
    socket(Bug::session(
        "a body is read to its end",
        HTTP,
        "let room = call.max_body - body.len();",
        "let room = usize::MAX - body.len();",
        "a_body_without_end_is_cut",
    ))
    .of(&[10]),
    socket(Bug::session(
        "redirects are followed",
        HTTP,
        ".redirect(redirect::Policy::none())",
        ".redirect(redirect::Policy::default())",
        "a_redirect_never_gets_the_credentials",
    ))
    .of(&[12]),
    socket(Bug::session(
        "a proxy is not gone through",
        "crates/net/src/dial.rs",
        "Some(proxy) => tunnel(&net, proxy, &target).await?,",
        "Some(proxy) if proxy.endpoint().as_str().is_empty() => tunnel(&net, proxy, &target).await?,\n        Some(_) => connect(&net, &target).await?,",
        "everything_goes_through_the_proxy",
    ))
    .of(&[22]),
    socket(Bug::session(
        "given authorities are not trusted",
        "crates/net/src/client.rs",
        "let tls = tls::config(self.roots)?;",
        "let tls = tls::config(Vec::new())?;",
        "a_given_authority_is_trusted_for_both_connections",
    ))
    .of(&[22]),
    socket(Bug::session(
        "a WebSocket takes messages of any size",
        "crates/net/src/frames.rs",
        ".max_message_size(Some(max_message)).max_frame_size(Some(max_message))",
        ".max_message_size(None).max_frame_size(None.filter(|_: &usize| max_message == 0))",
        "what_breaks_the_protocol_has_its_code_and_the_server_is_told",
    ))
    .of(&[23]),
    Bug::session(
        "a command waits until the socket says something",
        "crates/driver/src/handle.rs",
        "            self.shared.command(Door::close);\n            self.shared.driver.wake();",
        "            self.shared.command(Door::close);",
        "a_deadline_that_moves_earlier_gets_an_earlier_sleep",
    )
    .found_in("rosterline-driver", "timer")
    .of(&[30]),
    Bug::session(
        "lag is the time of the last event alone",
        "crates/driver/src/events.rs",
        "            batch.get_or_insert(now);",
        "            *batch = Some(now);",
        "the_time_from_the_first_event_to_the_poll_that_finds_nothing_counts",
    )
    .found_in("rosterline-driver", "batches")
    .of(&[59]),
    Bug::session(
        "what is open when the stream ends is lost",
        ITEMS,
        ".filter(|id| self.timelines.is_open(id)) {",
        ".filter(|_| false) {",
        "what_is_open_is_handed_out_before_the_end_and_the_end_comes_once",
    )
    .found_in("rosterline-driver", "items")
    .of(&[60]),
    Bug::session(
        "a signal does not reach the session",
        "crates/cli/src/stop.rs",
        "        handle.close();\n",
        "        let _ = &handle;\n",
        "a_signal_drains_and_ends_well",
    )
    .found_in("rosterline", "ends")
    .of(&[61]),
    Bug::session(
        "no events are a panic",
        "crates/timeline/src/fold.rs",
        "last_updated: set.entries().last().map(|event| event.timestamp()),",
        "last_updated: Some(set.entries()[set.entries().len() - 1].timestamp()),",
        "nothing_but_the_future_has_no_last_time",
    )
    .found_in("rosterline-timeline", "json")
    .of(&[63]),
    Bug::session(
        "joining twice is nothing odd",
        "crates/timeline/src/stays.rs",
        "(PresenceKind::Joined, At::Here { .. }) => odd.push((AnomalyKind::JoinedTwice, event)),",
        "(PresenceKind::Joined, At::Here { .. }) => {}",
        "the_table",
    )
    .found_in("rosterline-timeline", "anomalies")
    .of(&[68]),
    Bug::session(
        "any number of interactions is held",
        "crates/timeline/src/store.rs",
        "if self.slots.len() < self.limits.interactions.max(1) {",
        "if self.slots.len() < usize::MAX {",
        "complete_ones_go_first_then_the_least_recently_touched",
    )
    .found_in("rosterline-timeline", "eviction")
    .of(&[70]),
    Bug::session(
        "the last update is when somebody looks",
        "crates/timeline/src/store.rs",
        "sets.into_iter().map(|set| fold::timeline(set, &self.words, &self.gaps, false))",
        "let looked = Some(Timestamp::from_unix((self.now.0 / 1_000_000_000) as i64, 0));\n        sets.into_iter().map(move |set| Timeline { last_updated: looked, ..fold::timeline(set, &self.words, &self.gaps, false) })",
        "the_engine_agrees_with_the_model",
    )
    .found_in("rosterline-timeline", "laws")
    .of(&[69]),
];
