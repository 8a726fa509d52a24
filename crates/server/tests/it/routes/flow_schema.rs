//! Routes of `/flow-schema`.

mod get;
