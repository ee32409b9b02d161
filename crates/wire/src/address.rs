//! Where a broker is: `mqtt://host:port`.

/// The port of plain MQTT, if none is given (IANA).
const PORT: u16 = 1883;

/// The host and port of a broker; none if the text is no such address. The port may be left out.
#[must_use]
pub fn parse(text: &str) -> Option<(String, u16)> {
    let rest = text.strip_prefix("mqtt://")?.trim_end_matches('/');
    let (host, port) = match rest.rsplit_once(':') {
        // An IPv6 address in brackets has colons of its own.
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()?),
        _ => (rest, PORT),
    };
    let host = match host.strip_prefix('[') {
        Some(v6) => v6.strip_suffix(']')?,
        None => host,
    };
    let fits = !host.is_empty() && !host.contains(['/', '@', ' ', '[', ']']);
    (fits && port > 0).then(|| (host.to_owned(), port))
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
    fn only_this_machine_is_loopback() {
        for here in ["localhost", "127.0.0.1", "127.9.9.9", "::1"] {
            assert!(is_loopback(here), "{here}");
        }
        for there in ["", "10.0.0.1", "localhost.example", "127.0.0.1.example", "::2"] {
            assert!(!is_loopback(there), "{there}");
        }
    }

    #[test]
    fn addresses_are_read() {
        for (text, want) in [
            ("mqtt://localhost:1884", Some(("localhost", 1884))),
            ("mqtt://broker.example", Some(("broker.example", 1883))),
            ("mqtt://broker.example/", Some(("broker.example", 1883))),
            ("mqtt://[::1]:99/", Some(("::1", 99))),
            ("mqtt://[::1]", Some(("::1", 1883))),
            ("localhost:1883", None),
            ("mqtts://localhost", None),
            ("mqtt://", None),
            ("mqtt://:1883", None),
            ("mqtt://a:b", None),
            ("mqtt://a:0", None),
            ("mqtt://a:70000", None),
            ("mqtt://user@a:1883", None),
            ("mqtt://a/b", None),
            ("mqtt://[::1", None),
        ] {
            assert_eq!(parse(text), want.map(|(h, p)| (h.to_owned(), p)), "{text}");
        }
    }
}
