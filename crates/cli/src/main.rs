//! The rosterline tool: `demo`, `watch`, `replay`, `simulate`, `tune`, `mock`, `doctor`, `config show`, `completions` and `man`.

mod alarms;
mod args;
mod checkpoint;
mod config;
mod demo;
mod difference;
mod doctor;
mod drawing;
mod exit;
mod export;
mod messages;
mod metrics;
mod mock;
mod output;
mod pages;
mod record;
mod replay;
mod report;
mod screen;
mod served;
mod settings;
mod signals;
mod simulate;
mod stop;
mod target;
mod tune;
mod watch;

use std::io;
use std::process::ExitCode;

use args::Task;
use exit::Exit;
use settings::{Sources, Wrong, values};

/// Why a command could not be carried out.
#[derive(Debug)]
enum Failure {
    /// A setting is missing or wrong.
    Wrong(Wrong),
    /// The output failed.
    Output(io::Error),
    /// Something of ours, or of the system, failed.
    Internal(io::Error),
}

impl From<Wrong> for Failure {
    fn from(wrong: Wrong) -> Self {
        Self::Wrong(wrong)
    }
}

/// Everything that is read or written while a command runs is its output.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

fn main() -> ExitCode {
    let task = match Task::read(std::env::args_os()) {
        Ok(task) => task,
        Err(error) => {
            // clap prints help to stdout and errors to stderr; there is nobody to tell if that fails.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Ok }.into();
        }
    };
    match run(&task) {
        Ok(exit) => exit.into(),
        Err(Failure::Wrong(wrong)) => {
            messages::error(&wrong);
            Exit::Usage.into()
        }
        // The reader has had enough.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Ok.into(),
        Err(Failure::Output(error)) => {
            messages::error(&format!("cannot write the output: {error}"));
            Exit::Internal.into()
        }
        Err(Failure::Internal(error)) => {
            messages::error(&error);
            Exit::Internal.into()
        }
    }
}

fn run(task: &Task) -> Result<Exit, Failure> {
    let Some((flags, command)) = task.flags() else { return pages::print(task) };
    let variable = |name: &str| std::env::var(name).ok();
    let settings = Sources { flags, variable: &variable, command }.gather()?;
    let verbose = settings.need("verbose", values::number)?;
    // A demo draws where messages would stand.
    let quiet = settings.is_on("quiet")? || (matches!(task, Task::Demo(_)) && verbose == 0);
    messages::begin(quiet, verbose);
    // The session runs on other threads than the output: a reader who is slow never stops a heartbeat.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(Failure::Internal)?;
    let done = match task {
        Task::Demo(_) => runtime.block_on(demo::demo(&settings)),
        Task::Watch(_) => runtime.block_on(watch::watch(&settings)),
        Task::Mock(_) => runtime.block_on(mock::mock(&settings)),
        Task::Doctor(_) => runtime.block_on(doctor::doctor(&settings)),
        Task::Replay(_, file) => runtime.block_on(replay::replay(&settings, file)),
        Task::Simulate(_) => simulate::simulate(&settings),
        Task::Tune(_, file) => runtime.block_on(tune::tune(&settings, file.as_deref())),
        Task::ConfigShow(flags) => config::show(&settings, flags.get_flag("origin")),
        Task::Completions(_) | Task::Man => pages::print(task),
    };
    // What still waits for the network waits for nobody.
    runtime.shutdown_background();
    done
}
