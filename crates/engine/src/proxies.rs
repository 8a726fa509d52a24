//! Proxies in front of Deskbell: which ones are trusted, and which one sends headers but is not on the list.

use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Mutex;

use domain::time::{DAY, Micros};

/// An address, or a network of addresses. Mapped IPv4 addresses (`::ffff:10.0.0.1`) are treated as IPv4 addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// The network in which one user counts as one: an IPv4 address, or a /64 of IPv6, which is what a household or a
    /// rented server usually has.
    pub fn of_client(address: IpAddr) -> Self {
        let address = address.to_canonical();
        let prefix = if address.is_ipv4() { 32 } else { 64 };
        Self { address: masked(address, prefix), prefix }
    }

    /// The address at which the network begins.
    pub fn first(&self) -> IpAddr {
        self.address
    }

    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.address.is_ipv4() && masked(address, self.prefix) == self.address
    }
}

/// The address without the bits after the prefix.
fn masked(address: IpAddr, prefix: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
            IpAddr::V4((v4.to_bits() & mask).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
            IpAddr::V6((v6.to_bits() & mask).into())
        }
    }
}

impl FromStr for Network {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address.trim(), Some(prefix.trim().parse::<u8>().map_err(|_| ())?)),
            None => (text.trim(), None),
        };
        let address: IpAddr = address.parse().map_err(|_| ())?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(longest);
        if prefix > longest {
            return Err(());
        }
        let canonical = address.to_canonical();
        let prefix = match (address.is_ipv4(), canonical.is_ipv4()) {
            // A mapped address: the prefix counts the 96 bits before the IPv4 address.
            (false, true) => prefix.checked_sub(96).ok_or(())?,
            _ => prefix,
        };
        Ok(Self { address: masked(canonical, prefix), prefix })
    }
}

/// The proxies that are trusted, from the settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<Network>);

impl TrustedProxies {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }
}

impl FromIterator<Network> for TrustedProxies {
    fn from_iter<T: IntoIterator<Item = Network>>(networks: T) -> Self {
        Self(networks.into_iter().collect())
    }
}

/// The proxy that was last seen sending `X-Forwarded-For` or `Forwarded` without being trusted. All its users then
/// look like one, so an administrator should know. Only addresses of this machine and of private networks count:
/// anyone else may simply have forged the header.
#[derive(Debug, Default)]
pub struct UntrustedProxy(Mutex<Option<(IpAddr, Micros)>>);

impl UntrustedProxy {
    /// Records a request with such a header from an address that is not trusted.
    pub fn note(&self, peer: IpAddr, at: Micros) {
        let peer = peer.to_canonical();
        if !is_near(peer) {
            return;
        }
        let mut last = self.0.lock().expect("nothing panics while it is held");
        if last.is_none_or(|(known, _)| known != peer) {
            tracing::warn!(
                %peer,
                "a proxy sends X-Forwarded-For or Forwarded, but trusted_proxies does not list it: all its users count as one address"
            );
        }
        *last = Some((peer, at));
    }

    /// The proxy, if it was seen within a day.
    pub fn seen(&self, at: Micros) -> Option<IpAddr> {
        let last = *self.0.lock().expect("nothing panics while it is held");
        last.filter(|(_, seen)| at.since(*seen) < DAY).map(|(peer, _)| peer)
    }
}

/// Whether an address is of this machine or of a private network.
fn is_near(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn addresses_and_networks_are_read_and_matched() {
        for (network, inside, beside) in [
            ("127.0.0.1", "127.0.0.1", "127.0.0.2"),
            ("172.16.0.0/12", "172.31.255.255", "172.32.0.0"),
            ("172.17.0.9/12", "172.16.0.0", "11.0.0.1"),
            ("127.0.0.0/8", "::ffff:127.3.2.1", "::1"),
            ("::1", "::1", "::2"),
            ("fd00::/8", "fd12::9", "fe80::1"),
            ("::ffff:10.0.0.0/104", "10.9.9.9", "11.0.0.0"),
            ("::ffff:10.0.0.7", "10.0.0.7", "10.0.0.8"),
            ("0.0.0.0/0", "8.8.8.8", "2001:db8::1"),
            ("::/0", "2001:db8::1", "8.8.8.8"),
        ] {
            let parsed: Network = network.parse().unwrap();
            assert!(parsed.contains(ip(inside)), "{network} holds {inside}");
            assert!(!parsed.contains(ip(beside)), "{network} does not hold {beside}");
        }
        for bad in [
            "",
            "proxy",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/",
            "10.0.0.0/-1",
            "[::1]",
            "1.2.3.4:80",
            "::ffff:1.2.3.4/64",
        ] {
            assert!(bad.parse::<Network>().is_err(), "{bad}");
        }
    }

    #[test]
    fn one_client_is_an_ipv4_address_or_a_64_of_ipv6() {
        let of = |text| Network::of_client(ip(text));
        assert_eq!(of("2001:db8:1:2:3::4"), of("2001:db8:1:2:ffff::1"));
        assert_ne!(of("2001:db8:1:2::4"), of("2001:db8:1:3::4"));
        assert_eq!(of("::ffff:198.51.100.7"), of("198.51.100.7"));
        assert_ne!(of("198.51.100.7"), of("198.51.100.8"));
    }

    #[test]
    fn only_a_proxy_nearby_is_worth_a_warning() {
        let (proxy, at) = (UntrustedProxy::default(), Micros(DAY));
        proxy.note(ip("198.51.100.7"), at);
        assert_eq!(proxy.seen(at), None);
        proxy.note(ip("::ffff:172.17.0.1"), at);
        assert_eq!(proxy.seen(at), Some(ip("172.17.0.1")));
        assert_eq!(proxy.seen(at.plus(DAY)), None);
    }
}
