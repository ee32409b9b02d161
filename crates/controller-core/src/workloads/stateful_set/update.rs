//! A new template comes to the pods from the highest number down to the partition, a few at a time.

use super::Stateful;
use crate::out::Out;
use crate::view::View;
use crate::view::pod::PodView;
use crate::view::workload::scaled;

impl Stateful<'_> {
    /// Whether a pod is to give way to one of the present template.
    pub(super) fn outdated(&self, ordinal: i64, pod: &PodView) -> bool {
        !self.set.on_delete
            && ordinal - self.set.start >= self.set.partition
            && !self.is_of(pod, &self.update)
    }

    /// Ends outdated pods as long as enough others are available. What is not available itself loses nothing.
    pub(super) fn roll(&self, view: &View, out: &mut Out) {
        let set = &self.set;
        let most = scaled(&set.unavailable, set.replicas, false).max(1);
        let wanted = self.pods.iter().filter(|(n, _)| set.wants(**n));
        let good = wanted.clone().filter(|(_, p)| self.available(out, p)).count();
        let missing = set.replicas - i64::try_from(good).unwrap_or(i64::MAX);
        let mut spare = most - missing;
        for (ordinal, pod) in wanted.rev() {
            if pod.deleting.is_some() || !self.outdated(*ordinal, pod) {
                continue;
            }
            if self.available(out, pod) {
                if spare <= 0 {
                    continue;
                }
                spare -= 1;
            }
            self.end(view, out, pod);
        }
    }
}
