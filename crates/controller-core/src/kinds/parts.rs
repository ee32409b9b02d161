//! What kinds have besides their objects: subresources, and columns of their tables.

/// A subresource that some kinds have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subresource {
    /// `/status`
    Status,
    /// `/scale`
    Scale,
    /// `/eviction` of pods
    Eviction,
    /// `/binding` of pods
    Binding,
    /// `/ephemeralcontainers` of pods
    EphemeralContainers,
    /// `/log` of pods
    Log,
    /// `/exec` of pods
    Exec,
    /// `/attach` of pods
    Attach,
    /// `/portforward` of pods
    PortForward,
    /// `/token` of service accounts
    Token,
}

impl Subresource {
    /// Whether it is a stream of bytes, and no part of the object.
    pub const fn is_stream(self) -> bool {
        matches!(self, Self::Log | Self::Exec | Self::Attach | Self::PortForward)
    }

    /// The last part of its path, e.g. `status`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Scale => "scale",
            Self::Eviction => "eviction",
            Self::Binding => "binding",
            Self::EphemeralContainers => "ephemeralcontainers",
            Self::Log => "log",
            Self::Exec => "exec",
            Self::Attach => "attach",
            Self::PortForward => "portforward",
            Self::Token => "token",
        }
    }

    /// The subresource with this path part.
    pub fn parse(part: &str) -> Option<Self> {
        const ALL: [Subresource; 10] = [
            Subresource::Status,
            Subresource::Scale,
            Subresource::Eviction,
            Subresource::Binding,
            Subresource::EphemeralContainers,
            Subresource::Log,
            Subresource::Exec,
            Subresource::Attach,
            Subresource::PortForward,
            Subresource::Token,
        ];
        ALL.into_iter().find(|s| s.as_str() == part)
    }
}

/// A column of a kind's table (`meta.k8s.io/v1` Table).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its heading.
    pub name: &'static str,
    /// `string`, `integer`, `boolean`, `date`.
    pub kind: &'static str,
    /// 0: always shown; 1: only with `-o wide`.
    pub priority: u8,
}

impl Column {
    /// `name` for the column that holds the object's name, else empty.
    pub fn format(&self) -> &'static str {
        if self.name == "Name" { "name" } else { "" }
    }
}

/// A column of text.
pub(super) const fn text(name: &'static str) -> Column {
    Column { name, kind: "string", priority: 0 }
}

/// A column of whole numbers.
pub(super) const fn integer(name: &'static str) -> Column {
    Column { name, kind: "integer", priority: 0 }
}

/// A column of text that is only shown with `-o wide`.
pub(super) const fn wide(name: &'static str) -> Column {
    Column { name, kind: "string", priority: 1 }
}
