//! Where calls come from, as far as limits are concerned.

use std::net::IpAddr;

/// The address that limits count by.
///
/// A host with IPv6 commonly has all addresses of a /64 network to choose from, so
/// these count as one. An IPv4 address that comes in by an IPv6 socket is what it is.
pub(super) fn counted(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) if !six.is_loopback() => {
            let network = six.to_bits() & !u128::from(u64::MAX);
            IpAddr::V6(network.into())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        for (address, expected) in [
            ("127.0.0.2", "127.0.0.2"),
            ("::ffff:127.0.0.2", "127.0.0.2"),
            ("::1", "::1"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::"),
            ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ] {
            let found = counted(address.parse().unwrap());
            assert_eq!(found.to_string(), expected, "{address}");
        }
    }
}
