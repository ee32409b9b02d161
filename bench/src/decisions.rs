//! What it costs to decide whether somebody may do something, with few roles and with many.

use std::time::Instant;

use controller_core::authorize::{Attributes, Policy, User, defaults};
use controller_core::kinds::{self, ObjectKey};
use serde_json::json;

const DECISIONS: u32 = 100_000;

/// Prints a line for each size.
pub(crate) fn run() {
    println!("decisions: the time of one, by the number of bindings");
    for bindings in [10, 1000, 100_000] {
        let policy = policy(bindings);
        let user = User::known("user-7", ["group-3".to_owned()]);
        let parts = ["api", "v1", "namespaces", "ns-7", "pods", "web"];
        let asked = |method| Attributes::of_request(method, "", &parts, false, None);
        for (method, want) in [("GET", true), ("DELETE", false)] {
            let asked = asked(method);
            let begin = Instant::now();
            let allowed = (0..DECISIONS).filter(|_| policy.decide(&user, &asked).allowed).count();
            let nanos = begin.elapsed().as_nanos() / u128::from(DECISIONS);
            assert_eq!(allowed > 0, want);
            let word = if want { "allowed" } else { "refused" };
            println!("  {bindings:>7} bindings, {word}: {nanos:>7} ns");
        }
    }
}

/// One user in each namespace, who may look.
fn policy(bindings: usize) -> Policy {
    let mut policy = Policy::default();
    for (kind, name, doc) in defaults::all() {
        policy.apply(&ObjectKey::new(kind, "", &name), Some(&doc));
    }
    for n in 0..bindings {
        let doc = json!({
            "roleRef": {"kind": "ClusterRole", "name": "view"},
            "subjects": [{"kind": "User", "name": format!("user-{n}")}],
        });
        let key = ObjectKey::new(kinds::ROLE_BINDING, &format!("ns-{n}"), "view");
        policy.apply(&key, Some(&doc));
    }
    policy
}
