//! Routes of `/channels`.

mod list;
