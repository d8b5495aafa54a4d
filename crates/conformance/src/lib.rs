//! The tests that every adapter of Rosterline passes, and any other one should.
//!
//! - [`traces`]: scenarios by seed, each of which gives the same trace on every runtime as in virtual time.
//! - [`traps`]: what a driver can get wrong although its tests pass, on real tasks, timers and sockets.
//! - [`sockets`]: what only real sockets show: certificates, proxies, names, and how each failure is named.
//! - [`faults`]: what networks do to bytes, by a fault proxy before the mock server.
//! - [`autobahn`]: the client of Autobahn|Testsuite, which `cargo xtask autobahn` runs.

mod apart;
pub mod autobahn;
pub mod faults;
mod host;
pub mod sockets;
mod stepped;
pub mod traces;
pub mod traps;

pub use apart::run_apart;
pub use host::{Host, Threads, run};

/// Everything that there is to hold, as tests of an adapter: `suite!(Tokio, Threads::One)`.
#[macro_export]
macro_rules! suite {
    ($net:ty, $threads:expr) => {
        #[test]
        fn traces_are_those_of_virtual_time() {
            let host = $crate::Host::start($threads);
            $crate::traces::compare::<$net>(&host, 0..$crate::traces::SCENARIOS);
        }

        $crate::cases! { $net, $threads,
            sockets::stream [
                events_arrive_and_close_says_goodbye
                a_lost_connection_is_made_again_and_leaves_a_gap
                pings_are_answered_whatever_the_application_does
                heartbeats_are_sent_and_timed
                several_threads_change_nothing
            ]
            sockets::endings [
                nobody_listens
                a_name_without_an_address
                an_http_status_instead_of_a_websocket
                a_redirect_is_not_followed
                an_answer_that_is_no_http_or_the_wrong_one
                an_extension_that_was_not_offered
                the_connection_ends_within_the_handshake
                a_close_frame_with_its_reason
                what_breaks_the_protocol_has_its_code_and_the_server_is_told
                a_message_above_the_limit_costs_only_itself
            ]
            sockets::login [
                the_token_request_is_that_of_the_protocol
                sessions_of_a_client_share_a_request
                an_application_can_bring_its_own_http_client
                a_redirect_never_gets_the_credentials
                a_body_without_end_is_cut
                nobody_listens_for_the_token
                a_given_authority_is_trusted_for_both_connections
                a_server_that_is_its_own_authority_is_trusted_if_it_is_given_and_has_the_right_name
                an_unknown_authority_is_not
                a_server_without_tls_is_no_server_with_tls
                what_is_no_certificate_is_refused
                everything_goes_through_the_proxy
                a_proxy_that_refuses_is_the_one_to_blame
            ]
            sockets::moves [
                moves_that_are_announced_lose_nothing
            ]
            faults::ends [
                who_is_refused_tries_again_and_nothing_was_missed_before_the_first_subscription
                a_connection_that_ends_within_a_frame_is_one_gap_and_half_an_event_is_none
                tls_that_is_cut_off_or_spoilt_is_a_lost_connection
                a_server_that_never_answers_the_goodbye_is_left
                a_server_that_accepts_and_hangs_up_is_dialled_within_the_budget
            ]
            faults::silence [
                silence_in_both_directions_is_found_by_the_heartbeat_and_is_one_gap
                who_is_heard_but_not_answered_is_given_up_only_in_strict_mode
                delays_cost_nothing_and_a_spike_costs_one_reconnect
                an_opening_handshake_that_drips_is_given_up
                a_peer_that_stops_reading_is_found_by_the_write_of_a_ping
            ]
            faults::bytes [
                however_bytes_are_sliced_the_events_are_the_same
                frames_that_keep_coming_keep_a_slow_link_alive
                a_frame_that_takes_longer_than_the_heartbeat_allows_is_given_up
                a_flood_of_pings_is_answered_by_its_newest_and_events_go_on
                a_slow_application_loses_what_its_policy_says_and_no_heartbeat
            ]
            faults::seeds [
                a_simulated_seed_runs_over_loopback_too
            ]
            traps::timers [
                a_deadline_that_has_passed_is_served_though_its_timer_is_pending
                a_fired_timer_is_thrown_away_also_when_its_deadline_is_gone
                a_deadline_that_moves_earlier_is_kept
                a_time_of_day_that_is_set_moves_no_deadline_and_a_sleep_asks_at_once
            ]
            traps::flow [
                a_driver_that_has_spent_its_budget_wakes_itself
                reading_that_was_paused_goes_on_and_nothing_is_lost
                a_write_error_with_messages_waiting_is_one_end
            ]
            traps::ends [
                without_events_the_driver_ends
                without_a_driver_the_events_end_and_the_connection_is_gone
                the_handle_can_be_used_from_within_a_wake_up
                the_handle_can_be_used_from_within_a_source_of_tokens
            ]
            traps::cancelling [
                a_driver_that_is_dropped_at_any_await_leaves_nothing_behind
            ]
        }

        $crate::cases_apart! { $net, $threads,
            a_dial_into_nothing_is_given_up_at_its_deadline
            a_route_that_leads_nowhere_is_no_way_to_the_server
            a_dead_address_does_not_keep_from_one_that_is_alive
            a_connection_that_the_kernel_destroys_is_one_gap
            a_firewall_that_resets_is_one_gap
            packets_that_are_dropped_both_ways_are_silence_and_one_gap
            packets_that_are_dropped_one_way_are_found_in_the_end
            a_fifth_of_all_packets_lost_costs_time_and_nothing_else
            a_slow_link_whose_frames_keep_coming_stays
            a_link_that_goes_down_is_silence_until_it_comes_up
        }
    };
}

/// A test for each function that is named.
#[doc(hidden)]
#[macro_export]
macro_rules! cases {
    ($net:ty, $threads:expr, $($part:ident :: $module:ident [ $($case:ident)* ])*) => {
        $($(
            #[test]
            fn $case() {
                $crate::run($threads, $crate::$part::$module::$case::<$net>());
            }
        )*)*
    };
}

/// A test for each of these faults of the kernel, in a network of its own.
#[doc(hidden)]
#[macro_export]
macro_rules! cases_apart {
    ($net:ty, $threads:expr, $($case:ident)*) => {
        mod kernel {
            #[allow(unused_imports, reason = "the runtime may be named by its path")]
            use super::*;

            $(
                #[test]
                fn $case() {
                    let name = concat!(module_path!(), "::", stringify!($case));
                    $crate::run_apart(name, $threads, $crate::faults::kernel::$case::<$net>());
                }
            )*
        }
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_case_is_forgotten() {
        let suite = include_str!("lib.rs");
        let modules = [
            include_str!("faults/bytes.rs"),
            include_str!("faults/ends.rs"),
            include_str!("faults/kernel.rs"),
            include_str!("faults/silence.rs"),
            include_str!("sockets/endings.rs"),
            include_str!("sockets/login.rs"),
            include_str!("sockets/stream.rs"),
            include_str!("traps/cancelling.rs"),
            include_str!("traps/ends.rs"),
            include_str!("traps/flow.rs"),
            include_str!("traps/timers.rs"),
        ];
        for line in modules.iter().flat_map(|module| module.lines()) {
            let Some(rest) = line.strip_prefix("pub async fn ") else { continue };
            let name = rest.split('<').next().expect("a name");
            assert!(suite.lines().any(|line| line.trim() == name), "{name} is no test of any adapter");
        }
    }
}
