//! Topics (design, section 3): short, because they travel.

use model::NodeName;

/// The first level, if nobody chose another.
pub const PREFIX: &str = "dl";

/// Controller to node.
#[must_use]
pub fn down(prefix: &str, node: &NodeName) -> String {
    format!("{prefix}/{node}/d")
}

/// Node to controller.
#[must_use]
pub fn up(prefix: &str, node: &NodeName) -> String {
    format!("{prefix}/{node}/u")
}

/// Frames of all streams, controller to node.
#[must_use]
pub fn stream_down(prefix: &str, node: &NodeName) -> String {
    format!("{prefix}/{node}/s/d")
}

/// Frames of all streams, node to controller.
#[must_use]
pub fn stream_up(prefix: &str, node: &NodeName) -> String {
    format!("{prefix}/{node}/s/u")
}

/// Whether the node's connection is up: retained, `1` or (by its will) `0`.
#[must_use]
pub fn presence(prefix: &str, node: &NodeName) -> String {
    format!("{prefix}/{node}/p")
}

/// Which node's topic this is, and its last level; none if it is no topic of a node.
#[must_use]
pub fn parse<'a>(prefix: &str, topic: &'a str) -> Option<(NodeName, &'a str)> {
    let rest = topic.strip_prefix(prefix)?.strip_prefix('/')?;
    let (node, leaf) = rest.split_once('/')?;
    Some((NodeName::checked(node).ok()?, leaf))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_are_written_and_read() {
        let node = NodeName::from("edge-1");
        assert_eq!(down("dl", &node), "dl/edge-1/d");
        assert_eq!(parse("dl", &up("dl", &node)), Some((node.clone(), "u")));
        assert_eq!(parse("dl", &stream_up("dl", &node)), Some((node.clone(), "s/u")));
        assert_eq!(stream_down("dl", &node), "dl/edge-1/s/d");
        assert_eq!(parse("a/b", &presence("a/b", &node)), Some((node, "p")));
        for bad in ["", "dl", "dl/", "dl/x", "dl/X/u", "dl//u", "dlx/a/u", "other/a/u"] {
            assert_eq!(parse("dl", bad), None, "{bad}");
        }
    }
}
