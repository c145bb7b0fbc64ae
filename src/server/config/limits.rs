//! The settings of the limits: the table `limits` of the settings file, and the flags.

use clap::Args;
use serde::Deserialize;

use crate::server::process::open_file_limit;

/// The largest default number of connections. An idle connection takes about 16 KB.
const MAX_CONNECTIONS: usize = 20_000;

/// The number of open files reserved for everything except connections: the journal, the sessions, the files of the page,
/// the metrics. About twenty are open while the server is idle.
const RESERVED_FILES: usize = 64;

/// The largest number of connections above the limit that get an error; the server closes others without an answer.
const MAX_REFUSED_CONNECTIONS: usize = 64;

/// The settings of the limits. 0 means no limit.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct LimitSettings {
    /// The number of reads of one client in a second.
    pub reads_per_second: u32,
    /// The number of changes of one client in a second.
    pub changes_per_second: u32,
    /// The number of senders of commands that one client may introduce in an hour. The journal keeps each of them forever.
    pub new_senders_per_hour: u32,
    /// The number of connections; `None` for as many as the limit of open files allows.
    pub max_connections: Option<usize>,
    /// The number of connections of one address, and of streams of one client.
    pub max_connections_per_address: usize,
    /// The number of event streams; `None` for three quarters of the connections.
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

/// The limits given as flags or environment variables.
#[derive(Debug, Default, Args)]
pub struct LimitFlags {
    /// Reads of one client in a second, and ten times as many at once; 0: no limit [default: 500]
    #[arg(
        global = true,
        long,
        value_name = "N",
        env = "TODO_LIST_READS_PER_SECOND"
    )]
    pub reads_per_second: Option<u32>,
    /// Changes of one client in a second, and ten times as many at once; a change of many items counts as several;
    /// 0: no limit [default: 200]
    #[arg(
        global = true,
        long,
        value_name = "N",
        env = "TODO_LIST_CHANGES_PER_SECOND"
    )]
    pub changes_per_second: Option<u32>,
    /// New senders (pages and programs) of one client in an hour, and 200 at once; 0: no limit [default: 60]
    #[arg(
        global = true,
        long,
        value_name = "N",
        env = "TODO_LIST_NEW_SENDERS_PER_HOUR"
    )]
    pub new_senders_per_hour: Option<u32>,
    /// Connections; 0: no limit [default: what the limit of open files allows, at most 20000]
    #[arg(
        global = true,
        long,
        value_name = "N",
        env = "TODO_LIST_MAX_CONNECTIONS"
    )]
    pub max_connections: Option<usize>,
    /// Connections, and streams, of one address; 0: no limit [default: 500]
    #[arg(
        global = true,
        long,
        value_name = "N",
        env = "TODO_LIST_MAX_CONNECTIONS_PER_ADDRESS"
    )]
    pub max_connections_per_address: Option<usize>,
    /// Event streams; 0: no limit [default: 3/4 of the connections]
    #[arg(global = true, long, value_name = "N", env = "TODO_LIST_MAX_STREAMS")]
    pub max_streams: Option<usize>,
}

impl LimitSettings {
    /// These settings, overridden by the flags.
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

    /// The largest number of connections. The default depends on the process's limit of open files.
    #[must_use]
    pub(crate) fn connections(&self) -> usize {
        self.max_connections
            .map_or_else(|| FileShares::of(open_file_limit()).connections, limit)
    }

    /// The largest number of connections above the limit that get an error.
    #[must_use]
    pub(crate) fn refused_connections(&self) -> usize {
        FileShares::of(open_file_limit()).refused_connections
    }

    /// The largest number of connections of one address, and of streams of one client: never all of them.
    #[must_use]
    pub(crate) fn connections_per_address(&self) -> usize {
        match self.connections() {
            usize::MAX => limit(self.max_connections_per_address),
            all => limit(self.max_connections_per_address).min((all - all / 4).max(1)),
        }
    }

    /// The largest number of event streams.
    #[must_use]
    pub(crate) fn streams(&self) -> usize {
        // The other connections are for requests.
        let default = || self.connections() - self.connections() / 4;
        self.max_streams.map_or_else(default, limit)
    }
}

/// The number that a setting means.
fn limit(setting: usize) -> usize {
    if setting == 0 { usize::MAX } else { setting }
}

/// How the open files of the process are divided.
struct FileShares {
    connections: usize,
    refused_connections: usize,
}

impl FileShares {
    fn of(open_files: usize) -> Self {
        let available = open_files - RESERVED_FILES.min(open_files / 2);
        let refused_connections = MAX_REFUSED_CONNECTIONS.min(available / 4);
        Self {
            connections: (available - refused_connections).clamp(1, MAX_CONNECTIONS),
            refused_connections,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_files_decide_how_many_connections_and_streams_there_are() {
        let check = |open_files: usize, connections: usize, streams: usize| {
            let share = FileShares::of(open_files);
            assert_eq!(share.connections, connections, "{open_files} open files");
            let total = share.connections + share.refused_connections;
            let others = open_files.min(1_000_000) - total.min(open_files);
            assert!(
                others >= RESERVED_FILES.min(open_files / 2),
                "{others} of {open_files}"
            );
            let max_connections = Some(connections);
            let settings = LimitSettings {
                max_connections,
                ..LimitSettings::default()
            };
            assert_eq!(settings.streams(), streams, "{open_files} open files");
        };
        check(64, 24, 18);
        check(256, 144, 108);
        check(1_024, 896, 672);
        check(13_500, 13_372, 10_029);
        check(1_048_576, 20_000, 15_000);
        check(usize::MAX, 20_000, 15_000);
    }

    #[test]
    fn no_address_has_all_connections_even_if_there_are_few() {
        let check = |max_connections: usize, expected: usize| {
            let settings = LimitSettings {
                max_connections: Some(max_connections),
                ..LimitSettings::default()
            };
            assert_eq!(settings.connections_per_address(), expected);
        };
        check(1, 1);
        check(24, 18);
        check(896, 500);
        check(0, 500);
    }

    #[test]
    fn zero_means_no_limit() {
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
