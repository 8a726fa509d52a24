//! Calls other programs: posts signed events to them, and makes the requests of flows. No redirects, and never into
//! our own network unless the settings list the host.
//!
//! Through a proxy it is the proxy that resolves names, so they are resolved here first: one that leads into our own network is
//! reached directly if it is listed, and otherwise not at all. One that cannot be resolved here goes to the proxy only if it is
//! listed.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::hmac;
use bytes::Bytes;
use domain::flow::call::LARGEST_ANSWER;
use domain::hook_error::HookError;
use futures_util::{Stream, TryStreamExt};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Response, Url, redirect};

use super::guard::is_public;
use crate::config::Config;

/// The time limit for a program to accept an event; after that it is tried again.
const LONGEST: Duration = Duration::from_secs(10);

/// An event to be posted.
pub struct HookEvent<'a> {
    pub url: &'a str,
    /// The secret that signs it.
    pub secret: &'a str,
    /// The event's id: the same for each attempt.
    pub id: &'a str,
    pub kind: &'a str,
    /// Seconds since 1970.
    pub at: i64,
    pub body: String,
}

/// A request of a flow.
pub struct OutsideRequest<'a> {
    pub method: &'static str,
    pub url: &'a str,
    pub headers: Vec<(String, String)>,
    /// JSON, unless a header says otherwise.
    pub body: Option<String>,
    /// The idempotency key, the same for each attempt.
    pub key: String,
    /// The time limit, in seconds.
    pub seconds: u64,
}

/// An answer whose body is still on its way.
pub struct Opened {
    pub status: u16,
    /// The seconds of `Retry-After`.
    pub after: Option<i64>,
    response: Response,
}

impl Opened {
    /// The body, in the pieces that arrive. The time limit of the request includes it.
    pub fn body(self) -> impl Stream<Item = Result<Bytes, OutsideError>> {
        self.response.bytes_stream().map_err(|error| outside_error(&error))
    }
}

/// There is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutsideError {
    /// The address is not allowed; a sentence.
    Forbidden(String),
    /// It never arrived.
    NotReached,
    /// It took too long.
    TimedOut,
    /// The connection broke off.
    BrokenOff,
    /// The answer is larger than the limit.
    TooLarge,
}

/// An event was not accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotTaken {
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// What happened.
    pub why: HookError,
}

/// Posts to other programs.
#[derive(Debug)]
pub struct HookClient {
    /// Entries `host` or `host:port` of the setting `webhook_hosts`.
    listed: Arc<Vec<String>>,
    direct: Client,
    /// The way through the proxy of the settings, if there is one: for https outside our own network.
    proxied: Option<Client>,
}

impl HookClient {
    /// A client for public hosts and those in the settings.
    pub fn new(config: &Config) -> Result<Self, reqwest::Error> {
        let listed = Arc::new(config.webhook_hosts.clone());
        let client = || {
            Client::builder()
                .no_proxy()
                .redirect(redirect::Policy::none())
                .referer(false)
                .timeout(LONGEST)
                .connect_timeout(LONGEST)
                .user_agent(concat!("Deskbell/", env!("CARGO_PKG_VERSION")))
        };
        let direct = client().dns_resolver(Arc::new(Resolver(Arc::clone(&listed)))).build()?;
        let proxied = super::proxy(config)?.map(|proxy| client().proxy(proxy).build()).transpose()?;
        Ok(Self { listed, direct, proxied })
    }

    /// The client for an address that [`Self::check`] allowed.
    async fn way(&self, url: &Url) -> Result<&Client, HookError> {
        let (Some(proxied), "https", Some(host)) = (&self.proxied, url.scheme(), url.host_str()) else {
            return Ok(&self.direct);
        };
        let host = host.to_lowercase();
        let found = match literal(&host) {
            Some(address) => Ok(vec![address]),
            None => resolved(&host).await,
        };
        let is_proxied =
            leaves_our_network(&host, is_listed(&self.listed, &host, url.port_or_known_default()), found)?;
        Ok(if is_proxied { proxied } else { &self.direct })
    }

