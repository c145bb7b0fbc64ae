//! What a page knows of its connection to the server and of its storage.

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

/// What a page knows of its connection and its storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connectivity {
    /// The state of the connection.
    pub connection: ConnectionState,
    /// Whether pending commands are stored in the browser, and not only in this page.
    pub is_storage_available: bool,
    /// Whether commands are pending for long, or have waited for the connection. Changes that are saved at once show no
    /// status, so that it does not flicker.
    pub is_saving_slow: bool,
}

impl Default for Connectivity {
    fn default() -> Self {
        Self {
            connection: ConnectionState::Unknown,
            is_storage_available: true,
            is_saving_slow: false,
        }
    }
}

impl Connectivity {
    /// A call or an event shows this state of the connection.
    pub(super) fn observe(&mut self, connection: ConnectionState) {
        if !self.connection.may_be_online() {
            // Commands that have waited for the connection are not saved by its return.
            self.is_saving_slow = true;
        }
        self.connection = self.connection.after(connection);
    }

    /// The server takes pending commands later, so they are pending for longer than a moment.
    pub(super) fn observe_throttling(&mut self, connection: ConnectionState) {
        self.is_saving_slow = true;
        self.observe(connection);
    }
}
