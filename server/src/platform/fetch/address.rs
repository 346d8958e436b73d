//! Which addresses may be asked for what somebody else named.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    Public,
    /// Private or loopback: only where the operator allows it.
    Private,
    /// Never: link-local, metadata of a cloud, multicast, not routed, or another
    /// way to write an IPv4 address.
    Never,
}

use Reach::{Never, Private, Public};

/// Networks as RFC 6890 and IANA's registries list them, and the addresses by
/// which clouds tell machines their secrets.
const V4: &[(Ipv4Addr, u32, Reach)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8, Never),
    (Ipv4Addr::new(10, 0, 0, 0), 8, Private),
    // Shared by a provider's customers (CGNAT); Alibaba's metadata is in it.
    (Ipv4Addr::new(100, 64, 0, 0), 10, Never),
    (Ipv4Addr::new(127, 0, 0, 0), 8, Private),
    // AWS, Google, Azure, DigitalOcean and others have their metadata in it.
    (Ipv4Addr::new(169, 254, 0, 0), 16, Never),
    // Azure's, although it looks public.
    (Ipv4Addr::new(168, 63, 129, 16), 32, Never),
    (Ipv4Addr::new(172, 16, 0, 0), 12, Private),
    // Oracle's metadata is in it.
    (Ipv4Addr::new(192, 0, 0, 0), 24, Never),
    (Ipv4Addr::new(192, 0, 2, 0), 24, Never),
    (Ipv4Addr::new(192, 88, 99, 0), 24, Never),
    (Ipv4Addr::new(192, 168, 0, 0), 16, Private),
    (Ipv4Addr::new(198, 18, 0, 0), 15, Never),
    (Ipv4Addr::new(198, 51, 100, 0), 24, Never),
    (Ipv4Addr::new(203, 0, 113, 0), 24, Never),
    // Multicast, reserved, broadcast.
    (Ipv4Addr::new(224, 0, 0, 0), 3, Never),
];

/// Within 2000::/3 only: nothing else is public.
const V6: &[(Ipv6Addr, u32)] = &[
    // Protocol assignments, Teredo and benchmarks among them.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    // 6to4: an IPv4 address in other words.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

const V6_METADATA: &[Ipv6Addr] = &[
    // AWS and Google have theirs among the private addresses.
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
];

#[must_use]
pub fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => v4(address),
        IpAddr::V6(address) => v6(address),
    }
}

fn v4(address: Ipv4Addr) -> Reach {
    let within = |&&(network, length, _): &&(Ipv4Addr, u32, Reach)| {
        (address.to_bits() ^ network.to_bits()) >> (32 - length) == 0
    };
    V4.iter()
        .find(within)
        .map_or(Public, |(_, _, reach)| *reach)
}

fn v6(address: Ipv6Addr) -> Reach {
    let within = |network: Ipv6Addr, length: u32| {
        (address.to_bits() ^ network.to_bits()) >> (128 - length) == 0
    };
    if V6_METADATA.contains(&address) {
        Never
    } else if address.is_loopback() || within(Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7) {
        Private
    } else if !within(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3)
        || V6.iter().any(|(network, length)| within(*network, *length))
    {
        Never
    } else {
        Public
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_anybody_may_reach_is_public() {
        for (address, expected) in [
            ("1.1.1.1", Public),
            ("8.8.8.8", Public),
            ("9.255.255.255", Public),
            ("11.0.0.0", Public),
            ("100.63.255.255", Public),
            ("100.128.0.0", Public),
            ("172.15.255.255", Public),
            ("172.32.0.0", Public),
            ("168.63.129.17", Public),
            ("192.0.1.0", Public),
            ("223.255.255.255", Public),
            ("10.1.2.3", Private),
            ("127.0.0.1", Private),
            ("127.255.255.254", Private),
            ("172.16.0.1", Private),
            ("172.31.255.255", Private),
            ("192.168.1.1", Private),
            ("0.0.0.0", Never),
            ("0.1.2.3", Never),
            ("100.64.0.1", Never),
            ("100.100.100.200", Never),
            ("168.63.129.16", Never),
            ("169.254.0.1", Never),
            ("169.254.169.254", Never),
            ("192.0.0.192", Never),
            ("192.0.2.1", Never),
            ("192.88.99.1", Never),
            ("198.18.0.1", Never),
            ("198.19.255.255", Never),
            ("198.51.100.7", Never),
            ("203.0.113.7", Never),
            ("224.0.0.1", Never),
            ("239.255.255.255", Never),
            ("240.0.0.1", Never),
            ("255.255.255.255", Never),
            ("2606:4700:4700::1111", Public),
            ("2a00:1450:4001:80b::200e", Public),
            ("::1", Private),
            ("fc00::1", Private),
            ("fdff::1", Private),
            ("::", Never),
            ("::ffff:127.0.0.1", Never),
            ("::ffff:8.8.8.8", Never),
            ("::127.0.0.1", Never),
            ("64:ff9b::7f00:1", Never),
            ("64:ff9b:1::1", Never),
            ("100::1", Never),
            ("2001::1", Never),
            ("2001:10::1", Never),
            ("2001:db8::1", Never),
            ("2002:7f00:1::", Never),
            ("3fff::1", Never),
            ("5f00::1", Never),
            ("fd00:ec2::254", Never),
            ("fd20:ce::254", Never),
            ("fe80::1", Never),
            ("fec0::1", Never),
            ("ff02::1", Never),
        ] {
            assert_eq!(reach(address.parse().unwrap()), expected, "{address}");
        }
    }
}
