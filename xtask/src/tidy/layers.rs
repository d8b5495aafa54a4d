//! Who may know whom: the layers of ARCHITECTURE.md, as far as a manifest or a name can break them.

use super::Finding;
use super::manifests::section;
use crate::shell::{self, Trouble, cargo};
use crate::tree::{Tree, has_word, without_tests};

/// The crates that know no std, no runtime and no clock, and all that they may be built from. Every name
/// was looked at: it is `no_std`, or runs in the compiler only.
const PURE: &[&str] = &["rosterline-core", "rosterline-timeline"];
const PURE_TREE: &[&str] = &[
    "adler2",
    "base64",
    "castaway",
    "cfg-if",
    "compact_str",
    "foldhash",
    "hashbrown",
    "itoa",
    "memchr",
    "miniz_oxide",
    "proc-macro2",
    "quote",
    "rosterline-core",
    "rosterline-timeline",
    "rustversion",
    "ryu",
    "serde",
    "serde_core",
    "serde_derive",
    "serde_json",
    "static_assertions",
    "syn",
    "unicode-ident",
    "zeroize",
    "zmij",
];

/// What the driver must not be built from: it knows futures, and neither a runtime nor a WebSocket library.
const RUNTIMES: &[&str] =
    &["tokio", "async-std", "smol", "tungstenite", "tokio-tungstenite", "reqwest", "hyper", "rustls"];

/// Each runtime, and the only crates, by folder, that may name it.
const HOMES: &[(&str, &[&str])] = &[
    ("tokio", &["tokio", "mock", "cli", "conformance"]),
    ("async-std", &["async-std", "cli"]),
    ("smol", &["smol", "cli"]),
];

/// `#![no_std]` stands where it was promised.
pub(super) fn no_std_attribute(tree: &Tree) -> Vec<Finding> {
    let missing = PURE.iter().filter_map(|name| {
        let path = format!("crates/{}/src/lib.rs", name.strip_prefix("rosterline-")?);
        let promised = tree.get(&path)?.lines().any(|line| line.trim() == "#![no_std]");
        (!promised).then(|| Finding::new(path, "`#![no_std]` is gone: this crate must work without std"))
    });
    missing.collect()
}

/// The pure crates have lints of their own; they must not lose those of the workspace by it.
pub(super) fn clippy_settings(tree: &Tree) -> Vec<Finding> {
    let shared = tree.get("clippy.toml").unwrap_or_default();
    let mut findings = Vec::new();
    for name in PURE.iter().filter_map(|name| name.strip_prefix("rosterline-")) {
        let place = format!("crates/{name}/clippy.toml");
        let own = tree.get(&place).unwrap_or_default();
        let missing = shared.lines().filter(|line| !own.lines().any(|other| other == *line));
        findings
            .extend(missing.map(|line| Finding::new(&place, format!("it lacks the workspace's `{line}`"))));
        if !own.contains("std::time::Instant::now") {
            findings.push(Finding::new(
                &place,
                "it no longer forbids clocks: see the invariants in ARCHITECTURE.md",
            ));
        }
    }
    findings
}

/// Runtimes are crates: the others are generic over them.
pub(super) fn runtimes_stay_outside(tree: &Tree) -> Vec<Finding> {
    HOMES.iter().flat_map(|(runtime, homes)| strays(tree, runtime, homes)).collect()
}

/// Crates that depend on a runtime, and files that name it, outside of its homes.
fn strays(tree: &Tree, runtime: &str, homes: &[&str]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let message =
        |verb: &str| format!("it {verb} {runtime}: what needs {runtime} belongs into crates/{runtime}");
    for (name, manifest) in tree.crates().filter(|(name, _)| !homes.contains(name)) {
        if section(manifest, "[dependencies]").any(|line| line.starts_with(runtime)) {
            findings.push(Finding::new(format!("crates/{name}/Cargo.toml"), message("depends on")));
        }
    }
    let word = runtime.replace('-', "_");
    for (path, text) in tree.rust() {
        let Some((name, file)) = path.strip_prefix("crates/").and_then(|rest| rest.split_once('/')) else {
            continue;
        };
        let code = |line: &&str| !line.trim_start().starts_with("//");
        if file.starts_with("src/")
            && !homes.contains(&name)
            && without_tests(text).filter(code).any(|line| has_word(line, &word))
        {
            findings.push(Finding::new(path, message("names")));
        }
    }
    findings
}

