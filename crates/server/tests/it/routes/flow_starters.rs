//! Routes of `/flow-starters`.

mod list;
