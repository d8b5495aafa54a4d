//! A copy of the project, in which things can be broken.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::{Bug, folder, planted};
use crate::shell::{Outcome, Trouble, cargo, root};
use crate::tree::Tree;

/// A test that takes longer hangs, by its bug: the slowest take a few seconds.
const LONGEST: Duration = Duration::from_secs(120);

/// The copy, by its folder.
pub(super) struct Copy(PathBuf);

impl Copy {
    pub(super) fn make(tree: &Tree) -> Result<Self, Trouble> {
        let folder = root().join("target/planted/copy");
        for (path, text) in tree.files() {
            let path = folder.join(path);
            // What has not changed keeps its time, so that it is not built again.
            if fs::read_to_string(&path).is_ok_and(|old| old == text) {
                continue;
            }
            write(&path, text)?;
        }
        // What has gone since the last time must not stand beside what took its place.
        let list = root().join("target/planted/copied");
        for path in fs::read_to_string(&list).unwrap_or_default().lines() {
            if tree.get(path).is_none() {
                let _ = fs::remove_file(folder.join(path));
            }
        }
        write(&list, &tree.files().map(|(path, _)| format!("{path}\n")).collect::<String>())?;
        Ok(Self(folder))
    }

    /// Fails if a test fails without any bug. All of them are in the same binary.
    pub(super) fn is_sound(&self, bugs: &[&Bug]) -> Outcome {
        let binary = self.build(bugs[0]).map_err(|why| {
            Trouble::failed(format!("it does not compile without any planted bug\n{why}"), "cargo xtask ci")
        })?;
        for bug in bugs {
            let [_, _, test] = bug.test;
            if !self.passes(&binary, bug)? {
                return Err(Trouble::failed(
                    format!("{test} fails without any planted bug"),
                    format!("cargo nextest run -E 'test({test})'"),
                ));
            }
        }
        Ok(())
    }

    /// Whether the test finds the bug, and how long that took without the building. The copy is as before afterwards.
    pub(super) fn finds(&self, bug: &Bug) -> Result<(bool, Duration), Trouble> {
        let path = self.0.join(bug.file);
        let right = fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
        write(&path, &planted(bug, &right)?)?;
        let built = self.build(bug);
        write(&path, &right)?;
        // A bug that does not compile is not found by a test.
        let binary = built.map_err(|why| {
            let what = format!("with `{}` it does not compile\n{why}", bug.what);
            Trouble::failed(what, "mend the bug in xtask/src/planted")
        })?;
        let start = Instant::now();
        let passes = self.passes(&binary, bug)?;
        Ok((!passes, start.elapsed()))
    }

    /// Builds the binary that holds the bug's test. Its path, or what the compiler says.
    fn build(&self, bug: &Bug) -> Result<PathBuf, String> {
        let [package, binary, _] = bug.test;
        let mut command =
            cargo("test --quiet --all-features --no-run --message-format json-render-diagnostics");
        command.current_dir(&self.0).args(["--package", package]);
        match binary {
            "lib" => command.arg("--lib"),
            "bin" => command.arg("--bins"),
            _ => command.args(["--test", binary]),
        };
        command.env("CARGO_TARGET_DIR", root().join("target/planted/target"));
        // Nobody looks at these binaries with a debugger, and most of each is as it was before.
        command
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("CARGO_INCREMENTAL", "1")
            .env_remove("CARGO_MANIFEST_DIR");
        let output = command.output().map_err(|error| format!("cargo did not start: {error}"))?;
        let report = String::from_utf8_lossy(&output.stdout);
        match executable(&report) {
            Some(path) if output.status.success() => Ok(path),
            _ => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        }
    }

    fn passes(&self, binary: &Path, bug: &Bug) -> Result<bool, Trouble> {
        let [package, _, test] = bug.test;
        let folder = self.0.join(folder(package));
        let mut command = Command::new(binary);
        command.current_dir(&folder).env("CARGO_MANIFEST_DIR", &folder).args(["--exact", test]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        // That a case fails is enough: it need not be the smallest one, and nobody will look at it.
        command.env("PROPTEST_FAILURE_PERSISTENCE", "off").env("PROPTEST_MAX_SHRINK_ITERS", "0");
        // Some bugs make a test hang, and are found by that.
        command.env("ROSTERLINE_PATIENCE", "8").env("RUST_BACKTRACE", "0");
        ends_well(&mut command).map_err(|error| {
            Trouble::unusable(format!("{} did not run: {error}", binary.display()), "cargo xtask planted")
        })
    }
}

/// The test binary in what cargo reports: a line of JSON for each thing that it built.
fn executable(report: &str) -> Option<PathBuf> {
    let is_test = |line: &str| {
        let profile = line.split_once("\"profile\":{").and_then(|(_, rest)| rest.split_once('}'));
        profile.is_some_and(|(profile, _)| profile.contains("\"test\":true"))
    };
    let path = |line: &str| {
        let (path, _) = line.split_once("\"executable\":\"")?.1.split_once('"')?;
        Some(path.replace("\\\\", "\\").into())
    };
    report.lines().filter(|line| is_test(line)).find_map(path)
}

/// Whether a program ends well, and soon enough.
fn ends_well(command: &mut Command) -> std::io::Result<bool> {
    let mut child = command.spawn()?;
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        if start.elapsed() > LONGEST {
            child.kill()?;
            child.wait()?;
            return Ok(false);
        }
        thread::sleep(Duration::from_millis(5));
    }
}

fn write(path: &Path, text: &str) -> Outcome {
    let parent = path.parent().expect("a file lies in a folder");
    fs::create_dir_all(parent).and_then(|()| fs::write(path, text)).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Trouble {
    Trouble::unusable(format!("{}: {error}", path.display()), "cargo clean")
}

#[cfg(test)]
mod tests {
    use super::executable;

    #[test]
    fn the_binary_of_the_test_is_told_from_the_programs_that_it_runs() {
        let line = |name: &str, test: bool| {
            format!(
                r#"{{"target":{{"test":true}},"profile":{{"debuginfo":0,"test":{test}}},"executable":{name}}}"#
            )
        };
        let report =
            [line("null", false), line("\"tool\"", false), line(r#""target\\test""#, true)].join("\n");
        assert_eq!(executable(&report).expect("one is there").to_str(), Some("target\\test"));
        assert_eq!(executable(&line("\"tool\"", false)), None);
    }
}