/// The driver's manifest names no runtime, not even for its tests.
pub(super) fn driver_stays_neutral(tree: &Tree) -> Vec<Finding> {
    let manifest = tree.get("crates/driver/Cargo.toml").unwrap_or_default();
    let named = |line: &str| {
        let name = line.split(['=', '.', ' ']).next().unwrap_or(line);
        RUNTIMES.iter().find(|runtime| **runtime == name)
    };
    ["[dependencies]", "[dev-dependencies]"]
        .iter()
        .flat_map(|kind| section(manifest, kind).filter_map(named))
        .map(|name| {
            Finding::new("crates/driver/Cargo.toml", format!("it depends on {name}: it must know none"))
        })
        .collect()
}

/// What cargo says that the pure crates and the driver are built from.
pub(super) fn dependencies() -> Result<Vec<Finding>, Trouble> {
    let mut findings = Vec::new();
    for package in PURE {
        let strangers = strangers(&tree_of(package)?, |name| PURE_TREE.contains(&name));
        findings.extend(strangers.into_iter().map(|name| {
            let message = format!(
                "it is built from {name}, which is not on the list: see that {name} is no_std, then add it to \
                 xtask/src/tidy/layers.rs"
            );
            Finding::new(*package, message)
        }));
    }
    let strangers = strangers(&tree_of("rosterline-driver")?, |name| !RUNTIMES.contains(&name));
    findings.extend(strangers.into_iter().map(|name| {
        Finding::new("rosterline-driver", format!("it is built from {name}: it must know no runtime"))
    }));
    Ok(findings)
}

/// The packages that a package is built from, one a line, on every platform.
fn tree_of(package: &str) -> Result<String, Trouble> {
    let line = "tree --edges normal,build --target all --prefix none --format {p} --package";
    shell::read(cargo(line).arg(package))
}

/// The names in the output of `cargo tree` that are not welcome, each once.
fn strangers(tree: &str, welcome: impl Fn(&str) -> bool) -> Vec<String> {
    let mut names: Vec<String> = tree
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| !welcome(name))
        .map(str::to_owned)
        .collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::{clippy_settings, driver_stays_neutral, no_std_attribute, runtimes_stay_outside, strangers};
    use crate::tree::Tree;

    #[test]
    fn a_lost_no_std_is_found() {
        let tree = |text| Tree::of(&[("crates/core/src/lib.rs", text)]);
        assert_eq!(no_std_attribute(&tree("//! Docs.\n#![no_std]\n")), []);
        assert_eq!(no_std_attribute(&tree("//! About #![no_std]\n")).len(), 1);
    }

    #[test]
    fn settings_that_got_lost_are_found() {
        let strict = "allow = true\n{ path = \"std::time::Instant::now\" }\n";
        let with = |core| {
            let files = [
                ("clippy.toml", "allow = true\n"),
                ("crates/core/clippy.toml", core),
                ("crates/timeline/clippy.toml", strict),
            ];
            clippy_settings(&Tree::of(&files)).len()
        };
        assert_eq!((with(strict), with("allow = true\n"), with("")), (0, 1, 2));
    }

    #[test]
    fn tokio_is_found_in_manifests_and_sources_of_the_wrong_crates() {
        let manifest = "[package]\n[dependencies]\ntokio.workspace = true\n";
        let files = |name: &str| {
            let (toml, lib) = (format!("crates/{name}/Cargo.toml"), format!("crates/{name}/src/lib.rs"));
            runtimes_stay_outside(&Tree::of(&[(&toml, manifest), (&lib, "use tokio::time;\n")])).len()
        };
        assert_eq!((files("mock"), files("driver"), files("smol")), (0, 2, 2));
    }

    #[test]
    fn words_about_tokio_are_allowed_everywhere() {
        let lib = "//! Runs under tokio.\n#[cfg(test)]\nmod tests {\n    use tokio::test;\n}\n";
        assert_eq!(runtimes_stay_outside(&Tree::of(&[("crates/driver/src/lib.rs", lib)])), []);
    }

    #[test]
    fn a_driver_with_a_runtime_is_found() {
        let with = |name: &str| {
            let manifest = format!("[package]\n[dev-dependencies]\n{name}.workspace = true\n");
            driver_stays_neutral(&Tree::of(&[("crates/driver/Cargo.toml", &manifest)])).len()
        };
        assert_eq!((with("futures-core"), with("tokio-tungstenite")), (0, 1));
    }

    #[test]
    fn a_stranger_in_the_tree_is_named_once() {
        let tree = "core v0.1.0 (path)\nserde v1.0.0\nmio v1.0.0\nmio v1.0.0 (*)\n";
        assert_eq!(strangers(tree, |name| name != "mio"), ["mio"]);
    }
}
