//! What a session asks the server for.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::{Id, Misuse, Presence};

/// What to subscribe to (section 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    interaction: Option<Id>,
    channels: Vec<String>,
}

impl Subscription {
    /// Every interaction that the token's scope allows, on every channel.
    #[must_use]
    pub const fn all() -> Self {
        Self { interaction: None, channels: Vec::new() }
    }

    /// One interaction, on every channel.
    ///
    /// # Errors
    /// An empty id: the server would read it as "every interaction".
    pub fn interaction(id: &str) -> Result<Self, Misuse> {
        if id.is_empty() {
            return Err(Misuse::new("interaction", "is empty; to get every interaction, leave it out"));
        }
        Ok(Self { interaction: Some(Id::new(id)), channels: Vec::new() })
    }

    /// Only these channels: `voice`, `chat`, `video`, `sms`, or any other word that the server knows.
    ///
    /// # Errors
    /// An empty word.
    pub fn channels<S: AsRef<str>>(mut self, channels: impl IntoIterator<Item = S>) -> Result<Self, Misuse> {
        for channel in channels {
            let channel = channel.as_ref();
            if channel.is_empty() {
                return Err(Misuse::new("channel", "is empty; to get every channel, leave it out"));
            }
            if !self.channels.iter().any(|known| known == channel) {
                self.channels.push(channel.to_string());
            }
        }
        Ok(self)
    }

    /// The interaction, if it is only one.
    #[must_use]
    pub const fn only(&self) -> Option<&Id> {
        self.interaction.as_ref()
    }

    /// Whether it asks for what this tells.
    pub(crate) fn includes(&self, presence: &Presence) -> bool {
        let is_wanted = |channel: &String| *presence.channel == **channel;
        self.interaction.as_ref().is_none_or(|only| *only == presence.interaction)
            && (self.channels.is_empty() || self.channels.iter().any(is_wanted))
    }

    /// The channels; none means all.
    #[must_use]
    pub fn only_channels(&self) -> &[String] {
        &self.channels
    }
}
