//! Fetches customers' files and pictures from Meta's servers.

mod sniff;

use std::time::Duration;

use domain::file_error::FileError;
use reqwest::{Client, Response, StatusCode, Url, header, redirect};

pub use self::sniff::sniff;
use crate::clients::guard::{Forbidden, Hosts};
use crate::config::Config;

/// The largest file that is stored, in bytes.
const LARGEST: u64 = 25 * 1024 * 1024;
/// The most redirects that are followed; each is checked.
const HOPS: usize = 3;
/// A download that receives nothing for this long is ended.
const STALLED: Duration = Duration::from_secs(20);
/// A whole file takes no longer.
const LONGEST: Duration = Duration::from_secs(120);

/// A file that was fetched.
#[derive(Debug, Clone)]
pub struct Fetched {
    pub bytes: Vec<u8>,
    /// What it is, by its bytes.
    pub mime: &'static str,
    /// What it is called.
    pub name: String,
}

/// A file that could not be fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", why.english())]
pub struct MediaError {
    /// What happened.
    pub why: FileError,
    /// Asking again changes nothing.
    pub permanent: bool,
}

impl MediaError {
    fn passing(why: FileError) -> Self {
        Self { why, permanent: false }
    }

    fn permanent(why: FileError) -> Self {
        Self { why, permanent: true }
    }
}

impl From<Forbidden> for MediaError {
    fn from(forbidden: Forbidden) -> Self {
        Self::permanent(forbidden.0)
    }
}

/// Fetches files from the hosts that may be asked.
#[derive(Debug)]
pub struct MediaClient {
    hosts: Hosts,
    secure: Client,
    /// For http, which is for this computer only: its resolver knows no other.
    local: Client,
}

impl MediaClient {
    /// A client for Meta's hosts and those of the settings.
    pub fn new(config: &Config) -> Result<Self, reqwest::Error> {
        let hosts = Hosts::new(&config.meta_media_hosts);
        let client = || {
            Client::builder()
                .no_proxy()
                .redirect(redirect::Policy::none())
                .referer(false)
                .connect_timeout(Duration::from_secs(10))
                .user_agent(concat!("Deskbell/", env!("CARGO_PKG_VERSION")))
        };
        Ok(Self {
            secure: client().https_only(true).dns_resolver(hosts.resolver()).build()?,
            local: client().dns_resolver(Hosts::loopback_resolver()).build()?,
            hosts,
        })
    }

    /// Fetches a file, 25 MB at most.
    pub async fn fetch(&self, url: &str) -> Result<Fetched, MediaError> {
        let fetched = tokio::time::timeout(LONGEST, self.fetch_unhurried(url)).await;
        let fetched = fetched.unwrap_or_else(|_| Err(MediaError::passing(FileError::TooSlow {})));
        let result = match &fetched {
            Ok(_) => "fetched",
            Err(error) if error.permanent => "failed",
            Err(_) => "passing",
        };
        metrics::counter!("deskbell_media_fetches_total", "result" => result).increment(1);
        fetched
    }

    async fn fetch_unhurried(&self, url: &str) -> Result<Fetched, MediaError> {
        let mut url = Url::parse(url).map_err(|_| MediaError::permanent(FileError::AddressUnreadable {}))?;
        for _ in 0..=HOPS {
            self.hosts.check(&url)?;
            let client = if url.scheme() == "https" { &self.secure } else { &self.local };
            let response = tokio::time::timeout(STALLED, client.get(url.clone()).send())
                .await
                .map_err(|_| MediaError::passing(FileError::NoAnswer {}))?
                .map_err(|error| transport(&error))?;
            if !response.status().is_redirection() {
                return read(response, &url).await;
            }
            let to = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
            let to = to.and_then(|to| url.join(to).ok());
            url = to.ok_or_else(|| MediaError::permanent(FileError::RedirectNowhere {}))?;
        }
        Err(MediaError::permanent(FileError::RedirectLoop {}))
    }
}

