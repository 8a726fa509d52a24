//! What Web Push needs: who we are to push services, and how what is pushed is encrypted for a browser.

pub mod encryption;
pub mod vapid;
