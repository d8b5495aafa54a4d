//! The machine: who runs where, and what a process has used.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::shell::Trouble;

/// Longer than any client needs.
const PATIENCE: Duration = Duration::from_secs(300);
/// In `/proc`, times are in hundredths of a second on every Linux.
const TICKS: f64 = 100.0;

/// Which core a program runs on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Core {
    Client,
    Server,
}

/// A command for this program, on a core of its own if `taskset` is there and there are two; `prompt`: before everything else
/// that wants to run, if `chrt` may do that.
pub(crate) fn pinned(program: &Path, core: Core, prompt: bool) -> Command {
    let mut words: Vec<String> = Vec::new();
    if can_pin() {
        let number = match core {
            Core::Client => "0",
            Core::Server => "1",
        };
        words.extend(["taskset", "-c", number].map(str::to_owned));
    }
    if prompt && can_hurry() {
        words.extend(["chrt", "--fifo", "10"].map(str::to_owned));
    }
    let Some((first, rest)) = words.split_first() else { return Command::new(program) };
    let mut command = Command::new(first);
    command.args(rest).arg(program);
    command
}

fn can_pin() -> bool {
    thread::available_parallelism().is_ok_and(|cores| cores.get() >= 2)
        && works("taskset", &["-c", "1", "true"])
}

/// Whether the real-time class is ours to use: without it, the scheduler's delays drown those of the client.
pub(crate) fn can_hurry() -> bool {
    works("chrt", &["--fifo", "10", "true"])
}

fn works(program: &str, arguments: &[&str]) -> bool {
    let status = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Says how busy the machine is, since that decides what the figures are worth.
pub(crate) fn describe() {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let pinned =
        if can_pin() { "client and server on a core each" } else { "not pinned (no taskset, or one core)" };
    println!(
        "\n{cores} cores, {pinned}; load before: {}\n",
        load.split(' ').take(3).collect::<Vec<_>>().join(" ")
    );
}

/// What a program did, and what it took.
#[derive(Debug)]
pub(crate) struct Ran {
    /// What it printed.
    pub(crate) said: String,
    /// Processor time of all its threads, in seconds: user and system.
    pub(crate) cpu: f64,
    /// The most that was resident of it, in bytes.
    pub(crate) peak: f64,
}

/// Runs a program to its end.
pub(crate) fn measure(mut command: Command) -> Result<Ran, Trouble> {
    let name = format!("{command:?}");
    let failed = |why: String| Trouble::failed(format!("{name}: {why}"), "cargo xtask load --help");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| failed(error.to_string()))?;
    let (output, complaints) = (child.stdout.take(), child.stderr.take());
    let reading = thread::spawn(move || text(output));
    let complaining = thread::spawn(move || text(complaints));
    let used = watch(&child);
    if used.is_none() {
        let _ = child.kill();
    }
    let status = child.wait().map_err(|error| failed(error.to_string()))?;
    let said = reading.join().unwrap_or_default();
    let complaint = complaining.join().unwrap_or_default();
    match used {
        Some((cpu, peak)) if status.success() => Ok(Ran { said, cpu, peak }),
        Some(_) => Err(failed(format!("{status}: {}", complaint.trim()))),
        None => Err(failed(format!("not done in {} s: {}", PATIENCE.as_secs(), complaint.trim()))),
    }
}

fn text(pipe: Option<impl std::io::Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        let _ = pipe.read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Processor time and peak of a process that has ended and was not waited for yet; `None`: it does not end.
fn watch(child: &Child) -> Option<(f64, f64)> {
    let (folder, begun, mut peak) = (format!("/proc/{}", child.id()), Instant::now(), 0.0);
    while begun.elapsed() < PATIENCE {
        let status = fs::read_to_string(format!("{folder}/status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        if let Some(kib) = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok()) {
            peak = kib * 1024.0;
        }
        let stat = fs::read_to_string(format!("{folder}/stat")).unwrap_or_default();
        if let Some(cpu) = used_in_the_end(&stat) {
            return Some((cpu, peak));
        }
        thread::sleep(Duration::from_millis(10));
    }
    None
}

/// User and system time in `/proc/PID/stat`, if the process has ended.
fn used_in_the_end(stat: &str) -> Option<f64> {
    // Behind the name, which may contain anything, the state is field 3, and the times are 14 and 15.
    let fields: Vec<_> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok());
    (fields.first() == Some(&"Z")).then(|| Some((ticks(11)? + ticks(12)?) / TICKS))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_once_the_process_has_ended() {
        let stat = |state| format!("7 (a ) b) {state} 1 2 3 4 5 6 7 8 9 10 120 30 0 0 20");
        assert_eq!(used_in_the_end(&stat("Z")), Some(1.5));
        assert_eq!(used_in_the_end(&stat("S")), None);
    }
}