    /// Whether an address may be posted to, judging by its text.
    pub fn check(&self, url: &str) -> Result<Url, HookError> {
        let url = Url::parse(url).map_err(|_| HookError::AddressUnreadable {})?;
        let host = url.host_str().map(str::to_lowercase).ok_or(HookError::HostMissing {})?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(HookError::UserInAddress {});
        }
        let listed = is_listed(&self.listed, &host, url.port_or_known_default());
        let internal = host == "localhost" || literal(&host).is_some_and(|address| !is_public(address));
        match url.scheme() {
            "https" | "http" if listed => Ok(url),
            "https" | "http" if internal => Err(HookError::Internal { host }),
            "https" => Ok(url),
            _ => Err(HookError::Unencrypted {}),
        }
    }

    /// Posts bytes to an address that [`Self::check`] allowed; returns the HTTP status, whatever it is.
    pub async fn send(&self, url: Url, headers: &[(&'static str, &str)], body: Vec<u8>) -> Result<u16, HookError> {
        let mut request = self.way(&url).await?.post(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.body(body).send().await;
        answer.map(|answer| answer.status().as_u16()).map_err(|error| why(&error))
    }

    /// Posts one event. Returns the HTTP status if the program accepted it.
    pub async fn post(&self, event: HookEvent<'_>) -> Result<u16, NotTaken> {
        let not_taken = |status, why| NotTaken { status, why };
        let url = self.check(event.url).map_err(|forbidden| not_taken(None, forbidden))?;
        let signature = sign(event.secret, event.at, &event.body);
        let headers = [
            ("content-type", "application/json"),
            ("x-deskbell-event", event.kind),
            ("x-deskbell-delivery", event.id),
            ("x-deskbell-signature", &signature),
        ];
        match self.send(url, &headers, event.body.into_bytes()).await {
            Ok(status @ 200..300) => Ok(status),
            Ok(status @ 300..400) => Err(not_taken(Some(status), HookError::Redirect { status })),
            Ok(status) => Err(not_taken(Some(status), HookError::Refused { status })),
            Err(why) => Err(not_taken(None, why)),
        }
    }

    /// Makes one request and returns the status, the seconds of `Retry-After`, and the body.
    pub async fn ask(&self, request: OutsideRequest<'_>) -> Result<(u16, Option<i64>, String), OutsideError> {
        let opened = self.open(request).await?;
        let (status, after) = (opened.status, opened.after);
        let add = async |mut body: Vec<u8>, part: Bytes| {
            if body.len() + part.len() > LARGEST_ANSWER {
                return Err(OutsideError::TooLarge);
            }
            body.extend_from_slice(&part);
            Ok(body)
        };
        let body = opened.body().try_fold(Vec::new(), add).await?;
        Ok((status, after, String::from_utf8_lossy(&body).into_owned()))
    }

    /// Makes one request and returns as soon as its answer begins. Redirects are not followed.
    pub async fn open(&self, request: OutsideRequest<'_>) -> Result<Opened, OutsideError> {
        let forbidden = |error: HookError| OutsideError::Forbidden(error.english());
        let url = self.check(request.url).map_err(forbidden)?;
        let method = Method::from_bytes(request.method.as_bytes()).unwrap_or(Method::GET);
        let mut asked = self
            .way(&url)
            .await
            .map_err(forbidden)?
            .request(method, url)
            .timeout(Duration::from_secs(request.seconds))
            .header("idempotency-key", &request.key)
            .header("accept", "application/json, text/plain;q=0.9, */*;q=0.5");
        let mut headers = HeaderMap::new();
        if request.body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        for (name, value) in &request.headers {
            let unusable = || OutsideError::Forbidden(format!("The header \"{name}\" can't be sent."));
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unusable())?;
            if OURS.contains(&name.as_str()) {
                return Err(unusable());
            }
            headers.insert(name.clone(), HeaderValue::from_str(value).map_err(|_| unusable())?);
        }
        asked = asked.headers(headers);
        if let Some(body) = request.body {
            asked = asked.body(body);
        }
        let response = asked.send().await.map_err(|error| outside_error(&error))?;
        let after = response.headers().get("retry-after").and_then(|it| it.to_str().ok()?.trim().parse().ok());
        Ok(Opened { status: response.status().as_u16(), after, response })
    }
}

/// Headers that belong to the connection, not to the request.
const OURS: [&str; 6] = ["host", "content-length", "connection", "transfer-encoding", "upgrade", "expect"];

fn outside_error(error: &reqwest::Error) -> OutsideError {
    match why(error) {
        HookError::NoAnswer {} if !error.is_connect() => OutsideError::TimedOut,
        HookError::NoAnswer {} | HookError::Unreachable {} => OutsideError::NotReached,
        HookError::BrokenOff {} => OutsideError::BrokenOff,
        forbidden => OutsideError::Forbidden(forbidden.english()),
    }
}

fn why(error: &reqwest::Error) -> HookError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(inner) = cause {
        if let Some(forbidden) = inner.downcast_ref::<HookError>() {
            return forbidden.clone();
        }
        cause = inner.source();
    }
    match error {
        error if error.is_timeout() => HookError::NoAnswer {},
        error if error.is_connect() => HookError::Unreachable {},
        _ => HookError::BrokenOff {},
    }
}