fn transport(error: &reqwest::Error) -> MediaError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(inner) = cause {
        if let Some(forbidden) = inner.downcast_ref::<Forbidden>() {
            return forbidden.clone().into();
        }
        cause = inner.source();
    }
    MediaError::passing(FileError::Unreachable {})
}

async fn read(mut response: Response, url: &Url) -> Result<Fetched, MediaError> {
    let status = response.status();
    if !status.is_success() {
        return Err(refused(status));
    }
    let too_large = || MediaError::permanent(FileError::TooLarge { megabytes: LARGEST / (1024 * 1024) });
    if response.content_length().is_some_and(|length| length > LARGEST) {
        return Err(too_large());
    }
    let name =
        named(response.headers().get(header::CONTENT_DISPOSITION).and_then(|value| value.to_str().ok()), url);
    let most = usize::try_from(LARGEST).unwrap_or(usize::MAX);
    let mut bytes = Vec::new();
    loop {
        let chunk = tokio::time::timeout(STALLED, response.chunk())
            .await
            .map_err(|_| MediaError::passing(FileError::Stalled {}))?
            .map_err(|_| MediaError::passing(FileError::BrokenOff {}))?;
        let Some(chunk) = chunk else { break };
        if bytes.len() + chunk.len() > most {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    if bytes.is_empty() {
        return Err(MediaError::permanent(FileError::Empty {}));
    }
    Ok(Fetched { mime: sniff(&bytes), bytes, name })
}

fn refused(status: StatusCode) -> MediaError {
    let status = status.as_u16();
    match status {
        408 | 425 | 429 | 500.. => MediaError::passing(FileError::Busy { status }),
        401 | 403 | 404 | 410 => MediaError::permanent(FileError::Expired { status }),
        _ => MediaError::permanent(FileError::Refused { status }),
    }
}

/// What a file is called: by the header, else by the last part of its address.
fn named(disposition: Option<&str>, url: &Url) -> String {
    let quoted = disposition.and_then(|text| text.split("filename=").nth(1));
    let given = quoted.map(|text| text.split(';').next().unwrap_or_default().trim().trim_matches('"'));
    let last = url.path_segments().and_then(|mut parts| parts.next_back()).map(percent_decoded);
    let name = given.map(str::to_owned).filter(|name| !name.is_empty()).or(last).unwrap_or_default();
    // A name is for people to read; whatever a file system or a header could stumble over goes.
    let unfit = |c: char| c.is_control() || matches!(c, '/' | '\\' | '"' | ':' | '<' | '>' | '|' | '?' | '*');
    let name: String = name.chars().map(|c| if unfit(c) { '_' } else { c }).take(120).collect();
    let name = name.trim_matches(['.', ' ', '_']);
    if name.is_empty() { "file".to_owned() } else { name.to_owned() }
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let pair = after.get(..2).filter(|_| *first == b'%');
        let pair = pair.and_then(|pair| std::str::from_utf8(pair).ok());
        match pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_from_header_or_address_and_made_harmless() {
        let url: Url = "https://cdn.fbsbx.com/v/t59/Price%20list%C3%BC.pdf?x=1".parse().unwrap();
        assert_eq!(named(None, &url), "Price listü.pdf");
        assert_eq!(named(Some("attachment; filename=\"a.png\""), &url), "a.png");
        assert_eq!(named(Some("attachment; filename=../../etc/passwd"), &url), "etc_passwd");
        assert_eq!(named(None, &"https://cdn.fbsbx.com/".parse().unwrap()), "file");
        assert_eq!(percent_decoded("a%2"), "a%2");
    }

    #[test]
    fn what_is_temporary_is_tried_again_and_what_lasts_is_reported() {
        for passing in [408, 429, 500, 502, 503] {
            let error = refused(StatusCode::from_u16(passing).unwrap());
            assert!(!error.permanent && error.to_string().ends_with("will try again."), "{error:?}");
        }
        for lasting in [400, 403, 404, 410] {
            assert!(refused(StatusCode::from_u16(lasting).unwrap()).permanent, "{lasting}");
        }
    }
}
