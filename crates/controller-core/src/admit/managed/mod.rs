//! Field ownership (`metadata.managedFields`) and server-side apply.
//!
//! The law here: ownership follows what changes, and costs nothing where nobody asks for it: an object that only the
//! fleet itself writes has no managers, and gets them by the first apply.

mod apply;
mod config;
mod differ;
mod element;
mod entries;
mod last_applied;
mod merge;
mod names;
mod set;
mod shape;

#[cfg(test)]
mod tests;

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;

use model::Millis;
use serde_json::{Value, json};

use self::apply::{Applying, Done};
use self::entries::{Asked, Manager, Managers, Operation};
use self::set::FieldSet;
use self::shape::Shape;
use super::meta::{meta, text_at};
use super::prepare::Outcome;
use super::status::ApiError;
use crate::kinds::{Kind, Subresource};
use crate::schema;

pub use names::{check_name, from_user_agent};

/// Who owns what was there before anyone applied, as Kubernetes names it.
const BEFORE_FIRST_APPLY: &str = "before-first-apply";

/// Fields of the metadata that nobody owns: they say which object it is, or are the server's.
const NOBODYS: [&str; 8] = [
    "name",
    "namespace",
    "creationTimestamp",
    "selfLink",
    "uid",
    "generation",
    "managedFields",
    "resourceVersion",
];

/// Who writes, through which door, and when.
#[derive(Clone, Copy, Debug)]
pub struct Writer<'a> {
    /// The manager's name.
    pub manager: &'a str,
    /// The subresource.
    pub part: Option<Subresource>,
    /// Now.
    pub now: Millis,
}

impl Writer<'_> {
    fn manager(&self, kind: &Kind, operation: Operation) -> Manager {
        let name = if self.manager.is_empty() { "unknown" } else { self.manager };
        let part = self.part.map_or("", Subresource::as_str);
        Manager::new(name, operation, &kind.api_version(), part)
    }

    fn second(&self) -> Millis {
        Millis(self.now.0 / 1000 * 1000)
    }

    /// What of a set can be owned through this door.
    fn owns(&self, kind: &Kind, set: FieldSet) -> FieldSet {
        let status = kind.has(Subresource::Status);
        let mut set = match self.part {
            Some(Subresource::Status) => set.only_field("status"),
            _ if status => set.without_field("status"),
            _ => set,
        };
        set = set.without_field("apiVersion").without_field("kind");
        set.without_fields_of("metadata", &NOBODYS)
    }
}

/// Makes the creator of a new object, which is ready to be written, the owner of all that it says.
pub fn created(kind: &Kind, mut doc: Value, writer: &Writer<'_>) -> Value {
    let mut managers = Managers::default();
    // What is written behind is written often, and by machines.
    if !kind.behind {
        let change = differ::change(Shape::of_kind(kind), &bare(kind), &doc);
        let manager = writer.manager(kind, Operation::Update);
        take(&mut managers, manager, writer.owns(kind, change.set), kind, writer);
    }
    managers.write(&mut doc);
    doc
}

/// Makes whoever changes an object the owner of what it changes. `sent` is the document as the client wants it, which
/// may say who owns what; `outcome` is what will be written.
pub fn updated(
    kind: &Kind,
    old: &Value,
    sent: &Ownership,
    outcome: Outcome,
    writer: &Writer<'_>,
) -> Outcome {
    let mut managers = match (&sent.0, writer.part) {
        (Asked::Forget, None) => return settled(old, &Managers::default(), outcome),
        (Asked::This(managers), None) => managers.clone(),
        _ => Managers::of(old),
    };
    if managers.0.is_empty() {
        return outcome;
    }
    if let Outcome::Changed(new) | Outcome::Gone(new) = &outcome {
        let change = differ::change(Shape::of_kind(kind), old, new);
        let (set, gone) = (writer.owns(kind, change.set), writer.owns(kind, change.gone));
        managers.take_from_others(&set, None);
        managers.take_from_others(&gone, None);
        let manager = writer.manager(kind, Operation::Update);
        take(&mut managers, manager, set, kind, writer);
        managers.cap();
    }
    settled(old, &managers, outcome)
}

