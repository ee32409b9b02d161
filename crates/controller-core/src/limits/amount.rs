//! Amounts of named resources, in thousandths.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString as _};

use model::quantity::parse_milli;
use serde_json::{Map, Value};

use crate::admit::default::quantity::canonical;

/// Amounts by resource, in thousandths of its unit.
pub type Milli = BTreeMap<String, i64>;

const BINARY: [(&str, i64); 6] = [
    ("Ei", 1 << 60),
    ("Pi", 1 << 50),
    ("Ti", 1 << 40),
    ("Gi", 1 << 30),
    ("Mi", 1 << 20),
    ("Ki", 1 << 10),
];

/// Reads a resource list. What is no quantity counts as nothing: validation refused it before.
#[must_use]
pub fn read(list: Option<&Value>) -> Milli {
    let one = |(name, v): (&String, &Value)| Some((name.clone(), parse_milli(v.as_str()?)?));
    list.and_then(Value::as_object).into_iter().flatten().filter_map(one).collect()
}

/// Writes an amount the way people write amounts of that resource: bytes in binary units.
#[must_use]
pub fn shown(resource: &str, milli: i64) -> String {
    let bytes = ["memory", "storage", "hugepages-"].iter().any(|n| resource.contains(n));
    if bytes && milli > 0 && milli % 1000 == 0 {
        let whole = milli / 1000;
        if let Some((unit, size)) = BINARY.iter().find(|(_, size)| whole % size == 0) {
            return format!("{}{unit}", whole / size);
        }
        return whole.to_string();
    }
    let mut text = Value::String(format!("{milli}m"));
    canonical(&mut text);
    text.as_str().unwrap_or_default().into()
}

/// A resource list.
#[must_use]
pub fn to_value(amounts: &Milli) -> Value {
    let list: Map<String, Value> =
        amounts.iter().map(|(name, milli)| (name.clone(), shown(name, *milli).into())).collect();
    Value::Object(list)
}

/// Adds one list to another.
pub fn add(sum: &mut Milli, other: &Milli) {
    for (name, milli) in other {
        let held = sum.entry(name.clone()).or_insert(0);
        *held = held.saturating_add(*milli);
    }
}

/// Raises a list to another where that is higher.
pub fn raise_to(most: &mut Milli, other: &Milli) {
    for (name, milli) in other {
        let held = most.entry(name.clone()).or_insert(0);
        *held = (*held).max(*milli);
    }
}

/// What a pod asks for (`requests`) or may have (`limits`): the sum of its containers, or its largest init container.
#[must_use]
pub fn of_pod(spec: &Value, field: &str) -> Milli {
    let list = |name: &str| spec.get(name).and_then(Value::as_array).into_iter().flatten();
    let of = |c: &Value| read(c.pointer(&format!("/resources/{field}")));
    let mut sum = Milli::new();
    list("containers").for_each(|c| add(&mut sum, &of(c)));
    let (mut sidecars, mut first) = (Milli::new(), Milli::new());
    for container in list("initContainers") {
        let mut with = of(container);
        if container["restartPolicy"] == "Always" {
            add(&mut sidecars, &with);
            raise_to(&mut first, &sidecars);
        } else {
            add(&mut with, &sidecars);
            raise_to(&mut first, &with);
        }
    }
    add(&mut sum, &sidecars);
    raise_to(&mut sum, &first);
    sum
}
