//! Routes of `/search`.

mod list;
