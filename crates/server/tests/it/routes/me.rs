//! Routes of `/me`.

mod get;
mod password;
mod picture;
mod presence;
mod push;
mod settings;
mod status;
