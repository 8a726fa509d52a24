//! Routes of `/contacts`.

mod conversations;
mod delete;
mod erasure;
mod export;
mod get;
mod list;
mod merge;
mod refresh;
mod split;
mod update;
