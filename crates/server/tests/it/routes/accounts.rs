//! Routes of `/accounts`.

mod list;
