//! What is asked at the technician's door, answered from the core; and the lock files by which pods hold themselves.

use std::time::Duration;

use agent_core::turn::Event;

use super::Drive;
use crate::door::{Answered, Asked, Reply, Request, Status};

/// How often lock files are looked for, where a pod has any.
const LOCKS_PERIOD: Duration = Duration::from_secs(10);

impl Drive {
    pub(super) fn asked(&mut self, asked: Asked) {
        let answer = match asked.request {
            Request::Status => Answered::Reply(Reply::Status(Box::new(self.status()))),
            Request::Pods => Answered::Reply(Reply::Pods(self.agent.show_pods())),
            Request::Explain { pod } => {
                let answer = self.agent.explain(self.clock.now(), &pod);
                Answered::Reply(Reply::Explained(answer))
            }
            Request::Hold { pod, span_ms, reason } => {
                Answered::Reply(self.hold(&pod, span_ms, reason))
            }
            Request::Release { pod } => Answered::Reply(self.release(&pod)),
            Request::Logs(logs) => match self.agent.target(&logs.pod, &logs.container) {
                Ok(target) => Answered::Log(target),
                Err(why) => Answered::Reply(Reply::Failed(why)),
            },
        };
        // Whoever asked may have gone.
        let _ = asked.answer.send(answer);
    }

    fn status(&self) -> Status {
        let mut node = self.agent.show();
        node.link.why = if self.link.is_none() {
            "no controller is configured".to_owned()
        } else {
            self.link_why.clone()
        };
        Status { node, disk_refuses: self.store.owes() }
    }

    fn hold(&mut self, name: &str, span_ms: u64, reason: String) -> Reply {
        match self.agent.may_hold(name) {
            Ok(pod) => {
                self.turn(Event::Hold { pod, span_ms, reason });
                self.kept("held: newer orders wait for it")
            }
            Err(why) => Reply::Failed(why),
        }
    }

    fn release(&mut self, name: &str) -> Reply {
        match self.agent.may_release(name) {
            Ok(pod) => {
                self.turn(Event::Release(pod));
                self.kept("released")
            }
            Err(why) => Reply::Failed(why),
        }
    }

    fn kept(&self, what: &str) -> Reply {
        if self.store.owes() {
            return Reply::Done(format!(
                "{what}; but the disk does not take it: a restart of the agent forgets it"
            ));
        }
        Reply::Done(what.to_owned())
    }

    /// Looks for lock files: before orders are taken in, so that none is overlooked, and every now and then.
    pub(super) fn look_for_locks(&mut self) {
        let files: Vec<_> = self.agent.lock_files().collect();
        self.locks_due = None;
        if files.is_empty() && !self.locks_were {
            return;
        }
        self.locks_were = !files.is_empty();
        if self.locks_were {
            self.locks_due = Some(tokio::time::Instant::now() + LOCKS_PERIOD);
        }
        let there = files.iter().filter_map(|file| self.volumes.lock(file)).collect();
        self.turn(Event::Locks(there));
    }
}
