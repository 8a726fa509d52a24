//! Routes of `/contacts`.

mod conversations;
mod refresh;
