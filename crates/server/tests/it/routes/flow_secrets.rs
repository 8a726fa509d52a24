//! Routes of `/flow-secrets`.

mod get;
mod update;
