//! `/wallboard`

mod get;
