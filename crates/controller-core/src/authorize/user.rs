//! Who asks.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// The group whose members may do everything.
pub const MASTERS: &str = "system:masters";
/// The group of all who said who they are.
pub const AUTHENTICATED: &str = "system:authenticated";
/// The group of those who did not.
pub const UNAUTHENTICATED: &str = "system:unauthenticated";
/// The name of those who did not.
pub const ANONYMOUS: &str = "system:anonymous";

const ACCOUNT: &str = "system:serviceaccount:";

/// A user, as the API found out who it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// Its name.
    pub name: String,
    /// What tells it from another of that name; may be empty.
    pub uid: String,
    /// Its groups, those that follow from how it was found out included.
    pub groups: Vec<String>,
    /// What else is known of it.
    pub extra: BTreeMap<String, Vec<String>>,
}

impl User {
    /// Somebody who has said who it is, in these groups.
    pub fn known(name: &str, groups: impl IntoIterator<Item = String>) -> Self {
        let mut user =
            Self { name: name.into(), groups: groups.into_iter().collect(), ..Self::default() };
        user.join(AUTHENTICATED);
        user
    }

    /// Somebody who has not.
    pub fn anonymous() -> Self {
        let groups = [UNAUTHENTICATED.to_string()].into();
        Self { name: ANONYMOUS.into(), groups, ..Self::default() }
    }

    /// A service account.
    pub fn account(namespace: &str, name: &str, uid: &str) -> Self {
        let groups =
            ["system:serviceaccounts".into(), format!("system:serviceaccounts:{namespace}")];
        let user = Self::known(&format!("{ACCOUNT}{namespace}:{name}"), groups);
        Self { uid: uid.into(), ..user }
    }

    /// Adds a group, once.
    pub fn join(&mut self, group: &str) {
        if !self.is_in(group) {
            self.groups.push(group.into());
        }
    }

    /// Whether it is in a group.
    pub fn is_in(&self, group: &str) -> bool {
        self.groups.iter().any(|g| g == group)
    }

    /// Whether it may do everything, whatever the roles say.
    pub fn is_master(&self) -> bool {
        self.is_in(MASTERS)
    }
}

/// The namespace and the name of the service account that a user name stands for.
pub fn account_of(user: &str) -> Option<(&str, &str)> {
    let (namespace, name) = user.strip_prefix(ACCOUNT)?.split_once(':')?;
    (!namespace.is_empty() && !name.is_empty() && !name.contains(':')).then_some((namespace, name))
}
