//! libFuzzer over the targets in `fuzz/`. What it finds goes to `fuzz/found/`, which git ignores; a find
//! that is worth keeping is moved to `fuzz/corpus/`, where the ordinary tests replay it.

use std::fs;

use crate::shell::{self, Outcome, Trouble, cargo, has_cargo, root};

/// Fuzzes one target, or all, for the seconds given.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let (targets, seconds) = plan(arguments, &targets()?)?;
    if !has_cargo("fuzz") {
        return Err(Trouble::unusable("cargo-fuzz is not installed", "cargo install --locked cargo-fuzz"));
    }
    super::no_std::share_lock("fuzz")?;
    for target in targets {
        let found = format!("fuzz/found/{target}");
        fs::create_dir_all(root().join(&found))
            .map_err(|error| Trouble::failed(format!("{found}: {error}"), "ls -l fuzz"))?;
        // The first folder takes what is found.
        let longest = longest(&target);
        let mut command = cargo(&format!(
            "fuzz run {target} {found} fuzz/corpus/{target} -- -max_total_time={seconds} -max_len={longest}"
        ));
        if std::env::var_os("ASAN_OPTIONS").is_none() {
            command.env("ASAN_OPTIONS", SANITIZER);
        }
        // The instrumentation is an unstable flag; this is the stable compiler's way to allow it.
        command.env("RUSTC_BOOTSTRAP", "1");
        shell::run(
            &mut command,
            &format!(
                "cargo fuzz tmin {target} INPUT   # the path above; then move it to fuzz/corpus/{target}"
            ),
        )?;
    }
    Ok(())
}

/// What the address sanitizer can do without: our code has no `unsafe`, and what it spends on the stacks of allocations
/// and on memory that is kept from being used again is half of the time of the targets that allocate a lot.
const SANITIZER: &str = "malloc_context_size=0:quarantine_size_mb=8:detect_stack_use_after_return=0";

/// The longest input of a target, in bytes: longer ones say the same more slowly.
fn longest(target: &str) -> u32 {
    match target {
        // Bytes of a server: every kind of frame many times over.
        "decode" => 65_536,
        "timestamp" => 64,
        "timeline" => 160,
        "session" | "cloud" => 512,
        _ => 4096,
    }
}

/// The targets, by the files that hold them.
fn targets() -> Result<Vec<String>, Trouble> {
    let folder = root().join("fuzz/fuzz_targets");
    let entries = fs::read_dir(&folder)
        .map_err(|error| Trouble::failed(format!("{}: {error}", folder.display()), "git status"))?;
    let mut names: Vec<String> = entries
        .filter_map(|entry| Some(entry.ok()?.path().file_stem()?.to_string_lossy().into_owned()))
        .collect();
    names.sort();
    Ok(names)
}

/// Which targets, and how many seconds for each.
fn plan(arguments: &[String], targets: &[String]) -> Result<(Vec<String>, u32), Trouble> {
    let usage = "cargo xtask fuzz --help";
    let chosen = match arguments.first() {
        None => targets.to_vec(),
        Some(name) if targets.contains(name) => vec![name.clone()],
        Some(name) => {
            let known = targets.join(", ");
            return Err(Trouble::unusable(format!("there is no target `{name}`, only: {known}"), usage));
        }
    };
    let seconds = match arguments.get(1) {
        None => 60,
        Some(given) => given
            .parse()
            .map_err(|_| Trouble::unusable(format!("`{given}` is no number of seconds"), usage))?,
    };
    Ok((chosen, seconds))
}

#[cfg(test)]
mod tests {
    use super::{plan, targets};

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn every_target_for_a_minute_unless_told_otherwise() {
        let known = words("decode other");
        assert_eq!(plan(&[], &known).expect("the default"), (known.clone(), 60));
        assert_eq!(plan(&words("other 5"), &known).expect("one of two"), (words("other"), 5));
    }

    #[test]
    fn nonsense_is_a_usage_error() {
        for given in ["missing", "decode soon"] {
            assert_eq!(plan(&words(given), &words("decode")).expect_err(given).code, 2);
        }
    }

    #[test]
    fn the_targets_are_found() {
        assert!(targets().expect("the folder is there").contains(&"decode".to_owned()));
    }
}
