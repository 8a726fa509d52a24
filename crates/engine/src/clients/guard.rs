//! Which hosts this server may fetch files from if the address comes from another system: known hosts only, https
//! only, and never an address inside our own network, whatever the name resolves to.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use domain::file_error::FileError;
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Meta's own hosts, with everything below them.
const META: [&str; 4] = ["fbcdn.net", "fbsbx.com", "cdninstagram.com", "facebook.com"];

/// Why an address may not be requested.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.english())]
pub struct Forbidden(pub FileError);

/// The hosts that files may be fetched from.
#[derive(Debug, Clone, Default)]
pub struct Hosts {
    /// `host` or `host:port`, in lower case, from the setting `meta_media_hosts`.
    listed: Vec<String>,
}

impl Hosts {
    /// Meta's hosts and those of the setting.
    pub fn new(listed: &[String]) -> Self {
        Self { listed: listed.iter().map(|host| host.trim().to_lowercase()).collect() }
    }

    /// Whether an address may be fetched, judging by its text.
    pub fn check(&self, url: &Url) -> Result<(), Forbidden> {
        let forbidden = |why: FileError| Err(Forbidden(why));
        let Some(host) = url.host_str().map(str::to_lowercase) else {
            return forbidden(FileError::HostMissing {});
        };
        if !url.username().is_empty() || url.password().is_some() {
            return forbidden(FileError::UserInAddress { host });
        }
        let port = url.port_or_known_default().unwrap_or_default();
        let listed = self.is_listed(&host, port);
        let metas = is_meta(&host) && url.port().is_none();
        if !listed && !metas {
            return forbidden(FileError::HostNotAllowed { host });
        }
        let address = literal(&host);
        match url.scheme() {
            "https" => match address {
                None => Ok(()),
                Some(address) if is_public(address) || (listed && address.is_loopback()) => Ok(()),
                Some(_) => forbidden(FileError::Internal { host }),
            },
            "http" if listed && (host == "localhost" || address.is_some_and(|address| address.is_loopback())) => {
                Ok(())
            }
            "http" => forbidden(FileError::Unencrypted { host }),
            other => forbidden(FileError::SchemeNotAllowed { scheme: other.to_owned() }),
        }
    }

    fn is_listed(&self, host: &str, port: u16) -> bool {
        self.listed.iter().any(|known| {
            let with_port = known.strip_prefix(host).and_then(|rest| rest.strip_prefix(':'));
            known == host || with_port.is_some_and(|listed| listed.parse() == Ok(port))
        })
    }

    /// A resolver that never returns internal addresses: for https, where listed hosts may be on this computer.
    pub fn resolver(&self) -> Arc<Resolver> {
        let names = self.listed.iter().map(|known| known.split(':').next().unwrap_or_default().to_owned());
        Arc::new(Resolver { loopback: names.collect(), loopback_only: false })
    }

    /// A resolver that only returns this computer: for http.
    pub fn loopback_resolver() -> Arc<Resolver> {
        Arc::new(Resolver { loopback: HashSet::from(["localhost".to_owned()]), loopback_only: true })
    }
}

fn is_meta(host: &str) -> bool {
    let below =
        |domain: &str| host.strip_suffix(domain).is_some_and(|front| front.ends_with('.') && front.len() > 1);
    META.iter().any(|domain| below(domain))
}

fn literal(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// Whether an address belongs to the public internet.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(it: Ipv4Addr) -> bool {
    let [a, b, c, _] = it.octets();
    let internal = it.is_private()
        || it.is_loopback()
        || it.is_link_local()
        || it.is_broadcast()
        || it.is_documentation()
        || it.is_multicast()
        || a == 0
        || a >= 240
        // Shared by carriers, IETF assignments, benchmarks.
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19));
    !internal
}

