//! The technician's door: a socket in the node's data directory that answers with no link and no engine.
//!
//! The law of this room: it is open to the node's owner alone, it is bounded, and it decides nothing. What is asked goes to
//! the loop that owns the core, and its answer back.

pub(crate) mod ask;
mod form;
mod logs;
mod place;
mod shown;

use std::sync::Arc;
use std::time::Duration;

use agent_core::Target;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::timeout;

use crate::runtime::Engine;

pub(crate) use form::{Reply, Request, Status};
pub(crate) use place::open;

/// So many ask at a time; who comes then is told so.
const GUESTS_MAX: usize = 8;
/// A question is no longer than this, in bytes.
const QUESTION_MAX: u64 = 4096;
/// A question has to be asked, and an answer to be taken, within this.
const WITHIN: Duration = Duration::from_secs(10);
/// A guest who is not let in is waited for so long at most.
const REFUSED_WITHIN: Duration = Duration::from_secs(1);

/// A question that waits for the loop's answer.
pub(crate) struct Asked {
    /// What is asked.
    pub(crate) request: Request,
    /// Where the answer goes.
    pub(crate) answer: oneshot::Sender<Answered>,
}

/// The loop's answer.
pub(crate) enum Answered {
    /// This is all.
    Reply(Reply),
    /// This container's log is meant.
    Log(Target),
}

/// Serves the door until nobody answers any more.
pub(crate) async fn serve(listener: UnixListener, engine: Engine, ask: mpsc::Sender<Asked>) {
    let room = Arc::new(Semaphore::new(GUESTS_MAX));
    loop {
        let Ok((guest, _)) = listener.accept().await else {
            // Too many open files, most likely: that passes.
            tokio::time::sleep(REFUSED_WITHIN).await;
            continue;
        };
        let Ok(place) = room.clone().try_acquire_owned() else {
            let refused = Reply::Failed(format!("{GUESTS_MAX} others are asking: try again"));
            let _ = timeout(REFUSED_WITHIN, say(&mut BufReader::new(guest), &refused)).await;
            continue;
        };
        if ask.is_closed() {
            return;
        }
        let (engine, ask) = (engine.clone(), ask.clone());
        tokio::spawn(async move {
            // Whoever asked may have gone: then there is nobody to tell.
            let _ = receive(guest, &engine, &ask).await;
            drop(place);
        });
    }
}

async fn receive(
    guest: UnixStream,
    engine: &Engine,
    ask: &mpsc::Sender<Asked>,
) -> std::io::Result<()> {
    let mut guest = BufReader::new(guest);
    let mut line = String::new();
    timeout(WITHIN, (&mut guest).take(QUESTION_MAX).read_line(&mut line)).await??;
    let request = match serde_json::from_str::<Request>(&line) {
        Ok(request) => request,
        Err(error) => {
            let failed =
                Reply::Failed(format!("this is no question that the agent knows: {error}"));
            return timeout(WITHIN, say(&mut guest, &failed)).await?;
        }
    };
    let options = match &request {
        Request::Logs(options) => Some(options.clone()),
        _ => None,
    };
    let (answer, answered) = oneshot::channel();
    let reply = match ask.send(Asked { request, answer }).await {
        Ok(()) => answered.await.ok(),
        Err(_) => None,
    };
    match (reply, options) {
        (Some(Answered::Log(target)), Some(options)) => {
            logs::serve(engine, &target, &options, &mut guest).await
        }
        (Some(Answered::Reply(reply)), _) => timeout(WITHIN, say(&mut guest, &reply)).await?,
        _ => {
            timeout(WITHIN, say(&mut guest, &Reply::Failed("the agent is stopping".into()))).await?
        }
    }
}

async fn say(guest: &mut BufReader<UnixStream>, reply: &Reply) -> std::io::Result<()> {
    let mut line = serde_json::to_vec(reply)?;
    line.push(b'\n');
    guest.write_all(&line).await?;
    guest.flush().await
}
