//! Web Push: our identity for push services, and the encryption of messages for a browser.

pub mod encryption;
pub mod vapid;
