//! Routes of `/accounts`.

mod list;
mod seen;
