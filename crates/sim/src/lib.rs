//! A whole fleet in one seeded world: the real cores of controller and agents, and the real encoding between them, with
//! clocks, links, disks, engines and power that fail. First a storm, then calm; rules that are checked all along, and at the
//! end whether all is as ordered.
//!
//! The law of this crate: a world is a function of its seed and its story. What is planted is planted in the world, never in
//! the product.

mod act;
mod check;
mod engine;
mod fleet;
mod node;
mod store;
pub mod story;
mod world;

pub use check::{Broken, Rule};
pub use world::Planted;

use story::Story;
use world::{Due, World};

/// In calm everything comes to rest within this span: restarts back off for five minutes at most, and are forgiven after ten.
const CALM_MS: u64 = 40 * 60_000;

/// What a world is made of.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Decides everything that is left to chance.
    pub seed: u64,
    /// How many nodes.
    pub nodes: usize,
    /// How long the storm lasts, in milliseconds.
    pub storm_ms: u64,
    /// A bug of the world, if any.
    pub planted: Option<Planted>,
}

/// What happened in a world that broke no rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Messages that were put on links.
    pub messages: u64,
    /// Turns of the controller's core.
    pub turns: u64,
}

/// A rule was broken, and the shortest story found that breaks it.
#[derive(Clone, Debug)]
pub struct Failure {
    /// What broke.
    pub broken: Broken,
    /// What led to it.
    pub story: Story,
}

/// Tells a story in a world.
///
/// # Errors
/// If a rule is broken.
pub fn tell(setting: Setting, story: &Story) -> Result<Figures, Broken> {
    let Setting { seed, nodes, storm_ms, planted } = setting;
    let mut world = World::new(seed, nodes, storm_ms, planted);
    let started = |(rule, what)| Broken { rule, at: 0, what };
    world.start_controller().map_err(started)?;
    for n in 0..nodes {
        world.start_node(n).map_err(started)?;
    }
    world.after(1000, Due::Sync);
    for (at, act) in story {
        world.after(*at, Due::Act(*act));
    }
    world.run(storm_ms + CALM_MS)?;
    world.at_rest()?;
    Ok(Figures { messages: world.messages, turns: world.controller.turns })
}

/// A storm and the calm after it.
///
/// # Errors
/// If a rule is broken: the shortest story found.
pub fn run(setting: Setting) -> Result<Figures, Box<Failure>> {
    let story = story::draw(setting.seed, setting.nodes, setting.storm_ms);
    let broken = match tell(setting, &story) {
        Ok(figures) => return Ok(figures),
        Err(broken) => broken,
    };
    let same = |story: &Story| tell(setting, story).is_err_and(|b| b.rule == broken.rule);
    let story = story::shorten(story, same);
    let broken = tell(setting, &story).err().unwrap_or(broken);
    Err(Box::new(Failure { broken, story }))
}
