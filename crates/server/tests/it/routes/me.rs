//! Routes of `/me`.

mod password;
mod presence;
