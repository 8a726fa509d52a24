//! Where a request comes from: the client's own address, and whether it came by https. Behind a trusted proxy, the
//! proxy sends this in `Forwarded` or `X-Forwarded-For`; from anyone else these headers are ignored.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderName, header};
use engine::proxies::TrustedProxies;

use crate::app::App;
use crate::web::problem::Problem;

const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    /// The address of the client, behind trusted proxies too.
    pub address: IpAddr,
    /// How a trusted proxy was reached; None if none reported it.
    pub https: Option<bool>,
    /// Whether a trusted proxy passed the request on.
    pub proxied: bool,
    /// Whether the request has headers of a proxy, trusted or not.
    pub forwarded: bool,
}

/// Determines the client, once per request.
pub fn note(app: &App, mut request: Request) -> Request {
    // A request without a connection has no peer: this happens in tests of single routes.
    if let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied() {
        let client = of(&app.config.trusted_proxies, peer.ip(), request.headers());
        if client.forwarded && !client.proxied {
            app.untrusted_proxy.note(peer.ip(), app.clock.now());
        }
        request.extensions_mut().insert(client);
    }
    request
}

/// The client of a request that went through [`note`].
pub fn find(extensions: &Extensions) -> Option<Client> {
    extensions.get::<Client>().copied()
}

impl<S: Send + Sync> FromRequestParts<S> for Client {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        find(&parts.extensions).ok_or_else(|| Problem::unreadable("The request came through no connection."))
    }
}

fn of(trusted: &TrustedProxies, peer: IpAddr, headers: &HeaderMap) -> Client {
    let peer = peer.to_canonical();
    let forwarded = headers.contains_key(FOR) || headers.contains_key(header::FORWARDED);
    if !trusted.contain(peer) {
        return Client { address: peer, https: None, proxied: false, forwarded };
    }
    let standard = Hops::from_standard(headers);
    let usual = Hops::from_usual(headers);
    let address = match (&standard, &usual) {
        (Some(hops), None) | (None, Some(hops)) => hops.client(trusted, peer),
        (Some(standard), Some(usual)) => {
            // One of the two may come from the client: a proxy writes one and passes the other on. Only if both agree
            // is the client certain.
            let (one, other) = (standard.client(trusted, peer), usual.client(trusted, peer));
            if one == other { one } else { peer }
        }
        (None, None) => peer,
    };
    let proto = standard.as_ref().and_then(|hops| hops.proto.clone()).or_else(|| usual_proto(headers));
    let https = proto.map(|proto| proto.eq_ignore_ascii_case("https"));
    Client { address, https, proxied: true, forwarded }
}

/// The hops of a request, as written by the proxies: the client first, the last proxy's peer last. None for a hop
/// without an address.
struct Hops {
    addresses: Vec<Option<IpAddr>>,
    /// The scheme that the client used.
    proto: Option<String>,
}

impl Hops {
    /// From `X-Forwarded-For`.
    fn from_usual(headers: &HeaderMap) -> Option<Self> {
        let addresses: Vec<_> = values(headers, &FOR).map(address).collect();
        headers.contains_key(FOR).then_some(Self { addresses, proto: None })
    }

    /// From `Forwarded` (RFC 7239).
    fn from_standard(headers: &HeaderMap) -> Option<Self> {
        if !headers.contains_key(header::FORWARDED) {
            return None;
        }
        let (mut addresses, mut proto) = (Vec::new(), None);
        for element in values(headers, &header::FORWARDED) {
            let pairs = || element.split(';').filter_map(|pair| pair.split_once('='));
            let find = |name: &str| {
                let value = pairs().find(|(key, _)| key.trim().eq_ignore_ascii_case(name))?.1;
                Some(value.trim().trim_matches('"').to_owned())
            };
            addresses.push(find("for").and_then(|value| address(&value)));
            proto = proto.or_else(|| find("proto"));
        }
        Some(Self { addresses, proto })
    }

    /// The client: the first address from the right that is not a trusted proxy. If the chain is broken, everything
    /// further left may be forged: then the proxy that passed on the broken part counts as the client.
    fn client(&self, trusted: &TrustedProxies, peer: IpAddr) -> IpAddr {
        let mut last = peer;
        for hop in self.addresses.iter().rev() {
            let Some(address) = hop else { return last };
            if !trusted.contain(*address) {
                return *address;
            }
            last = *address;
        }
        last
    }
}

/// The scheme that the client used, from `X-Forwarded-Proto`. A client that forges it only harms its own cookie.
fn usual_proto(headers: &HeaderMap) -> Option<String> {
    values(headers, &PROTO).next().map(str::to_owned)
}

