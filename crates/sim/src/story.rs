//! What befalls a world, written down before it begins: so that it can be told again, and made shorter.

use controller_core::stream::Stream;

/// What operators want and what goes wrong. Nodes and applications are numbers; spans are in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// An operator applies an application with so many replicas of a version.
    Apply(usize, u64, u64),
    /// An operator deletes an application.
    Delete(usize),
    /// A node's link is cut for a span.
    Cut(usize, u64),
    /// A node's link swallows everything for a span, and nobody is told.
    HalfOpen(usize, u64),
    /// A node loses power for a span; its clock comes back wrong by so much.
    NodePower(usize, u64, i64),
    /// A node's agent is killed and starts again; its containers run on.
    AgentKilled(usize),
    /// The controller loses power for a span.
    ControllerPower(u64),
    /// The broker starts anew: every connection ends.
    BrokerRestart,
    /// One of a node's containers ends by itself; some for want of memory.
    Crash(usize, usize, bool),
    /// A node's container engine is away for a span.
    EngineAway(usize, u64),
    /// A node's wall clock leaps.
    ClockLeap(usize, i64),
    /// Somebody else says orders to a node: not signed for it.
    Forge(usize),
}

/// What happens when, in the order of time.
pub type Story = Vec<(u64, Act)>;

/// Applications of a world.
pub const APPS: usize = 3;

/// Draws a storm of a length for so many nodes.
#[must_use]
pub fn draw(seed: u64, nodes: usize, storm_ms: u64) -> Story {
    let mut stream = Stream::new(seed, "story");
    let mut story: Story = (0..APPS).map(|app| (1000, Act::Apply(app, 2, 0))).collect();
    let acts = 12 + nodes as u64 * (1 + storm_ms / 3_600_000);
    for _ in 0..acts {
        let at = 2000 + stream.draw() % storm_ms;
        story.push((at, one(&mut stream, nodes, storm_ms / 6)));
    }
    story.sort_by_key(|(at, _)| *at);
    story
}

fn one(stream: &mut Stream, nodes: usize, most_ms: u64) -> Act {
    let mut below = |n: u64| stream.draw() % n.max(1);
    let place = |n: u64| usize::try_from(n).unwrap_or(0);
    let (node, app) = (place(below(nodes as u64)), place(below(APPS as u64)));
    let span = 1 + below(most_ms);
    let leap = i64::try_from(below(4_000_000_000)).unwrap_or(0) - 2_000_000_000;
    match below(20) {
        0..=4 => Act::Apply(app, 1 + below(2 * nodes as u64), below(4)),
        5 => Act::Delete(app),
        6..=8 => Act::Cut(node, span),
        9 => Act::HalfOpen(node, span),
        10 | 11 => Act::NodePower(node, span, leap),
        12 | 13 => Act::AgentKilled(node),
        14 => Act::ControllerPower(span / 4),
        15 => Act::BrokerRestart,
        16 => Act::Crash(node, place(below(8)), below(2) == 0),
        17 => Act::EngineAway(node, span / 2),
        18 => Act::ClockLeap(node, leap),
        _ => Act::Forge(node),
    }
}

/// The shortest part of a story that still fails, found by leaving out halves, quarters and so on.
pub fn shorten(mut story: Story, mut fails: impl FnMut(&Story) -> bool) -> Story {
    let mut size = story.len() / 2;
    while size > 0 {
        let mut at = 0;
        while at < story.len() {
            let end = (at + size).min(story.len());
            let mut less = story.clone();
            less.drain(at..end);
            if fails(&less) {
                story = less;
            } else {
                at = end;
            }
        }
        size /= 2;
    }
    story
}
