//! `todo-list password` and `todo-list sign-out`.

use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::path::Path;

use super::{CliError, no_data, print_status};
use crate::server::auth::{Auth, Password};
use crate::server::config::Config;
use crate::server::journal;

/// The most bytes that are read of a file with a password. More cannot be a password in its first line.
const MAX_FILE_BYTES: u64 = 64 << 10;

/// Reads a password and sets it, which ends all sessions.
pub(super) fn set(folder: &Path, config: &Config, is_new: bool) -> Result<(), CliError> {
    if !is_new && !is_used(folder)? && !is_meant(folder)? {
        return Err(CliError::NoDataForPassword {
            folder: folder.into(),
            source_name: None,
        });
    }
    let password = Password::parse(&read_password()?)?;
    Auth::open(Some(folder), config)?.set_password(Some(&password))?;
    print_status("the password is set: everyone must sign in now");
    Ok(())
}

/// Removes the password.
pub(super) fn remove(folder: &Path, config: &Config) -> Result<(), CliError> {
    let auth = open_used(folder, config)?;
    let had_password = auth.is_required();
    auth.set_password(None)?;
    print_status(match had_password {
        true => "the password is removed: everyone who can reach the server can use the list",
        false => "there was no password: everyone who can reach the server can use the list",
    });
    Ok(())
}

/// Ends all sessions.
pub(super) fn sign_out(folder: &Path, config: &Config) -> Result<(), CliError> {
    let auth = open_used(folder, config)?;
    auth.end_all()?;
    print_status(match auth.is_required() {
        true => "all sessions have ended: everyone must sign in again",
        false => "there is no password, so nobody has to sign in: `todo-list password` sets one",
    });
    Ok(())
}

/// Opens the password and the sessions in a folder that a server has used.
fn open_used(folder: &Path, config: &Config) -> Result<Auth, CliError> {
    if !is_used(folder)? {
        return Err(no_data(folder));
    }
    Ok(Auth::open(Some(folder), config)?)
}

/// Whether a folder has a list, or a password for one.
fn is_used(folder: &Path) -> Result<bool, CliError> {
    Ok(journal::has_data(folder)? || Auth::has_database(folder))
}

/// Asks the person at the terminal whether the folder is the right one although it is empty.
fn is_meant(folder: &Path) -> Result<bool, CliError> {
    if !io::stdin().is_terminal() {
        return Ok(false);
    }
    let mut output = io::stderr();
    let folder = folder.display();
    write!(
        output,
        "There is no data in {folder}: no server has used it yet. Set the password of a new list there? [y/N] "
    )
    .map_err(CliError::Output)?;
    let mut answer = String::new();
    io::stdin()
        .read_line(&mut answer)
        .map_err(CliError::Input)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Reads a password that is typed twice without echo or, if standard input is not a terminal, its first line.
fn read_password() -> Result<String, CliError> {
    if io::stdin().is_terminal() {
        let ask = |prompt: &str| rpassword::prompt_password(prompt).map_err(CliError::Input);
        let password = ask("New password: ")?;
        if ask("Repeat the password: ")? != password {
            return Err(CliError::PasswordsDiffer);
        }
        return Ok(password);
    }
    let mut line = Vec::new();
    let mut input = io::stdin().lock().take(MAX_FILE_BYTES);
    input
        .read_until(b'\n', &mut line)
        .map_err(CliError::Input)?;
    text_of(line).map_err(CliError::UnreadablePassword)
}

/// The text of a line. A password in another encoding would never be the one that people type.
fn text_of(line: Vec<u8>) -> Result<String, &'static str> {
    if line.starts_with(b"\xff\xfe") || line.starts_with(b"\xfe\xff") {
        return Err("the file is UTF-16: save it as plain text in UTF-8");
    }
    if line.contains(&0) {
        return Err("it has zero bytes, as UTF-16 has: save the file as plain text in UTF-8");
    }
    String::from_utf8(line).map_err(|_| "it is not UTF-8: save the file as plain text in UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_utf_8() {
        let check = |line: &[u8], expected: Result<&str, &str>| {
            let found = text_of(line.to_vec());
            assert_eq!(
                found
                    .as_deref()
                    .map_err(|error| error.split(':').next().unwrap()),
                expected
            );
        };
        check("gr\u{fc}n\r\n".as_bytes(), Ok("gr\u{fc}n\r\n"));
        check(b"\xff\xfea\0\n", Err("the file is UTF-16"));
        check(b"\xfe\xff\0a\0\n", Err("the file is UTF-16"));
        check(b"a\0b\0\n", Err("it has zero bytes, as UTF-16 has"));
        check(b"gr\xfcn\n", Err("it is not UTF-8"));
    }
}
