//! `driftless-controller keys`: looks at keys and replaces them, whether the controller runs or not. One that runs sees the
//! change within seconds.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Subcommand;
use model::Millis;

use super::{AtRest, KeysError, OrdersKeys};

/// So long a former key for orders signs at the most, while nodes that are away have not followed. Those that come later
/// follow all the same.
const OVERLAP_MS: u64 = 7 * 86_400_000;

/// What to do.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum Keys {
    /// List the keys: their numbers and public parts.
    List,
    /// Replace the key that signs orders; the former one goes when all nodes have followed, or after seven days.
    Rotate {
        /// Let the former key go at once: it may be known to others.
        #[arg(long)]
        now: bool,
        /// Replace the key that secrets are encrypted with in the store instead. What is there is encrypted anew by the
        /// controller, at once if it runs, and the former key goes then.
        #[arg(long, conflicts_with = "now")]
        at_rest: bool,
    },
}

/// Does it; what there is to say.
///
/// # Errors
/// If keys cannot be read or kept.
pub fn run(command: Keys, data_dir: &Path, at_rest: &Path) -> Result<String, KeysError> {
    let at_rest = Arc::new(AtRest::open(at_rest)?);
    let keys = OrdersKeys::open(data_dir, at_rest.clone())?;
    match command {
        Keys::List => Ok(list(&keys, &at_rest)),
        Keys::Rotate { at_rest: true, .. } => {
            let id = at_rest.rotate()?;
            Ok(format!(
                "at-rest key {id} is used from now on; the former goes once nothing needs it\n"
            ))
        }
        Keys::Rotate { now, .. } => {
            let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            let wall = Millis(u64::try_from(wall.as_millis()).unwrap_or(u64::MAX));
            keys.rotate((!now).then(|| wall.plus(OVERLAP_MS)))?;
            Ok(list(&keys, &at_rest))
        }
    }
}

fn list(keys: &OrdersKeys, at_rest: &AtRest) -> String {
    let (set, rotation) = (keys.trusted(), *keys.news().borrow());
    let mut text = format!("orders  fleet {}  set {}\n", set.fleet, set.serial);
    for (i, key) in set.keys.iter().enumerate() {
        let role = match (i, rotation.retire_at) {
            (0, Some(at)) => {
                format!("signs; goes when all nodes have followed, or at {}", at.to_rfc3339())
            }
            (0, None) => "signs".to_owned(),
            _ => "follows".to_owned(),
        };
        let _ = writeln!(text, "orders  {key}  {role}");
    }
    for id in at_rest.ids() {
        let role = if id == at_rest.current() { "used" } else { "goes once nothing needs it" };
        let _ = writeln!(text, "at-rest {id}  {role}");
    }
    text
}
