//! A test in a network of its own: what the kernel does to connections, without any of it reaching the machine's network.
//!
//! A test starts itself again under `unshare`, in a network namespace in which there is nothing but its loopback. The namespace
//! goes with that process, however it ends, so that there is nothing to clean up.

use std::future::Future;
use std::process::Command;

use crate::host::{Threads, run};

/// With this in the environment and `required` as its value, what cannot be tested fails instead of being skipped.
const REQUIRED: &str = "ROSTERLINE_NETNS";
/// Set for a process that is in a network of its own: to the name of the one that it has left.
const APART: &str = "ROSTERLINE_APART";
/// What the tests need. It changes nothing outside of the namespace in which it runs.
const PROBE: &str = "ip link set lo up && nft add table inet probe && nft delete table inet probe && ss -K dport = :9 2>&1 \
                     && tc qdisc add dev lo root tbf rate 1mbit burst 9kb latency 1s && tc qdisc delete dev lo root";
/// How to get a namespace: as root, or where users may make namespaces.
const WAYS: [&[&str]; 2] = [&["--net", "--mount"], &["--map-root-user", "--net", "--mount"]];

/// Runs a test in a network of its own, or says loudly that it was skipped. `name`: its path, the crate's name included.
///
/// # Panics
/// If the test fails, or cannot run although it is required.
pub fn run_apart(name: &str, threads: Threads, test: impl Future<Output = ()>) {
    if let Ok(left) = std::env::var(APART) {
        // What the tests do there must never be done to the machine's own.
        let here = network().expect("a process in a namespace knows its name");
        assert!(
            left.starts_with("net:[") && left != here,
            "{APART} is set, but this is no network of its own"
        );
        return run(threads, test);
    }
    // The test runner leaves the crate's name out.
    let name = name.split_once("::").map_or(name, |(_, name)| name);
    match way() {
        Ok(way) => start_again(name, way),
        Err(why) => {
            let required = std::env::var(REQUIRED).is_ok_and(|value| value == "required");
            assert!(!required, "no fault of the kernel was tested: {why}");
            skipped(name, &why);
        }
    }
}

#[expect(clippy::print_stderr, reason = "a test that does not run has to say so")]
fn skipped(name: &str, why: &str) {
    eprintln!("SKIPPED: {name}: no fault of the kernel was tested: {why}");
}

/// The first way that works; or why none does.
fn way() -> Result<&'static [&'static str], String> {
    if !cfg!(target_os = "linux") {
        return Err("network namespaces are Linux's".into());
    }
    network().map_err(|error| format!("the name of this network is not known: {error}"))?;
    let mut why = String::new();
    for way in WAYS {
        let tried = Command::new("unshare").args(way).args(["sh", "-c", PROBE]).output();
        match tried {
            Ok(output) if output.status.success() => return Ok(way),
            Ok(output) => why = String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            Err(error) => why = format!("unshare: {error}"),
        }
    }
    Err(format!(
        "it takes root (or user namespaces), unshare, and ip, tc, ss and nft (iproute2, nftables): {why}"
    ))
}

/// The name of the network that this process is in.
fn network() -> std::io::Result<String> {
    Ok(std::fs::read_link("/proc/self/ns/net")?.to_string_lossy().into_owned())
}

/// This very test, in a network of its own.
fn start_again(name: &str, way: &[&str]) {
    let program = std::env::current_exe().expect("the system knows");
    let mut command = Command::new("unshare");
    command.args(way).args(["sh", "-c", "ip link set lo up && exec \"$0\" \"$@\""]);
    command
        .arg(program)
        .args([name, "--exact", "--nocapture"])
        .env(APART, network().expect("it was known a moment ago"));
    let output = command.output().expect("it did start a moment ago");
    let told = String::from_utf8_lossy(&output.stdout);
    let failed = !output.status.success();
    assert!(!failed, "{told}{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.contains("1 passed"), "there is no test `{name}`: {told}");
}
