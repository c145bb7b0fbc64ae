//! The operating system around the process: signals and shutdown, the service manager, open files, private files.

mod open_files;
mod private_files;
pub mod shutdown;
pub mod systemd;

pub(crate) use self::private_files::{
    create_private_file, create_private_folder, open_private_file,
};
