//! Clients of external services: Meta's Graph API, files on other servers, outgoing webhooks, and our own folder of
//! files.

pub mod blob;
pub mod graph;
pub mod guard;
pub mod hook;
pub mod media;
pub mod picture;
pub mod recording;
pub mod web_push;

use crate::config::Config;

/// The configured proxy for everything that leaves our network; http addresses, which do not, bypass it. Proxies of the
/// environment are never used.
pub fn proxy(config: &Config) -> Result<Option<reqwest::Proxy>, reqwest::Error> {
    config.https_proxy.as_deref().map(reqwest::Proxy::https).transpose()
}
