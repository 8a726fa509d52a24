//! Routes of `/me`.

mod get;
mod password;
mod picture;
mod presence;
mod status;
