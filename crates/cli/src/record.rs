//! `--record`: what goes into the session is written down.

use std::fs::{File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};

use rosterline_core::Config;
use rosterline_driver::Tap;
use rosterline_recording::{Background, Options, Recording, Redaction};

use crate::messages;
use crate::settings::{Settings, Wrong};

/// A file for a recording, open from the start.
#[derive(Debug)]
pub(crate) struct Record {
    path: PathBuf,
    file: File,
    redaction: Redaction,
}

impl Record {
    /// Reads the settings, and makes the file. What is in there can only be read by who made it.
    pub(crate) fn read(settings: &Settings) -> Result<Option<Self>, Wrong> {
        let plain = settings.is_on("record-plain")?;
        let Some(name) = settings.text("record") else {
            return match plain {
                true => {
                    Err(settings
                        .wrong("record-plain", "says how to record, and not where; give --record FILE"))
                }
                false => Ok(None),
            };
        };
        let path = PathBuf::from(name);
        let file = create(&path)
            .map_err(|error| settings.wrong("record", format!("cannot write {name}: {error}")))?;
        let redaction = if plain { Redaction::Plain } else { Redaction::Pseudonyms };
        Ok(Some(Self { path, file, redaction }))
    }

    /// Begins to record the session that `config` makes.
    pub(crate) fn begin(self, config: &Config) -> io::Result<(Box<dyn Tap>, Tape)> {
        let options = Options { redaction: self.redaction, key: key() };
        let out = Background::new(self.file)?;
        let (recorder, recording) = rosterline_recording::record(out, config, &options);
        Ok((Box::new(recorder), Tape { path: self.path, recording, broken: false }))
    }
}

/// A recording that is being made.
#[derive(Debug)]
pub(crate) struct Tape {
    path: PathBuf,
    recording: Recording,
    broken: bool,
}

impl Tape {
    /// Says it, once, if the recording has ended before its time. The session goes on.
    pub(crate) fn check(&mut self) {
        if let Some(error) = self.recording.trouble() {
            self.complain(&error);
        }
    }

    /// Writes what is left. Whether the recording is whole.
    pub(crate) fn finish(&mut self) -> bool {
        if let Err(error) = self.recording.finish() {
            self.complain(&error);
        }
        !self.broken
    }

    fn complain(&mut self, error: &io::Error) {
        self.broken = true;
        messages::error(&format!("cannot write {}: {error}; the recording ends here", self.path.display()));
    }
}

/// A file is emptied, and made readable for its owner only, whatever it was; a device is left as it is.
pub(crate) fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    #[cfg(unix)]
    if file.metadata()?.is_file() {
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    }
    Ok(file)
}

/// A key that nobody knows, from the randomness that the standard library keeps its maps with.
fn key() -> [u8; 32] {
    let mut key = [0; 32];
    let random = RandomState::new();
    for (part, bytes) in (0u8..).zip(key.chunks_exact_mut(8)) {
        bytes.copy_from_slice(&random.hash_one(part).to_ne_bytes());
    }
    key
}
