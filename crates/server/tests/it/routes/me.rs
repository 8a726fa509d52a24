//! Routes of `/me`.

mod get;
mod password;
mod picture;
mod presence;
mod settings;
mod status;
