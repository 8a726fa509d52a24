//! Fetches customers' files and pictures from Meta's servers, in chunks: however large a file is and however many
//! arrive at once, only one chunk of each is in memory.

mod sniff;
pub mod tracks;

use std::time::Duration;

use aws_lc_rs::digest;
use bytes::Bytes;
use domain::file_error::FileError;
use domain::file_name;
use domain::id::MediumId;
use domain::inbound::FileKind;
use domain::secret::Secret;
use reqwest::{Client, Response, StatusCode, Url, header, redirect};

pub use self::sniff::{Claims, identify, is_drawn, sniff};
use crate::clients::blob::Blobs;
use crate::clients::guard::{Forbidden, Hosts};
use crate::config::Config;

/// The largest file that is stored, in bytes.
const LARGEST: u64 = 25 * 1024 * 1024;
/// The largest picture that is fetched into memory.
const LARGEST_PICTURE: u64 = 4 * 1024 * 1024;
/// The most redirects that are followed; each is checked.
const HOPS: usize = 3;
/// A download that receives nothing for this long is ended.
const STALLED: Duration = Duration::from_secs(20);
/// A whole file takes no longer.
const LONGEST: Duration = Duration::from_secs(120);

/// The address of a file, and how to verify it.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Its address.
    pub url: &'a str,
    /// The token that its host requires.
    pub token: Option<&'a Secret>,
    /// The SHA-256 of its bytes in hex.
    pub sha256: Option<&'a str>,
}

/// A file that was fetched and stored.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// Its type.
    pub mime: &'static str,
    /// Its name.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
}

/// A file that could not be fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", why.english())]
pub struct MediaError {
    /// The reason.
    pub why: FileError,
    /// Whether retrying is pointless.
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

/// Fetches files from the allowed hosts.
#[derive(Debug)]
pub struct MediaClient {
    hosts: Hosts,
    secure: Client,
    /// For http, which is for this computer only: its resolver returns no other address.
    local: Client,
}

impl MediaClient {
    /// A client for Meta's hosts and those in the settings.
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
        let secure = client().https_only(true);
        let secure = match super::proxy(config)? {
            // The proxy resolves the address, so only the name can be checked: it must be in the list.
            Some(proxy) => secure.proxy(proxy),
            None => secure.dns_resolver(hosts.resolver()),
        };
        Ok(Self {
            secure: secure.build()?,
            local: client().dns_resolver(Hosts::loopback_resolver()).build()?,
            hosts,
        })
    }

    /// Fetches a file into the media folder, 25 MB at most.
    pub async fn fetch(
        &self,
        from: &Source<'_>,
        blobs: &Blobs,
        id: MediumId,
        kind: FileKind,
    ) -> Result<Fetched, MediaError> {
        counted(async {
            // If the disk is low now, the fetched file could not be stored.
            blobs.room.check(0).map_err(unwritten)?;
            let mut file = self.open(from.url, from.token, LARGEST).await?;
            let mut hash = digest::Context::new(&digest::SHA256);
            let mut writer = blobs.writer(id, file.length()).await.map_err(unwritten)?;
            while let Some(piece) = file.next().await? {
                hash.update(&piece);
                writer.write(&piece).await.map_err(unwritten)?;
            }
            let hex = || hash.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
            if from.sha256.is_some_and(|announced| hex() != announced) {
                return Err(MediaError::passing(FileError::ChecksumWrong {}));
            }
            let (head, size) = (writer.head().to_vec(), writer.written());
            writer.finish().await.map_err(unwritten)?;
            let (path, name, content_type) = (blobs.path(id), file.name, file.content_type);
            let identified = tokio::task::spawn_blocking(move || {
                let claims = Claims { kind: Some(kind), name: &name, content_type: content_type.as_deref() };
                (identify(&head, &path, &claims), name)
            });
            let (mime, name) =
                identified.await.map_err(|_| MediaError::passing(FileError::FolderUnwritable {}))?;
            Ok(Fetched { mime, name, size })
        })
        .await
    }

    /// Fetches a small picture into memory, with its type.
    pub async fn fetch_picture(&self, url: &str) -> Result<(Bytes, &'static str), MediaError> {
        counted(async {
            let mut file = self.open(url, None, LARGEST_PICTURE).await?;
            let mut bytes = Vec::new();
            while let Some(piece) = file.next().await? {
                bytes.extend_from_slice(&piece);
            }
            let mime = sniff(&bytes);
            Ok((bytes.into(), mime))
        })
        .await
    }