/// Adds to what a manager owns.
fn take(
    managers: &mut Managers,
    manager: Manager,
    set: FieldSet,
    kind: &Kind,
    writer: &Writer<'_>,
) {
    if set.is_empty() {
        return;
    }
    let claim = managers.0.entry(manager).or_default();
    claim.set = core::mem::take(&mut claim.set).union(&set);
    claim.api_version = kind.api_version();
    claim.time = Some(writer.second());
}

/// What is to be written, with its managers. That somebody said the same again is nothing to be written.
fn settled(old: &Value, managers: &Managers, outcome: Outcome) -> Outcome {
    let mut doc = match outcome {
        Outcome::Unchanged if managers.own_the_same(&Managers::of(old)) => {
            return Outcome::Unchanged;
        }
        Outcome::Unchanged => old.clone(),
        Outcome::Changed(doc) => doc,
        Outcome::Gone(last) => return Outcome::Gone(last),
    };
    managers.write(&mut doc);
    Outcome::Changed(doc)
}

/// What a request's document says of who owns what.
#[derive(Clone, Debug, PartialEq)]
pub struct Ownership(Asked);

impl Ownership {
    /// Reads it.
    pub fn of(sent: &Value) -> Self {
        Self(Asked::of(sent))
    }
}

/// A configuration that was applied: what the object becomes, before defaults, and who will own what of it.
#[derive(Debug)]
pub struct Applied {
    doc: Value,
    manager: Manager,
    managers: Managers,
}

/// Applies a configuration to an object; none: it is to be made.
///
/// # Errors
/// 400 if it cannot be applied, 409 if it would change fields of others and is not forced.
pub fn apply(
    kind: &Kind,
    live: Option<&Value>,
    config: &Value,
    writer: &Writer<'_>,
    force: bool,
) -> Result<Applied, ApiError> {
    let shape = Shape::of_kind(kind);
    let config = checked(kind, shape, config, live)?;
    let bare = bare(kind);
    let before = match live {
        Some(live) => known(kind, shape, &bare, live, writer),
        None => Managers::default(),
    };
    let live = live.unwrap_or(&bare);
    let manager = writer.manager(kind, Operation::Apply);
    let reachable = reachable(kind, &config, writer.part);
    let applying = Applying {
        shape,
        live,
        config: &reachable,
        said: writer.owns(kind, differ::said(shape, &reachable)),
        manager: &manager,
        api_version: &kind.api_version(),
    };
    let done = applying.run(&before, force).or_else(|conflicts| {
        if manager.name != last_applied::KUBECTL {
            return Err(apply::refusal(&conflicts));
        }
        let excused = last_applied::unchanged_since(shape, live);
        let conflicts = apply::not_excused(conflicts, &excused);
        if !conflicts.is_empty() {
            return Err(apply::refusal(&conflicts));
        }
        applying.run(&before, true).map_err(|conflicts| apply::refusal(&conflicts))
    });
    let Done { mut doc, managers } = done?;
    if manager.name == last_applied::KUBECTL {
        last_applied::keep_up(&mut doc, &config);
    }
    Ok(Applied { doc, manager, managers })
}

impl Applied {
    /// What the object becomes, for [`super::prepare_create`] or [`super::prepare_update`].
    pub fn doc(&self) -> &Value {
        &self.doc
    }

    /// The new object, with its managers.
    pub fn created(&self, mut doc: Value, writer: &Writer<'_>) -> Value {
        self.stamped(writer).write(&mut doc);
        doc
    }

