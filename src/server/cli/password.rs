//! `todo-list password` and `todo-list sign-out`.

use std::io::{self, IsTerminal};
use std::path::Path;

use super::{CliError, print_status};
use crate::server::auth::{Auth, Password};
use crate::server::config::Config;

/// Reads a password and sets it, which ends all sessions.
pub(super) fn set(folder: &Path, config: &Config) -> Result<(), CliError> {
    let password = Password::parse(&read_password()?)?;
    Auth::open(Some(folder), config)?.set_password(Some(&password))?;
    print_status("the password is set: everyone must sign in now");
    Ok(())
}

/// Removes the password.
pub(super) fn remove(folder: &Path, config: &Config) -> Result<(), CliError> {
    Auth::open(Some(folder), config)?.set_password(None)?;
    print_status("the password is removed: everyone who can reach the server can use the list");
    Ok(())
}

/// Ends all sessions.
pub(super) fn sign_out(folder: &Path, config: &Config) -> Result<(), CliError> {
    Auth::open(Some(folder), config)?.end_all()?;
    print_status("all sessions have ended: everyone must sign in again");
    Ok(())
}

/// Reads a password that is typed twice without echo or, if standard input is not a terminal, its first line.
fn read_password() -> Result<String, CliError> {
    let mut line = String::new();
    if io::stdin().is_terminal() {
        line = rpassword::prompt_password("New password: ")?;
        if rpassword::prompt_password("Repeat the password: ")? != line {
            return Err(CliError::PasswordsDiffer);
        }
    } else {
        io::stdin().read_line(&mut line)?;
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