    /// Requests a file. Its chunks come from [`Incoming::next`].
    async fn open(&self, url: &str, token: Option<&Secret>, limit: u64) -> Result<Incoming, MediaError> {
        let mut url = Url::parse(url).map_err(|_| MediaError::permanent(FileError::AddressUnreadable {}))?;
        // The token is for the host in Meta's address, and not for another host that it redirects to.
        let first = url.origin();
        for _ in 0..=HOPS {
            self.hosts.check(&url)?;
            let client = if url.scheme() == "https" { &self.secure } else { &self.local };
            let mut request = client.get(url.clone());
            if let Some(token) = token.filter(|_| url.origin() == first) {
                request = request.bearer_auth(&token.0);
            }
            let response = tokio::time::timeout(STALLED, request.send())
                .await
                .map_err(|_| MediaError::passing(FileError::NoAnswer {}))?
                .map_err(|error| transport(&error))?;
            if !response.status().is_redirection() {
                return Incoming::begin(response, &url, limit);
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

/// Counts how fetching ended, and ends it when it takes too long.
async fn counted<T>(fetching: impl Future<Output = Result<T, MediaError>>) -> Result<T, MediaError> {
    let fetched = tokio::time::timeout(LONGEST, fetching).await;
    let fetched = fetched.unwrap_or_else(|_| Err(MediaError::passing(FileError::TooSlow {})));
    let result = match &fetched {
        Ok(_) => "fetched",
        Err(error) if error.permanent => "failed",
        Err(_) => "passing",
    };
    metrics::counter!("deskbell_media_fetches_total", "result" => result).increment(1);
    fetched
}

/// The media folder could not be written.
fn unwritten(error: std::io::Error) -> MediaError {
    if error.kind() == std::io::ErrorKind::StorageFull {
        return MediaError::passing(FileError::DiskLow {});
    }
    tracing::error!(%error, "a file could not be written into the media folder");
    MediaError::passing(FileError::FolderUnwritable {})
}

/// A file that is being received.
struct Incoming {
    response: Response,
    name: String,
    content_type: Option<String>,
    came: u64,
    limit: u64,
}

impl Incoming {
    fn begin(response: Response, url: &Url, limit: u64) -> Result<Self, MediaError> {
        if !response.status().is_success() {
            return Err(refused(response.status()));
        }
        let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let (name, content_type) = (named(text(header::CONTENT_DISPOSITION), url), text(header::CONTENT_TYPE));
        let content_type = content_type.map(str::to_owned);
        let file = Self { response, name, content_type, came: 0, limit };
        if file.length() > limit {
            return Err(file.too_large());
        }
        Ok(file)
    }

    /// Its announced size; 0 if it is not announced.
    fn length(&self) -> u64 {
        self.response.content_length().unwrap_or(0)
    }

    fn too_large(&self) -> MediaError {
        MediaError::permanent(FileError::TooLarge { megabytes: self.limit / (1024 * 1024) })
    }

    async fn next(&mut self) -> Result<Option<Bytes>, MediaError> {
        let piece = tokio::time::timeout(STALLED, self.response.chunk())
            .await
            .map_err(|_| MediaError::passing(FileError::Stalled {}))?
            .map_err(|_| MediaError::passing(FileError::BrokenOff {}))?;
        self.came += piece.as_ref().map_or(0, |piece| piece.len() as u64);
        if self.came > self.limit {
            return Err(self.too_large());
        }
        if piece.is_none() && self.came == 0 {
            return Err(MediaError::permanent(FileError::Empty {}));
        }
        Ok(piece)
    }
}

fn refused(status: StatusCode) -> MediaError {
    let status = status.as_u16();
    match status {
        408 | 425 | 429 | 500.. => MediaError::passing(FileError::Busy { status }),
        401 | 403 | 404 | 410 => MediaError::permanent(FileError::Expired { status }),
        _ => MediaError::permanent(FileError::Refused { status }),
    }
}

/// The name of a file: from the header, else the last part of its address.
fn named(disposition: Option<&str>, url: &Url) -> String {
    let quoted = disposition.and_then(|text| text.split("filename=").nth(1));
    let given = quoted.map(|text| text.split(';').next().unwrap_or_default().trim().trim_matches('"'));
    let last = url.path_segments().and_then(|mut parts| parts.next_back()).map(percent_decoded);
    let name = given.map(str::to_owned).filter(|name| !name.is_empty()).or(last).unwrap_or_default();
    file_name::clean(&name).unwrap_or_else(|| "file".to_owned())
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
        assert_eq!(named(Some("attachment; filename=../../etc/passwd"), &url), "passwd");
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
