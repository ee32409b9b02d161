//! The tunnel to the controller, where a broker is between: asked for on every connection, and again when the controller
//! has forgotten it.

use std::future::pending;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};
use wire::tunnel::{Asking, Lane, Tunnel, What, what};

use crate::identity::Identity;
use crate::telemetry;

/// A question without an answer is asked again after so long: the controller may be away for days.
const AGAIN_AFTER: Duration = Duration::from_secs(30);
/// And never sooner than this, whatever is said.
const AT_MOST_EVERY: Duration = Duration::from_secs(2);

/// How what is said and heard passes the broker.
#[derive(Default)]
pub(super) struct Passage {
    state: Mutex<State>,
    /// The time to ask has changed.
    changed: Notify,
}

#[derive(Default)]
struct State {
    way: Way,
    /// When to ask for a tunnel.
    due: Option<Instant>,
    asked: Option<Instant>,
    /// How often it was asked in vain since the connection came up.
    in_vain: u32,
}

#[derive(Default)]
enum Way {
    /// There is nobody between.
    #[default]
    Direct,
    /// There is no tunnel yet; what waits for an answer.
    Closed(Option<Asking>),
    Through(Tunnel),
}

/// What a payload came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// This was said.
    Said(Bytes),
    /// The tunnel is there.
    Opened,
    /// The tunnel that was there is there no more.
    Closed,
    /// Nothing.
    Nothing,
}

impl Passage {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection begins. Whether there is nobody between, so that what is said now is heard.
    pub(super) fn begin(&self, direct: bool) -> bool {
        let now = Instant::now();
        *self.state() = if direct {
            State::default()
        } else {
            State { way: Way::Closed(None), due: Some(now), ..State::default() }
        };
        self.changed.notify_one();
        direct
    }

    /// Waits until a tunnel is to be asked for. Safe to be cut off.
    pub(super) async fn due(&self) {
        loop {
            let due = self.state().due;
            let time = async {
                match due {
                    Some(due) => sleep_until(due).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                () = time => return,
                () = self.changed.notified() => {}
            }
        }
    }

    /// The question to say.
    pub(super) fn ask(&self, identity: &Identity) -> Option<Vec<u8>> {
        let mut state = self.state();
        let now = Instant::now();
        (state.due, state.asked) = (Some(now + AGAIN_AFTER), Some(now));
        if state.in_vain == 1 {
            telemetry::no_tunnel();
        }
        state.in_vain += 1;
        let (asking, question) = identity.ask_for_tunnel()?;
        state.way = Way::Closed(Some(asking));
        Some(question)
    }

    /// As it is to be said; none while it cannot be.
    pub(super) fn seal(&self, lane: Lane, payload: Vec<u8>) -> Option<Vec<u8>> {
        match &mut self.state().way {
            Way::Direct => Some(payload),
            Way::Closed(_) => None,
            Way::Through(tunnel) => tunnel.seal(lane, &payload),
        }
    }

    /// Takes in what was published to us.
    pub(super) fn hear(&self, lane: Lane, payload: &Bytes, identity: Option<&Identity>) -> Heard {
        let mut state = self.state();
        if matches!(state.way, Way::Direct) {
            return Heard::Said(payload.clone());
        }
        match (what(payload), lane) {
            (What::Sealed, _) => match &mut state.way {
                Way::Through(tunnel) => tunnel
                    .open(lane, payload)
                    .map_or(Heard::Nothing, |said| Heard::Said(said.into())),
                _ => Heard::Nothing,
            },
            (What::Answer, Lane::Messages) => {
                let Way::Closed(asking) = &mut state.way else { return Heard::Nothing };
                let Some((asking, identity)) = asking.take().zip(identity) else {
                    return Heard::Nothing;
                };
                let Some(tunnel) = asking.take(payload, |claim| identity.believes(claim)) else {
                    return Heard::Nothing;
                };
                (state.way, state.due, state.in_vain) = (Way::Through(tunnel), None, 0);
                Heard::Opened
            }
            (What::Lost, Lane::Messages) => {
                let soonest = state.asked.map_or_else(Instant::now, |at| at + AT_MOST_EVERY);
                state.due = Some(state.due.map_or(soonest, |due| due.min(soonest)));
                let was_open = matches!(state.way, Way::Through(_));
                if was_open {
                    state.way = Way::Closed(None);
                }
                self.changed.notify_one();
                if was_open { Heard::Closed } else { Heard::Nothing }
            }
            _ => Heard::Nothing,
        }
    }
}
