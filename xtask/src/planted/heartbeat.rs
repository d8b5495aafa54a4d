//! What can be wrong with knowing whether the peer is still there.

use super::Bug;

const BEAT: &str = "crates/core/src/session/heartbeat.rs";
const RECEIVE: &str = "crates/core/src/session/receive.rs";

pub(super) const BUGS: &[Bug] = &[
    Bug::session(
        "a pong has no deadline",
        "crates/core/src/session/clockwork.rs",
        "lane.timers.set(Timer::Pong, beating.and_then(Heartbeat::deadline));",
        "lane.timers.stop(Timer::Pong);",
        "heartbeat::without_a_pong_the_peer_is_gone_after_ten_seconds_and_dropped_without_a_word",
    )
    .of(&[34]),
    Bug::session(
        "a pong clears nothing",
        BEAT,
        "        self.proved(still.filter(|_| self.strict));\n",
        "        let _ = still;\n",
        "heartbeat::a_ping_goes_out_every_thirty_seconds_and_a_pong_keeps_the_connection",
    )
    .of(&[44]),
    Bug::session(
        "any pong will do",
        BEAT,
        "position(|ping| ping.payload == payload)?",
        "position(|ping| ping.payload == payload || true)?",
        "heartbeat::a_pong_that_answers_nothing_does_not_save_the_peer",
    )
    .of(&[45]),
    Bug::session(
        "a round trip begins with the session",
        RECEIVE,
        "sent.into_iter().for_each(|sent| self.stats.round_trip.record(sent, self.now));",
        "sent.into_iter().for_each(|_| self.stats.round_trip.record(self.anchor.at, self.now));",
        "heartbeat::the_round_trip_is_that_of_the_ping",
    )
    .of(&[46]),
    Bug::session(
        "one beat is the last",
        BEAT,
        "self.next = now + self.interval;",
        "self.next = now + self.interval * u32::MAX;",
        "heartbeat::a_ping_goes_out_every_thirty_seconds_and_a_pong_keeps_the_connection",
    )
    .of(&[47]),
    Bug::session(
        "pongs are heard on the first connection only",
        RECEIVE,
        "and_then(|heartbeat| heartbeat.pong(payload));",
        "and_then(|heartbeat| heartbeat.pong(payload)).filter(|_| self.last_conn == 1);",
        "heartbeat::every_connection_is_asked_and_answers_for_itself",
    )
    .of(&[48]),
    Bug::session(
        "a fleet beats together",
        BEAT,
        "next: now + half + Duration::from_nanos(spread),",
        "next: now + half + Duration::from_nanos(spread * 0),",
        "heartbeat::beats_of_a_fleet_are_spread",
    )
    .of(&[49]),
    Bug::session(
        "who slept condemns the peer",
        BEAT,
        "let asleep = now.since(due) > self.pong_timeout;",
        "let asleep = now.since(due) > Duration::MAX;",
        "heartbeat::who_sleeps_asks_once_before_condemning",
    )
    .of(&[49]),
    Bug::session(
        "the second connection beats by the defaults",
        "crates/core/src/session/attempt.rs",
        "Heartbeat::new(&self.config.heartbeat, &mut self.beats, self.now)",
        "Heartbeat::new(\n                &if self.shares[0].was_live { crate::config::Heartbeat::default() } else { self.config.heartbeat.clone() },\n                &mut self.beats,\n                self.now,\n            )",
        "heartbeat::every_connection_is_asked_and_answers_for_itself",
    )
    .of(&[57]),
    Bug::session(
        "a pause does not move the deadline of a pong",
        BEAT,
        "*since = *since + now.since(paused.max(*since));",
        "let _ = (now, paused, since);",
        "pause::a_ping_from_before_the_pause_has_the_rest_of_its_time_after_it",
    ),
    Bug::session(
        "a ping within a pause has the time of the whole pause",
        BEAT,
        "now.since(paused.max(*since))",
        "now.since(paused)",
        "pause::after_the_pause_the_deadline_counts_on_from_where_it_stood",
    ),
    Bug::session(
        "in strict mode a ping from within a pause is overdue when the pause ends",
        BEAT,
        "self.awaited.front().map(|ping| ping.since);",
        "self.awaited.front().map(|ping| ping.sent);",
        "pause::pongs_that_waited_in_the_socket_prove_life_one_after_the_other_in_strict_mode_too",
    ),
    Bug::session(
        "any number of pings is remembered",
        BEAT,
        "            self.awaited.pop_front();\n",
        "",
        "heartbeat::of_more_than_32_pings_without_a_pong_the_oldest_is_forgotten",
    ),
    Bug::session(
        "a pong that waited out a pause is measured",
        BEAT,
        "self.awaited.iter_mut().for_each(|ping| ping.timed = false);",
        "",
        "pause::a_pong_that_had_to_wait_for_the_end_of_a_pause_measures_nothing",
    ),
    Bug::session(
        "a pong whose ping was sent within a pause is measured",
        BEAT,
        "timed: self.paused.is_none() }",
        "timed: true }",
        "pause::a_pong_that_waited_in_the_socket_proves_life_but_measures_nothing",
    ),
    Bug::session(
        "a pause stops the pings",
        "crates/core/src/session/clockwork.rs",
        "lane.timers.set(Timer::Ping, beating.map(Heartbeat::next_ping));",
        "lane.timers.set(Timer::Ping, beating.filter(|_| self.buffer.wants_more()).map(Heartbeat::next_ping));",
        "pause::a_pause_does_not_condemn_the_peer_and_pings_still_go_out",
    ),
    Bug::session(
        "each ping puts off the deadline of the one before",
        BEAT,
        "self.unproved.get_or_insert(now);",
        "self.unproved = Some(now);",
        "heartbeat::pings_that_follow_each_other_do_not_put_off_the_deadline_of_the_first",
    ),
    Bug::session(
        "each ping puts off the deadline of the write",
        RECEIVE,
        "if self.lanes[l].timers.get(super::Timer::PingWrite).is_none() {",
        "if self.lanes[l].timers.get(super::Timer::PingWrite).is_none() || true {",
        "heartbeat::pings_that_follow_each_other_faster_do_not_put_that_off",
    ),
    Bug::session(
        "what an old connection has written is the ping of the new one",
        RECEIVE,
        "if let Some(l) = self.lane_of(conn) {\n            self.lanes[l].timers.stop(super::Timer::PingWrite);",
        "if let Some(l) = Some(0).filter(|_| conn.0 <= self.last_conn) {\n            self.lanes[l].timers.stop(super::Timer::PingWrite);",
        "heartbeat::what_an_old_connection_has_written_is_no_ping_of_the_new_one",
    ),
    Bug::session(
        "in strict mode data proves life",
        BEAT,
        "        if !self.strict {\n",
        "        if !self.strict || true {\n",
        "heartbeat::data_and_pings_prove_life_too_but_not_in_strict_mode",
    ),
    Bug::session(
        "in strict mode one pong answers for the pings after it",
        BEAT,
        "self.proved(still.filter(|_| self.strict));",
        "self.proved(still.filter(|_| false));",
        "heartbeat::in_strict_mode_each_ping_has_to_be_answered",
    ),
    Bug::session(
        "a late timer is given the benefit of the doubt for ever",
        BEAT,
        "        self.probed = true;\n",
        "",
        "heartbeat::who_asked_once_and_slept_again_condemns",
    ),
];
