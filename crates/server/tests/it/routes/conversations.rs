//! Routes of `/conversations`.

mod read;
mod typing;
