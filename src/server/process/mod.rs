//! The process and its machine: shutdown, the service manager, private files.

mod private_files;
pub mod shutdown;
pub mod systemd;

pub(crate) use private_files::{create_private_file, create_private_folder, open_private_file};
