//! Who may do what at the door. The one place that decides it.
//!
//! Over TLS a client is the node that its certificate names, and bears that name as its id; one without a certificate can
//! ask to be given one, and nothing else. Without TLS, on loopback only, a client is the node that its id names: it
//! publishes to that node's own topics, and if it also leaves the node's will, it hears nothing but what is the node's;
//! everybody else may look on there, and say nothing.

use model::NodeName;
use rumqttc::mqttbytes::v4::Connect;
use wire::join;

/// What a client has shown of itself before it said anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// There was nothing to show: loopback, without TLS.
    Nothing,
    /// No certificate, where one could be shown.
    Nobody,
    /// A certificate: it is this node.
    Node(NodeName),
}

/// Who a client is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// A node: it left its will, and is held to its own topics.
    Node(NodeName),
    /// Anybody else; it may bear a node's name.
    Guest(Option<NodeName>),
    /// A machine that asks to be certified: its connection's id.
    Joiner(String),
}

impl Who {
    /// Who connects. None if it is not who it says, or leaves a will that is not its own.
    pub(super) fn of(prefix: &str, connect: &Connect, shown: &Shown) -> Option<Self> {
        let id = &connect.client_id;
        let name = match shown {
            // It may add something that nobody else knows: see `wire::join::client_id`.
            Shown::Node(_) => id.split_once('_').map_or(id.as_str(), |(name, _)| name),
            _ => id,
        };
        let name = NodeName::checked(name).ok();
        match shown {
            Shown::Nothing => {}
            Shown::Nobody => {
                // No node's name begins so: a machine that joins takes nobody's place.
                let rest = id.strip_prefix('_').unwrap_or_default();
                let fits = rest.len() >= 8 && rest.bytes().all(|b| b.is_ascii_alphanumeric());
                let joins = fits && connect.last_will.is_none();
                return joins.then(|| Self::Joiner(id.clone()));
            }
            Shown::Node(node) if name.as_ref() != Some(node) => return None,
            Shown::Node(_) if connect.last_will.is_none() => return None,
            Shown::Node(_) => {}
        }
        let Some(will) = &connect.last_will else { return Some(Self::Guest(name)) };
        let node = name.filter(|name| will.topic == wire::topic::presence(prefix, name))?;
        Some(Self::Node(node))
    }

    pub(super) fn is_node(&self) -> bool {
        matches!(self, Self::Node(_))
    }

    fn name(&self) -> Option<&NodeName> {
        match self {
            Self::Node(name) => Some(name),
            Self::Guest(name) => name.as_ref(),
            Self::Joiner(_) => None,
        }
    }

    /// Whether it may publish there: as a node, to its own topics.
    pub(super) fn may_publish(&self, prefix: &str, topic: &str) -> bool {
        if let Self::Joiner(id) = self {
            return join::asking(prefix, topic) == Some(id);
        }
        wire::topic::parse(prefix, topic).is_some_and(|(node, leaf)| {
            let leaf_is_up = matches!(leaf, "u" | "p") || leaf.starts_with("s/");
            leaf_is_up && self.name() == Some(&node)
        })
    }

    /// Whether it may hear what a filter brings.
    pub(super) fn may_subscribe(&self, prefix: &str, filter: &str) -> bool {
        matches!(self, Self::Guest(_)) || self.is_own(prefix, filter)
    }

    /// Whether a filter brings only what is its own.
    pub(super) fn is_own(&self, prefix: &str, filter: &str) -> bool {
        if let Self::Joiner(id) = self {
            return join::answered(prefix, filter) == Some(id);
        }
        let rest = filter.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('/'));
        let node = rest.and_then(|rest| rest.split_once('/')).map(|(node, _)| node);
        node.is_some() && node == self.name().map(NodeName::as_str)
    }
}

#[cfg(test)]
mod tests {
    use rumqttc::mqttbytes::QoS;
    use rumqttc::mqttbytes::v4::LastWill;

    use super::*;

    fn who(id: &str, will: Option<&str>) -> Option<Who> {
        shown(id, will, &Shown::Nothing)
    }

