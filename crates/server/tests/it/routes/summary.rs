//! Routes of `/summary`.

mod get;
