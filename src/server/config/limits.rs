//! The settings of the limits: the table `limits` of the settings file, and their flags.

use clap::Args;
use serde::Deserialize;

/// How many connections there are at most where the system has open files for more. An idle one takes
/// some 16 KB.
const MAX_CONNECTIONS: usize = 20_000;

/// Open files that are no connections: the journal, the sessions, the files of the page and the metrics. Some twenty
/// are open while nothing happens.
const OTHER_FILES: usize = 64;

/// How many connections for which there is no room are told so at a time; more are closed in silence.
const MAX_TURNED_AWAY: usize = 64;

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
    pub(crate) fn connections(&self) -> usize {
        self.max_connections
            .map_or_else(|| Share::of(open_files()).connections, bound)
    }

    /// How many connections more may be told that there is no room.
    #[must_use]
    pub(crate) fn refused_connections(&self) -> usize {
        Share::of(open_files()).refused_connections
    }

    /// How many of them one address may have, and how many streams one client. Where there are few, some are left for
    /// others.
    #[must_use]
    pub(crate) fn connections_per_address(&self) -> usize {
        match self.connections() {
            usize::MAX => bound(self.max_connections_per_address),
            all => bound(self.max_connections_per_address).min((all - all / 4).max(1)),
        }
    }

    /// How many streams there may be.
    #[must_use]
    pub(crate) fn streams(&self) -> usize {
        // The rest of the connections is for requests.
        let usual = || self.connections() - self.connections() / 4;
        self.max_streams.map_or_else(usual, bound)
    }
}

fn bound(setting: usize) -> usize {
    if setting == 0 { usize::MAX } else { setting }
}

/// What so many open files are for.
struct Share {
    connections: usize,
    refused_connections: usize,
}

impl Share {
    fn of(open_files: usize) -> Self {
        let rest = open_files - OTHER_FILES.min(open_files / 2);
        let refused_connections = MAX_TURNED_AWAY.min(rest / 4);
        Self {
            connections: (rest - refused_connections).clamp(1, MAX_CONNECTIONS),
            refused_connections,
        }
    }
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
            let share = Share::of(open_files);
            assert_eq!(share.connections, connections, "{open_files} open files");
            let total = share.connections + share.refused_connections;
            let others = open_files.min(1_000_000) - total.min(open_files);
            assert!(
                others >= OTHER_FILES.min(open_files / 2),
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
    fn where_there_are_few_connections_no_address_has_them_all() {
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
