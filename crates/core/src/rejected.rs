//! Input of a peer that could not be understood: what was wrong with it, and where it stood.

/// Input that was refused, and where it stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// What was wrong.
    pub reason: Reason,
    /// The place: `frame`, or the path of the field, as in `events[3].timestamp`. Of the first, if there
    /// are more than one.
    pub place: Place,
    /// How many in a row were refused for this reason in this field, whatever its positions in lists. If more than a
    /// thousand words wait for the application, those with one reason are put together, whatever the field.
    pub count: u64,
}

/// Where in a frame something was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The frame as a whole.
    Frame,
    /// One event, or one field of it.
    Event {
        /// Its position in the frame, from 0.
        index: usize,
        /// The field, empty for the event as a whole.
        field: &'static str,
    },
    /// Deeper within what a service of the `notifications` dialect said.
    Path(Path),
}

/// The way to something within a body, as `eventBody.participants[2].calls[0].connectedTime`
/// (docs/notifications.md, section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path {
    /// Where it begins: the `eventBody` of a frame, or the `body` of an answer.
    root: &'static str,
    /// The lists on the way, each with a position from 0. One without a name is not used.
    steps: [(&'static str, u32); 3],
    /// The field, empty for the last element as a whole.
    field: &'static str,
}

impl Place {
    /// Whether both are the same field, but for positions in lists.
    pub(crate) fn is_like(self, other: Self) -> bool {
        let lists = |path: Path| path.steps.map(|(list, _)| list);
        match (self, other) {
            (Self::Frame, Self::Frame) => true,
            (Self::Event { field, .. }, Self::Event { field: other, .. }) => field == other,
            (Self::Path(path), Self::Path(other)) => {
                (path.root, lists(path), path.field) == (other.root, lists(other), other.field)
            }
            (Self::Frame | Self::Event { .. } | Self::Path(_), _) => false,
        }
    }
}

impl Path {
    pub(crate) const fn new(root: &'static str) -> Self {
        Self { root, steps: [("", 0); 3], field: "" }
    }

    /// The element at `index` of `list`.
    pub(crate) fn step(mut self, list: &'static str, index: usize) -> Self {
        if let Some(free) = self.steps.iter_mut().find(|(list, _)| list.is_empty()) {
            *free = (list, u32::try_from(index).unwrap_or(u32::MAX));
        }
        self
    }

    pub(crate) const fn field(self, field: &'static str) -> Self {
        Self { field, ..self }
    }
}

impl core::fmt::Display for Path {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.root)?;
        for (list, index) in self.steps.iter().take_while(|(list, _)| !list.is_empty()) {
            write!(f, ".{list}[{index}]")?;
        }
        if self.field.is_empty() { Ok(()) } else { write!(f, ".{}", self.field) }
    }
}

impl core::fmt::Display for Place {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Frame => f.write_str("frame"),
            Self::Event { index, field: "" } => write!(f, "events[{index}]"),
            Self::Event { index, field } => write!(f, "events[{index}].{field}"),
            Self::Path(path) => path.fmt(f),
        }
    }
}

/// What was wrong with rejected input. The first five refuse a whole frame, the others one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Not UTF-8.
    BadUtf8,
    /// Not JSON, or JSON that is no object, or `events` that is no array.
    BadJson,
    /// Larger than the limit for a frame.
    TooLarge,
    /// Compressed data that is damaged.
    BadCompression,
    /// Compressed data that grows beyond its limits.
    Bomb,
    /// An element of `events` that is no object, or holds a field twice.
    BadEvent,
    /// A required field is absent.
    MissingField,
    /// A field has the wrong type, or text that is not valid.
    BadField,
    /// `timestamp` is no RFC 3339 date and time with an offset.
    BadTimestamp,
}

impl Reason {
    /// The name in the tool's output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BadUtf8 => "bad-utf8",
            Self::BadJson => "bad-json",
            Self::TooLarge => "too-large",
            Self::BadCompression => "bad-compression",
            Self::Bomb => "bomb",
            Self::BadEvent => "bad-event",
            Self::MissingField => "missing-field",
            Self::BadField => "bad-field",
            Self::BadTimestamp => "bad-timestamp",
        }
    }
}
