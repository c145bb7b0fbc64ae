//! The settings of the limits: the table `limits` of the settings file, and their flags.

use clap::Args;
use serde::Deserialize;

/// How many connections there are at most where the system has open files for more. An idle one takes
/// some 16 KB.
const MAX_CONNECTIONS: usize = 20_000;

/// Open files that are no connections: the journal, the files of the page, and the connections that are
/// told that there is no room for them.
const OTHER_FILES: usize = 128;

/// How many there may be of what. 0 is no limit.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct LimitSettings {
    /// Requests of one client that only read, in a second.
    pub reads_per_second: u32,
    /// Its other requests.
    pub changes_per_second: u32,
    /// Senders of commands that one client may introduce in an hour. Each is remembered for ever.
    pub new_senders_per_hour: u32,
    /// Connections; `None` is as many as the system's open files allow.
    pub max_connections: Option<usize>,
    /// Connections of one address, and streams of one client.
    pub max_connections_per_address: usize,
    /// Streams of events; `None` is three quarters of the connections.
    pub max_streams: Option<usize>,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            reads_per_second: 500,
            changes_per_second: 200,
            new_senders_per_hour: 60,
            max_connections: None,
            max_connections_per_address: 500,
            max_streams: None,
        }
    }
}

/// The limits that were given as flags or environment variables.
#[derive(Debug, Default, Args)]
pub struct LimitFlags {
    /// How often one client may read in a second, and ten times that at once; 0: no limit [default: 500]
    #[arg(
        global = true,
        long,
        value_name = "N",
        env = "TODO_LIST_READS_PER_SECOND"
    )]
    pub reads_per_second: Option<u32>,
    /// How many changes one client may make in a second, likewise; many items at once cost more [default: 200]
    #[arg(
        global = true,
        long,
        value_name = "N",
        env = "TODO_LIST_CHANGES_PER_SECOND"
    )]
    pub changes_per_second: Option<u32>,
    /// How many new senders (pages and programs) one client may introduce in an hour, and 200 at once; 0: no limit
    /// [default: 60]
    #[arg(
        global = true,
        long,
        value_name = "N",
        env = "TODO_LIST_NEW_SENDERS_PER_HOUR"
    )]
    pub new_senders_per_hour: Option<u32>,
    /// How many connections there may be; 0: no limit
    /// [default: what the limit of open files leaves, at most 20000]
    #[arg(
        global = true,
        long,
        value_name = "N",
        env = "TODO_LIST_MAX_CONNECTIONS"
    )]
    pub max_connections: Option<usize>,
    /// How many connections, and streams, one address may have; 0: no limit [default: 500]
    #[arg(
        global = true,
        long,
        value_name = "N",
        env = "TODO_LIST_MAX_CONNECTIONS_PER_ADDRESS"
    )]
    pub max_connections_per_address: Option<usize>,
    /// How many streams of events there may be; 0: no limit [default: 3/4 of the connections]
    #[arg(global = true, long, value_name = "N", env = "TODO_LIST_MAX_STREAMS")]
    pub max_streams: Option<usize>,
}

impl LimitSettings {
    /// These, with what the flags say instead.
    #[must_use]
    pub fn overridden(self, flags: &LimitFlags) -> Self {
        Self {
            reads_per_second: flags.reads_per_second.unwrap_or(self.reads_per_second),
            changes_per_second: flags.changes_per_second.unwrap_or(self.changes_per_second),
            new_senders_per_hour: flags
                .new_senders_per_hour
                .unwrap_or(self.new_senders_per_hour),
            max_connections: flags.max_connections.or(self.max_connections),
            max_connections_per_address: flags
                .max_connections_per_address
                .unwrap_or(self.max_connections_per_address),
            max_streams: flags.max_streams.or(self.max_streams),
        }
    }

    /// How many connections there may be.
    #[must_use]
    pub(in crate::server) fn connections(&self) -> usize {
        self.max_connections
            .map_or_else(|| connections_of(open_files()), bound)
    }

    /// How many of them one address may have, and how many streams one client.
    #[must_use]
    pub(in crate::server) fn connections_per_address(&self) -> usize {
        bound(self.max_connections_per_address)
    }

    /// How many streams there may be.
    #[must_use]
    pub(in crate::server) fn streams(&self) -> usize {
        // The rest of the connections is for requests.
        let usual = || self.connections() - self.connections() / 4;
        self.max_streams.map_or_else(usual, bound)
    }
}

fn bound(setting: usize) -> usize {
    if setting == 0 { usize::MAX } else { setting }
}

fn connections_of(open_files: usize) -> usize {
    let others = OTHER_FILES.min(open_files / 4);
    (open_files - others).min(MAX_CONNECTIONS)
}

/// Asks for as many open files as there may be, and answers how many that are: every connection takes
/// one, and many systems let a program have 1,024 unless it asks for more.
fn open_files() -> usize {
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap_or_else(|error| {
        tracing::warn!(%error, "the limit of open files stays as it is");
        1_024
    });
    usize::try_from(files).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_files_decide_how_many_connections_and_streams_there_are() {
        let check = |open_files: usize, connections: usize, streams: usize| {
            let max_connections = Some(connections_of(open_files));
            assert_eq!(
                max_connections,
                Some(connections),
                "{open_files} open files"
            );
            let settings = LimitSettings {
                max_connections,
                ..LimitSettings::default()
            };
            assert_eq!(settings.streams(), streams, "{open_files} open files");
        };
        check(256, 192, 144);
        check(1_024, 896, 672);
        check(13_500, 13_372, 10_029);
        check(1_048_576, 20_000, 15_000);
        check(usize::MAX, 20_000, 15_000);
    }

    #[test]
    fn zero_is_no_limit() {
        let settings = LimitSettings {
            max_connections: Some(0),
            max_connections_per_address: 0,
            max_streams: Some(0),
            ..LimitSettings::default()
        };
        let limits = [
            settings.connections(),
            settings.connections_per_address(),
            settings.streams(),
        ];
        assert_eq!(limits, [usize::MAX; 3]);
    }

    #[test]
    fn a_flag_overrides_the_file() {
        let flags = LimitFlags {
            max_streams: Some(7),
            changes_per_second: Some(8),
            ..LimitFlags::default()
        };
        let file = LimitSettings {
            max_streams: Some(1),
            reads_per_second: 2,
            ..LimitSettings::default()
        };
        let expected = LimitSettings {
            max_streams: Some(7),
            changes_per_second: 8,
            ..file.clone()
        };
        assert_eq!(file.overridden(&flags), expected);
    }
}
