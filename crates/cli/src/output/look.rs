//! How the output is to look.

use std::io::{self, IsTerminal};

use rosterline_render::Paint;

use crate::settings::values::{self, Dialect, Format, Show};
use crate::settings::{Settings, Wrong};

/// How the output is to look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub(crate) format: Format,
    pub(crate) paint: Paint,
    pub(crate) show: Show,
    /// Whether it goes to a terminal.
    pub(crate) terminal: bool,
    /// Whether events name their communications: in the `notifications` dialect.
    pub(crate) legs: bool,
}

impl Look {
    /// Reads the settings of the output.
    pub(crate) fn read(settings: &Settings) -> Result<Self, Wrong> {
        let terminal = io::stdout().is_terminal();
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let format = settings.need("output", |text| values::format(text, terminal))?;
        let paint = Paint(settings.need("color", |text| values::color(text, terminal, no_color))?);
        let show = values::show(settings.list("show")).map_err(|why| settings.wrong("show", why))?;
        let legs = settings.read("dialect", values::dialect)? == Some(Dialect::Notifications);
        Ok(Self { format, paint, show, terminal, legs })
    }
}
