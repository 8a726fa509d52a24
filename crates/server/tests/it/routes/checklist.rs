//! Routes of `/checklist`.

mod get;
