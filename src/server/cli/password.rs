//! `todo-list password` and `todo-list sign-out`.

use std::io::{self, IsTerminal};
use std::path::Path;

use super::{AdminError, say};
use crate::server::auth::{Access, Password};
use crate::server::config::Config;

/// Asks for the password, and sets it.
pub(super) fn set(folder: &Path, config: &Config) -> Result<(), AdminError> {
    let password = Password::parse(&read()?)?;
    Access::open(Some(folder), config)?.set_password(Some(&password))?;
    say("the password is set: everybody has to sign in now");
    Ok(())
}

/// Removes the password.
pub(super) fn remove(folder: &Path, config: &Config) -> Result<(), AdminError> {
    Access::open(Some(folder), config)?.set_password(None)?;
    say("there is no password any more: everybody who reaches the server may use the list");
    Ok(())
}

/// Ends all sessions.
pub(super) fn sign_out(folder: &Path, config: &Config) -> Result<(), AdminError> {
    Access::open(Some(folder), config)?.end_all()?;
    say("all sessions have ended: everybody has to sign in again");
    Ok(())
}

/// What a person types twice, unseen, or the first line that a program sends.
fn read() -> Result<String, AdminError> {
    let mut line = String::new();
    if io::stdin().is_terminal() {
        line = rpassword::prompt_password("New password: ")?;
        if rpassword::prompt_password("The same again: ")? != line {
            return Err(AdminError::NotTheSame);
        }
    } else {
        io::stdin().read_line(&mut line)?;
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
