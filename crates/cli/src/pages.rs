//! `completions` and `man`: what is made from the command line's own description.

use std::io::{self, Write};

use crate::Failure;
use crate::args::{Task, command};
use crate::exit::Exit;

/// Prints what the task asks for.
pub(crate) fn print(task: &Task) -> Result<Exit, Failure> {
    let mut page = Vec::new();
    match task {
        Task::Completions(shell) => clap_complete::generate(*shell, &mut command(), "rosterline", &mut page),
        Task::Man => manual(&mut page)?,
        Task::Demo(_)
        | Task::Watch(_)
        | Task::Mock(_)
        | Task::Doctor(_)
        | Task::Replay(..)
        | Task::Simulate(_)
        | Task::Tune(..)
        | Task::ConfigShow(_) => {}
    }
    let mut out = io::stdout().lock();
    out.write_all(&page)?;
    out.flush()?;
    Ok(Exit::Ok)
}

/// The page of the tool, and behind it those of its commands.
fn manual(page: &mut Vec<u8>) -> io::Result<()> {
    let mut tool = command();
    tool.build();
    clap_mangen::Man::new(tool.clone()).render(page)?;
    for command in tool.get_subcommands() {
        clap_mangen::Man::new(command.clone()).render(page)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_names_every_command_and_a_flag_of_each() {
        let mut page = Vec::new();
        manual(&mut page).expect("memory");
        let page = String::from_utf8_lossy(&page);
        for word in
            ["rosterline", "watch", "fail\\-on\\-gap", "demo", "duration", "mock", "listen", "completions"]
        {
            assert!(page.contains(word), "{word}");
        }
    }
}
