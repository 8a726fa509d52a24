//! Routes of `/permissions`.

mod list;
