//! The engine is watched: what it has, what ends, and whether it is there at all.
//!
//! The stream of events is opened before looking, so that nothing ends unseen between the two; whenever it breaks,
//! everything is looked at again.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::atomic::Ordering;
use std::time::Duration;

use agent_core::turn::{Event, Exit};
use bollard::models::EventMessage;
use bollard::query_parameters::EventsOptionsBuilder;
use futures_util::{Stream, StreamExt};
use model::Millis;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use super::error::RuntimeError;
use super::{Engine, labels};

const RETRY_MIN: Duration = Duration::from_millis(250);
const RETRY_MAX: Duration = Duration::from_secs(15);
/// So long a stream that breaks off again and again is waited for.
const GAP: Duration = Duration::from_millis(50);
/// Events that come while the engine is looked at.
const EARLY_MAX: usize = 1024;
/// Containers whose want of memory was told before their end was.
const OOM_MAX: usize = 64;
/// Containers that have ended and are looked at again if somebody starts them.
const ENDED_MAX: usize = 256;
/// So often it is asked whether what runs is what is held to run: an event can get lost.
const COMPARE_PERIOD: Duration = Duration::from_secs(30);
/// The same with Podman: version 4.3 does lose events now and then.
const COMPARE_PERIOD_PODMAN: Duration = Duration::from_secs(10);

impl Engine {
    /// Watches for as long as somebody listens.
    pub(crate) async fn watch(self, events: mpsc::Sender<Event>) {
        let mut wait = RETRY_MIN;
        let mut away: Option<String> = None;
        let mut asked = false;
        while !events.is_closed() {
            let error = match self.watch_once(&events, &mut away).await {
                // Asked to look anew, or the stream has broken off: the engine may be well.
                Ok(()) => match self.connect().await {
                    Ok(_) => {
                        tokio::time::sleep(GAP).await;
                        continue;
                    }
                    Err(error) => error,
                },
                Err(error) => error,
            };
            let why = error.to_string();
            if away.is_none() {
                wait = RETRY_MIN;
            }
            if away.as_ref() != Some(&why) {
                tracing::warn!(error = %why, "container engine is away");
                asked = true;
            }
            if asked && events.send(Event::EngineAway(why.clone())).await.is_err() {
                return;
            }
            away = Some(why);
            let hurried = tokio::time::timeout(wait, self.inner.look.notified()).await;
            asked = hurried.is_ok();
            if asked {
                tokio::time::sleep(RETRY_MIN).await;
            }
            wait = (wait * 2).min(RETRY_MAX);
        }
    }

