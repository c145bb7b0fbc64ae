//! The arguments of the command line and the environment variables.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::server::config::Flags;
use crate::server::files::TextFormat;

/// A shared to-do list, served from this machine.
#[derive(Debug, Parser)]
#[command(name = "todo-list", version, after_help = EXIT_CODES)]
pub struct Arguments {
    /// The command; without one the program serves the list.
    #[command(subcommand)]
    pub action: Option<Action>,
    /// The settings.
    #[command(flatten, next_help_heading = SETTINGS)]
    pub flags: Flags,
}

/// The heading of the settings in the help, below the flags of a command.
const SETTINGS: &str = "Settings of the server";

const EXIT_CODES: &str = "\
Exit codes: 0 success, 64 wrong usage or setting, 65 damaged data or a file that cannot be used,
69 no healthy server, 73 no data or cannot write, 74 system error, 75 another todo-list uses the data,
78 the data is newer than this program, 130 or 143 a second Ctrl-C or SIGTERM.

Settings are read from the file, then from environment variables, then from flags. Later ones win.";

/// A command of the program.
#[derive(Debug, Subcommand)]
pub enum Action {
    /// Serve the list (the default)
    Serve,
    /// Check that the server on this machine is healthy: exit code 0 if it is, otherwise 69 (for containers)
    Healthcheck,
    /// Write a copy of the data to a new file; works while a server runs
    Backup {
        /// The new file
        file: PathBuf,
    },
    /// Replace the data with a backup; the old data is kept beside it; stop the server before
    Restore {
        /// A file that `backup` has written
        file: PathBuf,
    },
    /// Read all data and verify every checksum; works while a server runs
    Check,
    /// Write the items as text; works while a server runs
    Export {
        /// The new file; "-" is standard output [default: standard output]
        file: Option<PathBuf>,
        /// The format [default: from the file extension, otherwise json]
        #[arg(long)]
        format: Option<TextFormat>,
    },
    /// Set the password that all people share, and end all sessions; works while a server runs
    ///
    /// The program asks for it twice, or reads it from standard input if that is not a terminal.
    Password {
        /// Remove the password: everyone who can reach the server can then use the list
        #[arg(long)]
        remove: bool,
        /// Set the password before the first start: the data folder may be missing or empty
        #[arg(long, conflicts_with = "remove")]
        new: bool,
    },
    /// End all sessions, so that everyone must sign in again; works while a server runs
    SignOut,
    /// Add all items of a text file at the end of the list, or none if one is invalid; stop the server before
    ///
    /// Reads the program's own exports, checklists, tables, and exports of other programs. It names everything in the
    /// file that is no item, and everything that items cannot hold.
    Import {
        /// The file; "-" is standard input
        file: PathBuf,
        /// The format [default: from the file extension, otherwise from the content]
        #[arg(long)]
        format: Option<TextFormat>,
        /// Only show what would be added, and whether it can be; also while a server runs
        #[arg(long)]
        dry_run: bool,
    },
}

/// Where settings come from that were not left to the settings file: a flag or an environment variable.
#[derive(Debug, Default)]
pub struct Sources(BTreeMap<String, String>);

/// The arguments or variables cannot be used, or ask for help.
#[derive(Debug)]
pub enum ArgumentError {
    /// The library's message. Help and the version are such messages too.
    Message(clap::Error),
    /// An environment variable has a wrong value.
    Variable(String),
}

impl Arguments {
    /// Reads the arguments and the environment of this process. An environment variable with an empty value counts as
    /// not set.
    ///
    /// # Errors
    ///
    /// [`ArgumentError`], which names the flag or the variable.
    pub fn read() -> Result<(Self, Sources), ArgumentError> {
        let words: Vec<OsString> = std::env::args_os().collect();
        let command = Self::command().mut_args(without_empty_variable);
        let parsed = command.clone().try_get_matches_from(&words);
        let matches = parsed.map_err(|error| explain(error, &command, &words))?;
        let arguments = Self::from_arg_matches(&matches).map_err(ArgumentError::Message)?;
        Ok((arguments, Sources::new(&command, &matches)))
    }
}

/// Ignores the variable of a flag if its value is empty.
fn without_empty_variable(argument: Arg) -> Arg {
    let variable = argument.get_env().and_then(std::env::var_os);
    match variable.is_some_and(|value| value.is_empty()) {
        true => argument.env(None::<&str>),
        false => argument,
    }
}

/// Names the environment variable if a wrong value came from there: the library names the flag.
fn explain(error: clap::Error, command: &Command, words: &[OsString]) -> ArgumentError {
    let given = |argument: &&Arg| {
        let flag = format!("--{}", argument.get_long().unwrap_or_default());
        let is_flag = |word: &OsString| {
            let word = word.to_string_lossy();
            word == flag.as_str() || word.starts_with(&format!("{flag}="))
        };
        words.iter().any(is_flag)
    };
    let variables = || {
        command
            .get_arguments()
            .filter(|argument| argument.get_env().is_some())
    };
    let name = |argument: &Arg| {
        let name = argument.get_env().unwrap_or_default();
        format!("the environment variable {}", name.to_string_lossy())
    };
    if let Some(ContextValue::String(flag)) = error.get(ContextKind::InvalidArg)
        && let Some(name_of_flag) = flag.trim_start_matches('-').split([' ', '=']).next()
        && let Some(argument) = variables().find(|arg| arg.get_long() == Some(name_of_flag))
        && !given(&argument)
    {
        let text = error.to_string();
        let line = text.lines().next().unwrap_or_default();
        let line = line.strip_prefix("error: ").unwrap_or(line);
        return ArgumentError::Variable(line.replace(&format!("'{flag}'"), &name(argument)));
    }
    if error.kind() == ErrorKind::InvalidUtf8 {
        let is_wrong = |argument: &&Arg| {
            let value = argument.get_env().and_then(std::env::var_os);
            value.is_some_and(|value| value.to_str().is_none())
        };
        if let Some(argument) = variables()
            .filter(|argument| !given(argument))
            .find(is_wrong)
        {
            return ArgumentError::Variable(format!("{} is not UTF-8", name(argument)));
        }
    }
    ArgumentError::Message(error)
}

impl Sources {
    fn new(command: &Command, matches: &ArgMatches) -> Self {
        let source = |argument: &Arg| {
            let id = argument.get_id().as_str();
            let name = match matches.value_source(id)? {
                ValueSource::CommandLine => format!("--{}", argument.get_long()?),
                ValueSource::EnvVariable => argument.get_env()?.to_string_lossy().into_owned(),
                _ => return None,
            };
            Some((id.to_owned(), name))
        };
        Self(command.get_arguments().filter_map(source).collect())
    }

    /// The flag or the variable that a setting comes from, by the name of its field in [`Flags`]. `None` if it comes
    /// from the settings file or is the default.
    #[must_use]
    pub fn of(&self, setting: &str) -> Option<&str> {
        self.0.get(setting).map(String::as_str)
    }
}