/// `t=SECONDS,v1=HEX`: HMAC-SHA256 over `SECONDS.BODY`, so that an old one cannot be replayed.
pub fn sign(secret: &str, at: i64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, format!("{at}.{body}").as_bytes());
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={at},v1={hex}")
}

fn is_listed(listed: &[String], host: &str, port: Option<u16>) -> bool {
    listed.iter().any(|known| {
        let with_port = known.strip_prefix(host).and_then(|rest| rest.strip_prefix(':'));
        known == host || (port.is_some() && with_port.and_then(|listed| listed.parse().ok()) == port)
    })
}

/// The address that a host is, if it is no name.
fn literal(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

async fn resolved(host: &str) -> Result<Vec<IpAddr>, ()> {
    let found = tokio::time::timeout(LONGEST, tokio::net::lookup_host((host, 0))).await.map_err(|_| ())?;
    Ok(found.map_err(|_| ())?.map(|address| address.ip()).collect())
}

/// Whether a host is reached through the proxy, by what its name resolves to here.
fn leaves_our_network(host: &str, listed: bool, found: Result<Vec<IpAddr>, ()>) -> Result<bool, HookError> {
    let host = host.to_owned();
    match found.unwrap_or_default().as_slice() {
        [] if listed => Ok(true),
        [] => Err(HookError::NameUnknown { host }),
        // The proxy may choose any of them.
        found if found.iter().copied().all(is_public) => Ok(true),
        _ if listed => Ok(false),
        _ => Err(HookError::NameInternal { host }),
    }
}

/// Returns internal addresses only for hosts in the settings, whatever a name resolves to.
#[derive(Debug)]
struct Resolver(Arc<Vec<String>>);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().trim_end_matches('.').to_lowercase();
        // The port is not known here; `check` has already checked it.
        let listed = self.0.iter().any(|known| known.split(':').next() == Some(&host));
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            let allowed: Vec<SocketAddr> =
                found.into_iter().filter(|address| listed || is_public(address.ip())).collect();
            if allowed.is_empty() {
                let forbidden = HookError::NameInternal { host };
                return Err(Box::new(forbidden) as Box<dyn std::error::Error + Send + Sync>);
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(listed: &[&str]) -> HookClient {
        let flags = vec![("webhook_hosts", listed.join(","))];
        HookClient::new(&Config::load(None, &flags).unwrap()).unwrap()
    }

    #[test]
    fn only_public_hosts_and_those_of_the_settings_are_told() {
        let strict = client(&[]);
        assert!(strict.check("https://crm.example/hook?key=1").is_ok());
        for bad in [
            "http://crm.example/hook",
            "https://127.0.0.1/",
            "https://localhost/",
            "https://10.0.0.1/",
            "https://[::1]/",
            "https://169.254.169.254/latest/meta-data",
            "https://me:pw@crm.example/",
            "ftp://crm.example/",
            "crm.example",
            "https://",
        ] {
            assert!(strict.check(bad).is_err(), "{bad}");
        }
        let open = client(&["127.0.0.1:9000", "crm.internal"]);
        assert!(open.check("http://127.0.0.1:9000/hook").is_ok());
        assert!(open.check("http://127.0.0.1:9001/hook").is_err());
        assert!(open.check("https://crm.internal/hook").is_ok());
    }

    #[test]
    fn a_proxy_leads_out_of_our_network_and_never_into_it() {
        let way = |listed: bool, found: &[&str]| {
            let found = found.iter().map(|address| address.parse().unwrap()).collect();
            leaves_our_network("crm.example", listed, Ok(found))
        };
        let host = || "crm.example".to_owned();
        assert_eq!(way(false, &["157.240.1.1"]), Ok(true));
        assert_eq!(way(false, &["10.0.0.1"]), Err(HookError::NameInternal { host: host() }));
        assert_eq!(way(false, &["157.240.1.1", "10.0.0.1"]), Err(HookError::NameInternal { host: host() }));
        assert_eq!(way(true, &["10.0.0.1"]), Ok(false), "a listed host inside is reached directly");
        assert_eq!(
            leaves_our_network("crm.example", false, Err(())),
            Err(HookError::NameUnknown { host: host() })
        );
        assert_eq!(leaves_our_network("crm.example", true, Err(())), Ok(true));
    }

    #[test]
    fn the_signature_covers_time_and_body() {
        let signature = sign("key", 1_700_000_000, "{}");
        assert!(signature.starts_with("t=1700000000,v1=") && signature.len() == 16 + 64, "{signature}");
        assert_ne!(signature, sign("key", 1_700_000_001, "{}"));
        assert_ne!(signature[16..], sign("other", 1_700_000_000, "{}")[16..]);
    }
}
