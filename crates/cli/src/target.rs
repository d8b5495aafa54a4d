//! Files that are written whole, at the end.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process;

use crate::settings::{Settings, Wrong};

/// A file to be written. That it can be is known from the start, so that a long run is not lost at its end.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    path: PathBuf,
    /// Whether it is for its owner only.
    private: bool,
}

impl Target {
    /// Tries whether there can be a file of this name; `setting` asked for it.
    pub(crate) fn new(settings: &Settings, setting: &str, name: &str) -> Result<Self, Wrong> {
        let unfit =
            |why: &dyn std::fmt::Display| settings.wrong(setting, format!("cannot write {name}: {why}"));
        // A link is followed: the file is replaced, not the link to it.
        let path = fs::canonicalize(name).unwrap_or_else(|_| PathBuf::from(name));
        if fs::metadata(&path).is_ok_and(|there| !there.is_file()) || path.file_name().is_none() {
            return Err(unfit(&"there is something that is not a file; name a file"));
        }
        let target = Self { path, private: false };
        let trial = target.beside();
        create(&trial, true).and_then(|_| fs::remove_file(&trial)).map_err(|error| unfit(&error))?;
        Ok(target)
    }

    /// The same file, for its owner only.
    pub(crate) fn private(self) -> Self {
        Self { private: true, ..self }
    }

    /// Writes the file: whoever opens it sees the old one or the new one, never a part.
    ///
    /// # Errors
    /// The system's, with the name of the file.
    pub(crate) fn write(&self, content: &[u8]) -> io::Result<()> {
        let beside = self.beside();
        let written =
            write_new(&beside, content, self.private).and_then(|()| fs::rename(&beside, &self.path));
        written.map_err(|error| {
            // What was written so far helps nobody; if it cannot be removed either, there is nobody to tell.
            let _ = fs::remove_file(&beside);
            io::Error::new(error.kind(), format!("cannot write {}: {error}", self.path.display()))
        })
    }

    /// A file in the same folder, so that it can take the other's place in one step.
    fn beside(&self) -> PathBuf {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        self.path.with_file_name(format!(".{name}.{}.part", process::id()))
    }
}

/// Makes a file that is not there. One that is was left by a process that had our number and was killed, as the first one of
/// a container always has.
fn create(path: &Path, private: bool) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if private {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = private;
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            fs::remove_file(path)?;
            options.open(path)
        }
        other => other,
    }
}

fn write_new(path: &Path, content: &[u8], private: bool) -> io::Result<()> {
    let mut file = create(path, private)?;
    file.write_all(content)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_process_has_left_is_in_nobodys_way() {
        let folder = std::env::temp_dir().join(format!("rosterline-target-{}", process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let name = folder.join("file");
        let left = folder.join(format!(".file.{}.part", process::id()));
        fs::write(&left, "torn").expect("written");
        let target = Target::new(&Settings::default(), "checkpoint", name.to_str().expect("UTF-8"));
        let target = target.expect("it can be written");
        fs::write(&left, "torn").expect("written");
        target.write(b"whole").expect("written");
        assert_eq!(fs::read(&name).expect("there"), b"whole");
        assert_eq!(fs::read_dir(&folder).expect("there").count(), 1);
        fs::remove_dir_all(&folder).expect("removed");
    }
}
