//! What a request asks for, as roles name it.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;

/// What is asked for: a verb, and on what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attributes {
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; `impersonate` and the like.
    pub verb: String,
    /// On what.
    pub target: Target,
}

/// What a verb is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Objects of a kind, or one of them.
    Resource(Resource),
    /// A path that leads to no object.
    Path(String),
}

/// Objects of a kind, or one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resource {
    /// The API group; empty for the core group.
    pub group: String,
    /// e.g. `pods`.
    pub resource: String,
    /// e.g. `log`; may be empty.
    pub subresource: String,
    /// Empty for all namespaces, and for kinds that live in none.
    pub namespace: String,
    /// Empty for all names.
    pub name: String,
}

impl Resource {
    /// The resource with its part: `pods/log`.
    pub fn with_part(&self) -> String {
        match &*self.subresource {
            "" => self.resource.clone(),
            part => format!("{}/{part}", self.resource),
        }
    }
}

/// Parts of namespaces; other words after a namespace's name are resources in it.
const OF_NAMESPACES: [&str; 2] = ["status", "finalize"];

impl Attributes {
    /// What a request asks for, by the decoded parts of its path. `only` is the name that a list or watch is limited to.
    pub fn of_request(
        method: &str,
        path: &str,
        parts: &[&str],
        watch: bool,
        only: Option<&str>,
    ) -> Self {
        let (group, rest) = match parts {
            ["api", _, rest @ ..] if !rest.is_empty() => ("", rest),
            ["apis", group, _, rest @ ..] if !rest.is_empty() => (*group, rest),
            _ => {
                return Self { verb: method.to_lowercase(), target: Target::Path(path.to_owned()) };
            }
        };
        let (namespace, rest) = match rest {
            ["namespaces", namespace] => (*namespace, rest),
            ["namespaces", namespace, part, ..] if OF_NAMESPACES.contains(part) => {
                (*namespace, rest)
            }
            ["namespaces", namespace, rest @ ..] => (*namespace, rest),
            rest => ("", rest),
        };
        let part = |at: usize| rest.get(at).copied().unwrap_or_default();
        let mut of = Resource {
            group: group.to_owned(),
            resource: part(0).to_owned(),
            subresource: part(2).to_owned(),
            namespace: namespace.to_owned(),
            name: part(1).to_owned(),
        };
        let one = !of.name.is_empty();
        let verb = match method {
            "GET" | "HEAD" if one => "get",
            "GET" | "HEAD" if watch => "watch",
            "GET" | "HEAD" => "list",
            "POST" => "create",
            "PUT" => "update",
            "PATCH" => "patch",
            "DELETE" if one => "delete",
            "DELETE" => "deletecollection",
            _ => "",
        };
        if let (false, Some(only), "list" | "watch") = (one, only, verb) {
            only.clone_into(&mut of.name);
        }
        Self { verb: verb.to_owned(), target: Target::Resource(of) }
    }

    /// The same objects, another verb.
    pub fn to(&self, verb: &str) -> Self {
        Self { verb: verb.to_owned(), ..self.clone() }
    }
}