    async fn watch_once(
        &self,
        events: &mpsc::Sender<Event>,
        away: &mut Option<String>,
    ) -> Result<(), RuntimeError> {
        let docker = self.connect().await?;
        let filters = HashMap::from([
            ("type", vec!["container".to_owned()]),
            ("event", ["die", "died", "oom", "start"].map(str::to_owned).to_vec()),
            ("label", vec![format!("{}={}", labels::NODE, self.inner.node)]),
        ]);
        // From a second ago: the stream begins when the engine gets to it, and looking must not come before that.
        let since = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |t| t.as_secs().saturating_sub(1));
        let options =
            EventsOptionsBuilder::default().since(&since.to_string()).filters(&filters).build();
        let mut stream = std::pin::pin!(docker.events(Some(options)));
        let mut early = VecDeque::new();
        {
            let mut looking = std::pin::pin!(self.tell_look(events));
            loop {
                tokio::select! {
                    looked = &mut looking => break looked?,
                    message = stream.next(), if early.len() < EARLY_MAX => {
                        let ended = || RuntimeError::Away("its stream of events ended".to_owned());
                        early.push_back(message.ok_or_else(ended)??);
                    }
                }
            }
        }
        if away.take().is_some() {
            tracing::info!("container engine is back");
        }
        self.follow(events, &mut stream, early).await
    }

    /// Tells what the stream brings, until it breaks off or everything must be looked at anew.
    async fn follow(
        &self,
        events: &mpsc::Sender<Event>,
        stream: &mut (impl Stream<Item = Result<EventMessage, bollard::errors::Error>> + Unpin),
        mut early: VecDeque<EventMessage>,
    ) -> Result<(), RuntimeError> {
        let mut oom = VecDeque::new();
        let mut ended: VecDeque<String> = VecDeque::new();
        let period = if self.is_podman() { COMPARE_PERIOD_PODMAN } else { COMPARE_PERIOD };
        let mut compare = Instant::now() + period;
        loop {
            let message = match early.pop_front() {
                Some(message) => message,
                None => tokio::select! {
                    message = stream.next() => match message {
                        Some(Ok(message)) => message,
                        Some(Err(_)) | None => return Ok(()),
                    },
                    () = self.inner.look.notified() => return Ok(()),
                    () = sleep_until(compare) => {
                        if self.runs_other_than_held().await? {
                            return Ok(());
                        }
                        compare = Instant::now() + period;
                        continue;
                    }
                },
            };
            if message.action.as_deref() == Some("start") {
                let id = message.actor.and_then(|actor| actor.id);
                // Each of ours starts once: somebody else has started it again.
                if id.is_some_and(|id| ended.contains(&id)) {
                    return Ok(());
                }
                continue;
            }
            let Some(exit) = self.take(message, &mut oom).await? else { continue };
            self.with_running(|running| running.remove(&exit.id));
            ended.push_back(exit.id.clone());
            if ended.len() > ENDED_MAX {
                ended.pop_front();
            }
            if events.send(Event::Exited(exit)).await.is_err() {
                return Ok(());
            }
        }
    }

    /// Whether the engine runs other containers of this node than are held to run. One that is being started just now
    /// can make it say so: then it is looked at once too often, which does no harm.
    pub(super) async fn runs_other_than_held(&self) -> Result<bool, RuntimeError> {
        let runs: BTreeSet<_> = self.listed(false).await?.into_iter().collect();
        Ok(self.with_running(|held| !held.keys().eq(&runs)))
    }

    /// Tells what the engine has; it is no older than any answer that was told before.
    async fn tell_look(&self, events: &mpsc::Sender<Event>) -> Result<(), RuntimeError> {
        loop {
            let before = self.inner.answers.load(Ordering::Relaxed);
            let seen = self.look().await?;
            let Ok(place) = events.reserve().await else { return Ok(()) };
            // Nothing is awaited from here to the sending, so no answer comes between.
            if self.inner.answers.load(Ordering::Relaxed) == before {
                place.send(Event::Looked(seen));
                return Ok(());
            }
        }
    }

    async fn take(
        &self,
        message: EventMessage,
        oom: &mut VecDeque<String>,
    ) -> Result<Option<Exit>, RuntimeError> {
        let actor = message.actor.unwrap_or_default();
        let Some(id) = actor.id else { return Ok(None) };
        match message.action.as_deref() {
            Some("oom") => {
                oom.push_back(id);
                if oom.len() > OOM_MAX {
                    oom.pop_front();
                }
                Ok(None)
            }
            // Podman's service calls it `died` in some versions.
            Some("die" | "died") => {
                let short_of_memory = oom.iter().any(|known| *known == id);
                oom.retain(|known| *known != id);
                match self.container(&id).await {
                    Ok(found) if running(&found) => Ok(None),
                    Ok(found) => Ok(Some(self.exit(&found, short_of_memory).await)),
                    // Removed by somebody else: the event is all there is.
                    Err(error) if error.is_not_found() => {
                        let code = actor.attributes.and_then(|a| a.get("exitCode")?.parse().ok());
                        let at = message.time.and_then(|s| u64::try_from(s).ok()).unwrap_or(0);
                        let at = Millis(at.saturating_mul(1000));
                        Ok(Some(Exit {
                            id,
                            code: code.unwrap_or(137),
                            oom: short_of_memory,
                            started: at,
                            finished: at,
                            ..Exit::default()
                        }))
                    }
                    Err(error) => Err(error),
                }
            }
            _ => Ok(None),
        }
    }
}

fn running(found: &super::ask::Container) -> bool {
    found.state.as_ref().and_then(|state| state.running).unwrap_or(false)
}