    /// What is to be written, with its managers.
    pub fn updated(&self, old: &Value, outcome: Outcome, writer: &Writer<'_>) -> Outcome {
        let before = Managers::of(old);
        let changed = outcome != Outcome::Unchanged
            || before.0.get(&self.manager).map(|c| &c.set)
                != self.managers.0.get(&self.manager).map(|c| &c.set);
        let managers = if changed { self.stamped(writer) } else { self.managers.clone() };
        settled(old, &managers, outcome)
    }

    fn stamped(&self, writer: &Writer<'_>) -> Managers {
        let mut managers = self.managers.clone();
        if let Some(claim) = managers.0.get_mut(&self.manager) {
            claim.time = Some(writer.second());
        }
        managers
    }
}

/// An object of a kind that says nothing.
fn bare(kind: &Kind) -> Value {
    json!({"apiVersion": kind.api_version(), "kind": kind.kind, "metadata": {}})
}

/// Who owns what of an object. If nobody does, all that is there belongs to what was before.
fn known(
    kind: &Kind,
    shape: Shape<'_>,
    bare: &Value,
    live: &Value,
    writer: &Writer<'_>,
) -> Managers {
    let mut managers = Managers::of(live);
    if managers.0.is_empty() {
        let change = differ::change(shape, bare, live);
        let before = Writer { manager: BEFORE_FIRST_APPLY, ..*writer };
        let manager = before.manager(kind, Operation::Update);
        take(&mut managers, manager, before.owns(kind, change.set), kind, &before);
    }
    managers
}

/// The configuration in its canonical form.
fn checked(
    kind: &Kind,
    shape: Shape<'_>,
    config: &Value,
    live: Option<&Value>,
) -> Result<Value, ApiError> {
    let refuse = |why: &str| {
        let of = meta(live.unwrap_or(config));
        let (group, version) = match kind.group {
            "" => (String::new(), kind.version),
            group => (group.to_owned(), kind.version),
        };
        ApiError::bad_request(format!(
            "failed to create typed patch object ({}/{}; {group}/{version}, Kind={}): {why}",
            of.namespace(),
            of.name(),
            kind.kind
        ))
    };
    if !config.is_object() {
        return Err(refuse("expected map"));
    }
    if text_at(config, "/apiVersion") != kind.api_version() || text_at(config, "/kind") != kind.kind
    {
        let (version, of) = (text_at(config, "/apiVersion"), text_at(config, "/kind"));
        let version =
            if version.contains('/') { version.to_owned() } else { format!("/{version}") };
        return Err(ApiError::bad_request(format!("invalid object type: {version}, Kind={of}")));
    }
    let mut config = config.clone();
    if let Some(of) = schema::lookup(kind.schema).filter(|_| kind.custom.is_none()) {
        schema::fields::check(of, &config).map_err(|e| refuse(&format!("{e}")))?;
        schema::fields::canonical(of, &mut config);
        config::check(shape, &config).map_err(|why| refuse(&why))?;
        // What is one value to an apply has fields all the same.
        if let Some(unknown) = schema::fields::unknown_fields(of, &config).first() {
            let path = unknown.trim_start_matches("unknown field \"").trim_end_matches('"');
            return Err(refuse(&format!(".{path}: field not declared in schema")));
        }
    } else {
        config::check(shape, &config).map_err(|why| refuse(&why))?;
    }
    Ok(config)
}

/// What of a configuration a door lets through.
fn reachable(kind: &Kind, config: &Value, part: Option<Subresource>) -> Value {
    let mut out = config.as_object().cloned().unwrap_or_default();
    if part != Some(Subresource::Status) {
        if kind.has(Subresource::Status) {
            out.remove("status");
        }
        return Value::Object(out);
    }
    out.retain(|name, _| matches!(name.as_str(), "apiVersion" | "kind" | "metadata" | "status"));
    // Which object is meant is looked at through every door.
    let which = ["name", "namespace", "uid", "resourceVersion"];
    if let Some(metadata) = out.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|name, _| which.contains(&name.as_str()));
    }
    Value::Object(out)
}
