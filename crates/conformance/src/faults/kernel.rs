//! What the kernel does to packets, connections and routes, in a network of the test's own (see `run_apart`).
#![allow(missing_docs, reason = "the names are what holds")]

use std::process::Command;
use std::time::Duration;

use rosterline_core::{Cause, Endpoint, Network, Step};
use rosterline_mock::{Options, STREAM_PATH, Toxics};
use rosterline_net::Net;

use super::Through;
use crate::sockets::server::{next_cause, stream, until};

/// Runs a line of shell in the test's own network, and gives what it prints.
fn sh(line: &str) -> String {
    let output = Command::new("sh").args(["-ec", line]).output().expect("a shell");
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Lets these packets, an expression of nftables, come to this end: `drop`, or a reset.
fn filter(packets: &str, verdict: &str) {
    sh(&format!(
        "nft 'add table inet faults; add chain inet faults input {{ type filter hook input priority 0; }}; \
                 add rule inet faults input {packets} {verdict}'"
    ));
}

/// All packets pass again.
fn calm() {
    sh("nft flush ruleset");
}

impl<N: Net> Through<N> {
    fn port(&self) -> u16 {
        self.proxy.addr().port()
    }

    /// After a connection was lost: the session is live again, and it is one gap.
    async fn heals_with_one_gap(&mut self, who: &str) {
        let (others, gaps) = self.heal(who).await;
        assert_eq!((others, gaps.len()), (vec![], 1));
        assert_eq!(self.stats().reconnects, 1);
    }
}

pub async fn a_dial_into_nothing_is_given_up_at_its_deadline<N: Net>() {
    let mut through = Through::<N>::start(Options::new().quiet(), Toxics::default(), |config| {
        let port = config.stream_url().map_or(0, Endpoint::port);
        filter(&format!("tcp dport {port} tcp flags syn"), "drop");
    })
    .await;
    let dialling = format!("ss -Htn state syn-sent dport = :{}", through.port());
    until(|| !sh(&dialling).is_empty()).await;
    assert_eq!(through.cause_in_time().await, Cause::Timeout(Step::Dial));
    calm();
    let (others, gaps) = through.heal("anna").await;
    assert_eq!((others, gaps), (vec![], vec![]), "nothing was missed before the first subscription");
    assert_eq!(sh(&dialling), "", "no socket is left");
}

pub async fn a_route_that_leads_nowhere_is_no_way_to_the_server<N: Net>() {
    for route in ["blackhole", "unreachable", "prohibit"] {
        sh(&format!("ip route add {route} 192.0.2.1"));
        let mut through = Through::<N>::start(Options::new().quiet(), Toxics::default(), |config| {
            config.service = stream("ws://192.0.2.1/");
            config.allow_insecure = true;
        })
        .await;
        let cause = next_cause(&mut through.session.events).await;
        assert!(matches!(cause, Cause::Network { kind: Network::Connect, .. }), "{route}: {cause:?}");
        sh(&format!("ip route delete {route} 192.0.2.1"));
    }
}

pub async fn a_dead_address_does_not_keep_from_one_that_is_alive<N: Net>() {
    let hosts = std::env::temp_dir().join(format!("rosterline-hosts-{}", std::process::id()));
    std::fs::write(&hosts, "::1 both.test\n127.0.0.1 both.test\n").expect("a temporary file");
    // Only this process and its children see it there.
    sh(&format!("mount --bind {} /etc/hosts", hosts.display()));
    std::fs::remove_file(&hosts).expect("it is ours");
    assert!(sh("getent ahosts both.test").starts_with("::1 "), "the dead one comes first");
    let mut through = Through::<N>::start(Options::new().quiet(), Toxics::default(), |config| {
        let port = config.stream_url().map_or(0, Endpoint::port);
        filter(&format!("ip6 daddr ::1 tcp dport {port}"), "drop");
        config.service = stream(&format!("ws://both.test:{port}{STREAM_PATH}"));
        config.allow_insecure = true;
    })
    .await;
    // Without the other address it would be given up after 15 s, and then tried again.
    let (others, gaps) = through.heal("anna").await;
    assert_eq!((others, gaps, through.stats().dials), (vec![], vec![], 1));
}

pub async fn a_connection_that_the_kernel_destroys_is_one_gap<N: Net>() {
    let mut through = Through::<N>::live(|_| {}).await;
    let port = through.port();
    sh(&format!("ss -K dport = :{port}"));
    let cause = next_cause(&mut through.session.events).await;
    assert!(matches!(cause, Cause::Network { kind: Network::Broken, .. }), "{cause:?}");
    through.heals_with_one_gap("anna").await;
}

pub async fn a_firewall_that_resets_is_one_gap<N: Net>() {
    let mut through =
        Through::<N>::live(|config| config.heartbeat.interval = Duration::from_millis(20)).await;
    // Whoever sends is reset: the session, by its next ping.
    filter(&format!("tcp dport {} tcp flags & syn == 0", through.port()), "reject with tcp reset");
    let cause = next_cause(&mut through.session.events).await;
    calm();
    assert!(matches!(cause, Cause::Network { kind: Network::Broken, .. }), "{cause:?}");
    through.heals_with_one_gap("anna").await;
}

pub async fn packets_that_are_dropped_both_ways_are_silence_and_one_gap<N: Net>() {
    let mut through = Through::<N>::live(|_| {}).await;
    let port = through.port();
    filter(&format!("tcp dport {port}"), "drop");
    filter(&format!("tcp sport {port}"), "drop");
    assert_eq!(through.cause_in_time().await, Cause::Timeout(Step::Pong));
    calm();
    through.heals_with_one_gap("anna").await;
}

pub async fn packets_that_are_dropped_one_way_are_found_in_the_end<N: Net>() {
    let mut through = Through::<N>::live(|_| {}).await;
    // What the server sends arrives, and nobody tells it so.
    filter(&format!("tcp dport {}", through.port()), "drop");
    through.emit("anna");
    assert_eq!(through.joined().await, "anna");
    assert_eq!(through.cause_in_time().await, Cause::Timeout(Step::Pong));
    calm();
    through.heals_with_one_gap("bert").await;
}

pub async fn a_fifth_of_all_packets_lost_costs_time_and_nothing_else<N: Net>() {
    const ENOUGH: u64 = 10;
    let mut through = Through::<N>::live(|config| {
        // A packet that is lost nine times in a row comes after 51 s: no bad luck is mistaken for a dead peer.
        config.heartbeat.interval = Duration::from_millis(20);
        config.heartbeat.pong_timeout = Duration::from_secs(60);
    })
    .await;
    let port = through.port();
    filter(&format!("tcp dport {port} numgen random mod 100 < 20 counter"), "drop");
    filter(&format!("tcp sport {port} numgen random mod 100 < 20 counter"), "drop");
    let dropped_both_ways = || {
        let rules = sh("nft list ruleset");
        rules.contains("counter packets ") && !rules.contains("counter packets 0 ")
    };
    let mut joins = 0;
    while joins < ENOUGH || !dropped_both_ways() {
        let who = format!("p{joins}");
        through.emit(&who);
        assert_eq!(through.joined().await, who);
        joins += 1;
    }
    until(|| through.stats().round_trip.histogram.count() > 5).await;
    let stats = through.stats();
    assert_eq!((stats.received, stats.duplicate, stats.gaps, stats.dials), (joins, 0, 0, 1));
}

pub async fn a_slow_link_whose_frames_keep_coming_stays<N: Net>() {
    let mut through = Through::<N>::live(|_| {}).await;
    // No packet may be larger than what is let through at a time; and both ways to the proxy share the link.
    sh("ip link set lo mtu 1500; tc qdisc add dev lo root tbf rate 2mbit burst 9000 latency 60s");
    for frame in 0..10 {
        through.emit(&format!("p{frame}{}", "x".repeat(8_000)));
    }
    through.trickle(10).await;
    for frame in 0..10 {
        assert!(through.joined().await.starts_with(&format!("p{frame}x")));
    }
    assert_eq!((through.stats().dials, through.stats().gaps), (1, 0));
}

pub async fn a_link_that_goes_down_is_silence_until_it_comes_up<N: Net>() {
    let mut through = Through::<N>::live(|_| {}).await;
    sh("ip link set lo down");
    through.emit("anna");
    assert_eq!(through.cause_in_time().await, Cause::Timeout(Step::Pong));
    // Some kernels find no route, others send into nothing.
    let cause = through.cause_in_time().await;
    let no_way = matches!(cause, Cause::Network { kind: Network::Connect, .. } | Cause::Timeout(Step::Dial));
    assert!(no_way, "{cause:?}");
    sh("ip link set lo up");
    through.heals_with_one_gap("bert").await;
}
