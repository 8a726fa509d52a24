//! Comments.

mod list;
