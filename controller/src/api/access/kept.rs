//! The roles and bindings as the store has them: followed change by change, so that a request need not read them.

use std::sync::{Arc, Mutex, PoisonError};

use controller_core::admit::ApiError;
use controller_core::authorize::{KINDS, Policy};
use controller_core::kinds::ObjectKey;
use model::Revision;

use crate::api::present::parse;
use crate::store::{Store, Watch};

/// The policy, and where it has come to.
#[derive(Default)]
pub(in crate::api) struct Kept(Mutex<Following>);

#[derive(Default)]
struct Following {
    policy: Arc<Policy>,
    /// The store's revision when it was last looked at.
    seen: Option<Revision>,
    /// One for each kind; none: all is to be read anew.
    watches: Vec<Watch>,
}

impl Kept {
    /// The policy, with all that is committed by now.
    ///
    /// # Errors
    /// 500 if the store cannot be read: then nobody is let in.
    pub(in crate::api) fn policy(&self, store: &Store) -> Result<Arc<Policy>, ApiError> {
        let mut following = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = store.revision();
        if following.seen != Some(now) {
            if following.follow().is_err() {
                following.begin(store)?;
            }
            following.seen = Some(now);
        }
        Ok(Arc::clone(&following.policy))
    }
}

impl Following {
    /// Reads everything.
    fn begin(&mut self, store: &Store) -> Result<(), ApiError> {
        self.watches.clear();
        let mut policy = Policy::default();
        for kind in KINDS {
            let page = store.list(kind, None, None, 0).map_err(ApiError::internal)?;
            for (key, stored) in &page.items {
                policy.apply(key, Some(&parse(&stored.doc)?));
            }
            let watch = store.watch(kind, page.revision).map_err(ApiError::internal)?;
            self.watches.push(watch);
        }
        self.policy = Arc::new(policy);
        Ok(())
    }

    /// Takes in what has changed.
    fn follow(&mut self) -> Result<(), ApiError> {
        if self.watches.len() < KINDS.len() {
            return Err(ApiError::internal("the roles have not been read yet"));
        }
        for watch in &mut self.watches {
            while let Some(change) = watch.ready().map_err(ApiError::internal)? {
                let doc = change.now.is_some().then(|| parse(&change.doc)).transpose()?;
                let key: &ObjectKey = &change.key;
                Arc::make_mut(&mut self.policy).apply(key, doc.as_ref());
            }
        }
        Ok(())
    }
}