/// The parts of a header between commas, from all headers with that name.
fn values<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    // A header that is not text counts as one unknown part.
    let lines = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or("?"));
    lines.flat_map(|value| value.split(',')).map(str::trim)
}

/// An address as proxies write it: `1.2.3.4`, `1.2.3.4:5678`, `2001:db8::1`, `[2001:db8::1]`, `"[2001:db8::1]:4711"`.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let found = if let Some(rest) = text.strip_prefix('[') {
        rest.split_once(']')?.0.parse().ok()?
    } else if let Ok(address) = text.parse::<IpAddr>() {
        address
    } else {
        text.parse::<SocketAddr>().ok()?.ip()
    };
    Some(found.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// The client of a request from this peer with these headers.
    fn client(peer: &str, lines: &[(&'static str, &str)]) -> Client {
        let trusted = ["127.0.0.0/8", "::1", "10.0.0.0/8"].iter().map(|one| one.parse().unwrap()).collect();
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, value.parse().unwrap());
        }
        of(&trusted, ip(peer), &headers)
    }

    #[test]
    fn a_trusted_proxy_names_the_client() {
        let (usual, standard) = ("x-forwarded-for", "forwarded");
        for (name, value, address) in [
            (usual, "198.51.100.7", "198.51.100.7"),
            (usual, "6.6.6.6, 198.51.100.7", "198.51.100.7"),
            (usual, "198.51.100.7, 10.1.1.1", "198.51.100.7"),
            (usual, "198.51.100.7:5678", "198.51.100.7"),
            (usual, "[2001:db8::1]:80", "2001:db8::1"),
            (usual, "2001:db8::1", "2001:db8::1"),
            (usual, "::ffff:198.51.100.7", "198.51.100.7"),
            // The whole chain is ours.
            (usual, "10.0.0.9, 10.1.1.1", "10.0.0.9"),
            (standard, "for=198.51.100.7;proto=https", "198.51.100.7"),
            (standard, "for=6.6.6.6, For=\"[2001:db8::1]:4711\";by=10.1.1.1", "2001:db8::1"),
            (standard, "for=198.51.100.7, for=10.1.1.1", "198.51.100.7"),
        ] {
            assert_eq!(client("127.0.0.1", &[(name, value)]).address, ip(address), "{name}: {value}");
        }
        let mapped = client("::ffff:127.0.0.1", &[(usual, "198.51.100.7")]);
        assert_eq!(mapped.address, ip("198.51.100.7"));
        let lines = client("::1", &[(usual, "6.6.6.6"), (usual, "198.51.100.7, 10.1.1.1")]);
        assert_eq!(lines.address, ip("198.51.100.7"));
    }

    #[test]
    fn what_clients_make_up_does_not_count() {
        let (usual, standard) = ("x-forwarded-for", "forwarded");
        // A peer that is not trusted.
        let stranger = client("198.51.100.9", &[(usual, "10.0.0.1"), ("x-forwarded-proto", "https")]);
        let expected = Client { address: ip("198.51.100.9"), https: None, proxied: false, forwarded: true };
        assert_eq!(stranger, expected);
        // A broken chain: everything further left may be forged.
        for (name, value, address) in [
            (usual, "6.6.6.6, unknown", "127.0.0.1"),
            (usual, "6.6.6.6, unknown, 10.1.1.1", "10.1.1.1"),
            (usual, "6.6.6.6,", "127.0.0.1"),
            (usual, "", "127.0.0.1"),
            (standard, "for=6.6.6.6, for=_hidden", "127.0.0.1"),
            (standard, "for=6.6.6.6, proto=https", "127.0.0.1"),
        ] {
            assert_eq!(client("127.0.0.1", &[(name, value)]).address, ip(address), "{name}: {value}");
        }
        // The proxy writes one header and passes the other one on unchanged.
        let both = |one, other| client("127.0.0.1", &[(usual, one), (standard, other)]).address;
        assert_eq!(both("198.51.100.7", "for=6.6.6.6"), ip("127.0.0.1"));
        assert_eq!(both("198.51.100.7", "for=198.51.100.7"), ip("198.51.100.7"));
    }

    #[test]
    fn a_trusted_proxy_says_whether_the_client_came_by_https() {
        let https = |lines: &[(&'static str, &str)]| client("127.0.0.1", lines).https;
        assert_eq!(https(&[("x-forwarded-proto", "https")]), Some(true));
        assert_eq!(https(&[("x-forwarded-proto", "https, http")]), Some(true));
        assert_eq!(https(&[("x-forwarded-proto", "http")]), Some(false));
        assert_eq!(https(&[("forwarded", "for=1.2.3.4;proto=HTTPS")]), Some(true));
        assert_eq!(https(&[("x-forwarded-for", "1.2.3.4")]), None);
    }
}