fn is_public_v6(it: Ipv6Addr) -> bool {
    if let Some(v4) = it.to_ipv4_mapped() {
        return is_public_v4(v4);
    }
    let segments = it.segments();
    match segments {
        // Addresses that carry an IPv4 address: NAT64 and 6to4.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => is_public_v4(embedded(high, low)),
        [0x2002, high, low, ..] => is_public_v4(embedded(high, low)),
        // Teredo and documentation.
        [0x2001, 0, ..] | [0x2001, 0xdb8, ..] => false,
        // The range of all public addresses today: 2000::/3.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

fn embedded(high: u16, low: u16) -> Ipv4Addr {
    Ipv4Addr::from((u32::from(high) << 16) | u32::from(low))
}

/// Resolves names to allowed addresses.
#[derive(Debug)]
pub struct Resolver {
    /// Names that may resolve to this computer.
    loopback: HashSet<String>,
    loopback_only: bool,
}

impl Resolver {
    fn allows(&self, name: &str, address: IpAddr) -> bool {
        let loopback = address.is_loopback() && self.loopback.contains(name);
        loopback || (!self.loopback_only && is_public(address))
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().trim_end_matches('.').to_lowercase();
        let rule = Self { loopback: self.loopback.clone(), loopback_only: self.loopback_only };
        Box::pin(async move {
            let found = tokio::net::lookup_host((host.as_str(), 0)).await?;
            let found: Vec<SocketAddr> = found.collect();
            let allowed: Vec<SocketAddr> =
                found.iter().copied().filter(|address| rule.allows(&host, address.ip())).collect();
            if allowed.is_empty() {
                return Err(
                    Box::new(Forbidden(FileError::Internal { host })) as Box<dyn std::error::Error + Send + Sync>
                );
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(listed: &[&str], url: &str) -> bool {
        let listed: Vec<String> = listed.iter().map(|host| (*host).to_owned()).collect();
        Hosts::new(&listed).check(&url.parse().unwrap()).is_ok()
    }

    #[test]
    fn metas_hosts_are_asked_by_https_and_no_others() {
        for good in [
            "https://scontent.xx.fbcdn.net/v/a.jpg?x=1",
            "https://cdn.fbsbx.com/a",
            "https://scontent.cdninstagram.com/a",
            "https://platform-lookaside.fbsbx.com/a",
            "https://lookaside.facebook.com/a",
            "https://SCONTENT.FBCDN.NET/a",
        ] {
            assert!(allows(&[], good), "{good}");
        }
        for bad in [
            "http://scontent.xx.fbcdn.net/a",
            "https://fbcdn.net.evil.example/a",
            "https://evilfbcdn.net/a",
            "https://evil.example/fbcdn.net",
            "https://a.fbcdn.net@evil.example/a",
            "https://me@a.fbcdn.net/a",
            "https://a.fbcdn.net:8443/a",
            "https://127.0.0.1/a",
            "https://[::1]/a",
            "ftp://a.fbcdn.net/a",
            "file:///etc/passwd",
            "http://localhost/a",
        ] {
            assert!(!allows(&[], bad), "{bad}");
        }
    }

    #[test]
    fn listed_hosts_are_asked_by_http_on_this_computer_only() {
        assert!(allows(&["127.0.0.1:8090"], "http://127.0.0.1:8090/cdn/a"));
        assert!(allows(&["localhost"], "http://localhost:8090/cdn/a"));
        assert!(allows(&["[::1]:8090"], "http://[::1]:8090/cdn/a"));
        assert!(!allows(&["127.0.0.1:8090"], "http://127.0.0.1:8091/cdn/a"));
        assert!(!allows(&["127.0.0.1:8090"], "http://127.0.0.2:8090/cdn/a"));
        assert!(!allows(&["10.0.0.8"], "http://10.0.0.8/a"));
        assert!(!allows(&["10.0.0.8"], "https://10.0.0.8/a"));
        assert!(allows(&["media.example"], "https://media.example/a"));
        assert!(!allows(&["media.example"], "http://media.example/a"));
    }

    #[test]
    fn internal_addresses_are_known_in_every_disguise() {
        for internal in [
            "10.1.2.3",
            "127.0.0.1",
            "169.254.169.254",
            "192.168.0.1",
            "172.16.0.1",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "198.18.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "ff02::1",
            "::10.0.0.1",
        ] {
            assert!(!is_public(internal.parse().unwrap()), "{internal}");
        }
        for public in ["157.240.1.1", "2a03:2880:f000::1", "64:ff9b::9df0:101"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        let resolver = Hosts::new(&["localhost:8090".to_owned()]).resolver();
        assert!(resolver.allows("localhost", "127.0.0.1".parse().unwrap()));
        assert!(!resolver.allows("a.fbcdn.net", "127.0.0.1".parse().unwrap()));
        assert!(!resolver.allows("localhost", "10.0.0.1".parse().unwrap()));
        assert!(!Hosts::loopback_resolver().allows("localhost", "157.240.1.1".parse().unwrap()));
    }
}
