//! What a page knows of its connection to the server.

/// The state of the connection, as the latest call or event of the stream shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConnectionState {
    /// Nothing is known yet.
    #[default]
    Unknown,
    /// The server answers.
    Online,
    /// The server answers, and takes no commands of this page for a while: too many senders are new from its address.
    Throttled,
    /// The server cannot be reached, or cannot do its work.
    Offline,
    /// The server asks the person to sign in first.
    SignedOut,
    /// The server does not understand this page, which is of another version.
    Outdated,
}

impl ConnectionState {
    /// The state after `next` was observed. A state that the person has to act on stays until a call succeeds.
    #[must_use]
    pub fn after(self, next: Self) -> Self {
        match (self, next) {
            (Self::SignedOut | Self::Outdated, Self::Offline) => self,
            _ => next,
        }
    }

    /// Whether the server answers, as far as is known.
    #[must_use]
    pub fn may_be_online(self) -> bool {
        matches!(self, Self::Unknown | Self::Online)
    }
}
