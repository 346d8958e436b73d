//! Who is at the other end of the connection.

use crate::app::App;
use axum::extract::{ConnectInfo, FromRequestParts};
use http::{HeaderMap, request::Parts};
use std::{
    convert::Infallible,
    net::{IpAddr, Ipv6Addr, SocketAddr},
};

/// The client's address, for limits and for what only this machine may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress {
    pub ip: IpAddr,
    /// Some proxy passed the request on.
    forwarded: bool,
}

impl ClientAddress {
    /// The key of a limit: one household or server has a whole /64 of IPv6.
    #[must_use]
    pub fn network(self) -> IpAddr {
        match self.ip.to_canonical() {
            IpAddr::V6(ip) => IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX))),
            v4 => v4,
        }
    }

    /// A program on this machine asks, by itself.
    #[must_use]
    pub fn is_this_machine(self) -> bool {
        !self.forwarded && self.ip.to_canonical().is_loopback()
    }
}

/// Each of our own proxies appends the address it was called from, so the entry
/// of the outermost one counts from the right; what a client wrote itself stands
/// left of it.
fn find(peer: IpAddr, headers: &HeaderMap, proxies: usize) -> ClientAddress {
    let chain: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    let named = proxies
        .checked_sub(1)
        .and_then(|skip| chain.iter().rev().nth(skip))
        .and_then(|entry| entry.parse().ok());
    ClientAddress {
        ip: named.unwrap_or(peer),
        forwarded: !chain.is_empty() || headers.contains_key("forwarded"),
    }
}

impl FromRequestParts<App> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let peer = parts
            .extensions
            .get::<ConnectInfo<SocketAddr>>()
            .map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |info| info.0.ip());
        Ok(find(
            peer,
            &parts.headers,
            app.config.server.trusted_proxies,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(forwarded_for: &[&str], proxies: usize) -> ClientAddress {
        let mut headers = HeaderMap::new();
        for value in forwarded_for {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        find(IpAddr::from([127, 0, 0, 1]), &headers, proxies)
    }

    #[test]
    fn a_client_cannot_choose_its_own_address() {
        let claimed = &["6.6.6.6, 203.0.113.9"];
        assert_eq!(address(claimed, 0).ip.to_string(), "127.0.0.1");
        assert_eq!(address(claimed, 1).ip.to_string(), "203.0.113.9");
        let two = &["6.6.6.6, 203.0.113.9", "10.0.0.1"];
        assert_eq!(address(two, 2).ip.to_string(), "203.0.113.9");
        assert_eq!(address(&["junk"], 1).ip.to_string(), "127.0.0.1");
    }

    #[test]
    fn what_a_proxy_passes_on_is_not_from_this_machine() {
        assert!(address(&[], 0).is_this_machine());
        assert!(!address(&["203.0.113.9"], 0).is_this_machine());
    }

    #[test]
    fn a_network_of_ipv6_counts_as_one_client() {
        let network = |text: &str| {
            ClientAddress {
                ip: text.parse().unwrap(),
                forwarded: false,
            }
            .network()
        };
        assert_eq!(network("2001:db8:1:2:3::4"), network("2001:db8:1:2::ffff"));
        assert_ne!(network("2001:db8:1:3::4"), network("2001:db8:1:2::4"));
        assert_eq!(network("::ffff:192.0.2.1").to_string(), "192.0.2.1");
    }
}
