//! Where a broker is: `mqtts://host:port`, or `mqtt://host:port` without TLS.

/// The ports of MQTT with and without TLS, if none is given (IANA).
const PORTS: [u16; 2] = [8883, 1883];

/// Where a broker is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// Over TLS.
    pub secure: bool,
    /// A name or an IP address.
    pub host: String,
    /// The TCP port.
    pub port: u16,
}

/// Reads an address; none if the text is none. The port may be left out.
#[must_use]
pub fn parse(text: &str) -> Option<Address> {
    let secure = text.starts_with("mqtts://");
    let rest = text.strip_prefix("mqtts://").or(text.strip_prefix("mqtt://"))?;
    let rest = rest.trim_end_matches('/');
    let (host, port) = match rest.rsplit_once(':') {
        // An IPv6 address in brackets has colons of its own.
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
        _ => (rest, PORTS[usize::from(!secure)]),
    };
    let host = match host.strip_prefix('[') {
        Some(v6) => v6.strip_suffix(']')?,
        None => host,
    };
    let fits = !host.is_empty() && !host.contains(['/', '@', ' ', '[', ']']);
    (fits && port > 0).then(|| Address { secure, host: host.to_owned(), port })
}

/// Whether a host is this machine: nobody else can have a say in what is heard from there.
#[must_use]
pub fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        for (text, want) in [
            ("mqtt://localhost:1884", Some((false, "localhost", 1884))),
            ("mqtt://broker.example", Some((false, "broker.example", 1883))),
            ("mqtts://broker.example/", Some((true, "broker.example", 8883))),
            ("mqtts://[::1]:99/", Some((true, "::1", 99))),
            ("mqtt://[::1]", Some((false, "::1", 1883))),
            ("localhost:1883", None),
            ("https://localhost", None),
            ("mqtts://", None),
            ("mqtt://:1883", None),
            ("mqtt://a:b", None),
            ("mqtt://a:0", None),
            ("mqtt://a:70000", None),
            ("mqtt://user@a:1883", None),
            ("mqtt://a/b", None),
            ("mqtt://[::1", None),
        ] {
            let want = want.map(|(secure, host, port)| Address { secure, host: host.into(), port });
            assert_eq!(parse(text), want, "{text}");
        }
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for here in ["localhost", "127.0.0.1", "127.9.9.9", "::1"] {
            assert!(is_loopback(here), "{here}");
        }
        for there in ["", "10.0.0.1", "localhost.example", "127.0.0.1.example", "::2"] {
            assert!(!is_loopback(there), "{there}");
        }
    }
}
