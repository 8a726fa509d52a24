//! Routes of `/channels`.

mod get;
