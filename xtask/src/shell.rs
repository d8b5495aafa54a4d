//! Running other programs, and failing with the command to run next.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What a chore comes to.
pub(crate) type Outcome = Result<(), Trouble>;

/// Why a chore failed, and what to do about it.
#[derive(Debug)]
pub(crate) struct Trouble {
    /// What went wrong.
    pub(crate) what: String,
    /// The one command to run next.
    pub(crate) next: String,
    /// The exit code: 1 for a check that failed, 2 for something that is missing or misspelt.
    pub(crate) code: u8,
}

impl Trouble {
    /// A check that did not pass.
    pub(crate) fn failed(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { what: what.into(), next: next.into(), code: 1 }
    }

    /// A chore that could not start.
    pub(crate) fn unusable(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { what: what.into(), next: next.into(), code: 2 }
    }
}

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    // Cargo says at run time where the package lies; what it said when it built may be another checkout
    // with the same target folder.
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&package).parent().expect("xtask lies in the workspace").to_path_buf()
}

/// `cargo` with these arguments, split at blanks, to be run in the root of the workspace.
pub(crate) fn cargo(arguments: &str) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).args(arguments.split_whitespace());
    command
}

/// Whether cargo has this sub-command.
pub(crate) fn has_cargo(subcommand: &str) -> bool {
    cargo(subcommand)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs a command with its output shown. If it fails, `next` is the command to try.
pub(crate) fn run(command: &mut Command, next: &str) -> Outcome {
    let shown = show(command);
    println!("$ {shown}");
    let status = command
        .status()
        .map_err(|error| Trouble::unusable(format!("`{shown}` did not start: {error}"), next))?;
    if status.success() { Ok(()) } else { Err(Trouble::failed(format!("`{shown}` failed ({status})"), next)) }
}

/// Runs a command and gives back what it printed.
pub(crate) fn read(command: &mut Command) -> Result<String, Trouble> {
    let shown = show(command);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| Trouble::unusable(format!("`{shown}` did not start: {error}"), shown.as_str()))?;
    if !output.status.success() {
        return Err(Trouble::failed(format!("`{shown}` failed ({})", output.status), shown));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a command for what it prints. If it fails, its last words say why.
pub(crate) fn quietly(command: &mut Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    let last = complaint.lines().rev().find(|line| !line.trim().is_empty());
    Err(last.map_or_else(|| output.status.to_string(), |line| line.trim().to_owned()))
}

/// How a program that has been started ended; `None`: not within its time, and it was stopped.
pub(crate) fn ended(mut program: Child, patience: Duration) -> io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    loop {
        match program.try_wait()? {
            Some(status) => return Ok(Some(status)),
            None if start.elapsed() > patience => {
                let _ = program.kill();
                let _ = program.wait();
                return Ok(None);
            }
            None => thread::sleep(Duration::from_millis(20)),
        }
    }
}

/// A command as a person would type it: with what was set in its environment in front.
fn show(command: &Command) -> String {
    let mut words = Vec::new();
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            words.push(format!("{}={}", name.to_string_lossy(), quoted(&value.to_string_lossy())));
        }
    }
    let program = Path::new(command.get_program()).file_stem().unwrap_or_default();
    words.push(program.to_string_lossy().into_owned());
    words.extend(command.get_args().map(|argument| quoted(&argument.to_string_lossy())));
    words.join(" ")
}

/// The word, in quotes if a shell would split it.
fn quoted(word: &str) -> String {
    if word.contains(' ') { format!("'{word}'") } else { word.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::{cargo, quietly, run, show};

    #[test]
    fn a_command_is_shown_as_one_would_type_it() {
        let mut command = cargo("test --workspace");
        command.env("PROPTEST_CASES", "7").arg("two words");
        assert_eq!(show(&command), "PROPTEST_CASES=7 cargo test --workspace 'two words'");
    }

    #[test]
    fn a_failure_names_the_command_to_run_next() {
        let trouble = run(cargo("no-such-subcommand").stderr(Stdio::null()), "cargo xtask --help")
            .expect_err("it cannot work");
        assert_eq!((trouble.code, trouble.next.as_str()), (1, "cargo xtask --help"));
    }

    #[test]
    fn what_is_missing_is_said() {
        let why = quietly(&mut Command::new("no-such-program")).expect_err("it is not there");
        assert!(!why.is_empty());
    }
}
