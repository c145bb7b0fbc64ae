//! The operating system around the process: signals and shutdown, the service manager, open files, private files.

mod open_files;
mod private_files;
pub mod shutdown;
pub mod systemd;

pub(crate) use self::open_files::open_file_limit;
pub use self::open_files::raise_open_file_limit;
pub(crate) use self::private_files::{
    create_private_file, create_private_folder, give_to_owner_of, open_private_file,
};