    fn shown(id: &str, will: Option<&str>, shown: &Shown) -> Option<Who> {
        let last_will = will.map(|topic| LastWill::new(topic, "0", QoS::AtLeastOnce, true));
        Who::of("dl", &Connect { last_will, ..Connect::new(id) }, shown)
    }

    #[test]
    fn over_tls_a_client_is_who_its_certificate_names() {
        let node = Shown::Node("n1".into());
        for id in ["n1", "n1_c0ffee"] {
            assert_eq!(shown(id, Some("dl/n1/p"), &node), Some(Who::Node("n1".into())));
        }
        for (id, will) in [
            ("n2", Some("dl/n2/p")),
            ("n2_n1", Some("dl/n1/p")),
            ("n1", Some("dl/n2/p")),
            ("n1", None),
            ("_abcdefgh", None),
        ] {
            assert_eq!(shown(id, will, &node), None, "{id}");
        }
        let joiner = Who::Joiner("_abcd1234".into());
        assert_eq!(shown("_abcd1234", None, &Shown::Nobody), Some(joiner.clone()));
        for id in ["n1", "_abc", "_abcd-1234", "", "_abcd/1234"] {
            assert_eq!(shown(id, None, &Shown::Nobody), None, "{id}");
        }
        assert!(joiner.may_publish("dl", "dl/_join/_abcd1234/u"));
        assert!(joiner.may_subscribe("dl", "dl/_join/_abcd1234/d"));
        for topic in ["dl/_join/_other123/u", "dl/_join/_abcd1234/d", "dl/n1/u", "dl/n1/p"] {
            assert!(!joiner.may_publish("dl", topic), "{topic}");
        }
        for filter in ["#", "dl/#", "dl/_join/+/d", "dl/_join/_other123/d", "dl/n1/d"] {
            assert!(!joiner.may_subscribe("dl", filter), "{filter}");
        }
    }

    #[test]
    fn clients_are_told_apart() {
        assert_eq!(who("n1", Some("dl/n1/p")), Some(Who::Node("n1".into())));
        assert_eq!(who("n1", None), Some(Who::Guest(Some("n1".into()))));
        assert_eq!(who("Watcher", None), Some(Who::Guest(None)));
        for will in ["dl/n2/p", "dl/n1/d", "dl/n1/u", "other", "dl/+/p"] {
            assert_eq!(who("n1", Some(will)), None, "{will}");
        }
        assert_eq!(who("Watcher", Some("dl/Watcher/p")), None);
        assert_eq!(who("n1_watcher", None), Some(Who::Guest(None)), "it may say nothing as n1");
    }

    #[test]
    fn a_client_says_only_what_is_its_own() {
        let check = |who: &Who, topic: &str, want: bool| {
            assert_eq!(who.may_publish("dl", topic), want, "{who:?} {topic}");
        };
        for who in [Who::Node("n1".into()), Who::Guest(Some("n1".into()))] {
            for topic in ["dl/n1/u", "dl/n1/p", "dl/n1/s/7"] {
                check(&who, topic, true);
                check(&Who::Guest(None), topic, false);
            }
            for topic in
                ["dl/n1/d", "dl/n2/u", "dl/n2/p", "dl/n1/s", "x/n1/u", "dl/n1", "", "dl/n1/u/x"]
            {
                check(&who, topic, false);
            }
        }
    }

    #[test]
    fn a_node_hears_only_what_is_its_own_and_others_look_on() {
        let node = Who::Node("n1".into());
        for own in ["dl/n1/d", "dl/n1/#", "dl/n1/s/+"] {
            assert!(node.may_subscribe("dl", own), "{own}");
        }
        for other in ["dl/n2/d", "dl/#", "#", "dl/+/d", "+/n1/d", "dl/n1", "dl/n11/d"] {
            assert!(!node.may_subscribe("dl", other), "{other}");
            assert!(Who::Guest(None).may_subscribe("dl", other), "{other}");
        }
    }
}
