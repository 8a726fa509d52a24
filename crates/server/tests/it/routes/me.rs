//! Routes of `/me`.

mod get;
mod mentions;
mod password;
mod picture;
mod presence;
mod push;
mod settings;
mod status;
