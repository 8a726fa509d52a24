//! The event stream.

mod get;
