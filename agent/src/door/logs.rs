//! A container's log at the door: the same stream that the controller would be served, by both its ends in this process.

use std::io;

use agent_core::Target;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use wire::stream::{End, Hub, Incoming, LogOptions, Open, Target as Meant};

use super::form::{Logs, Reply};
use crate::runtime::{Engine, streams};

/// Says a log to its end, or until nobody listens.
pub(super) async fn serve(
    engine: &Engine,
    target: &Target,
    options: &Logs,
    guest: &mut BufReader<UnixStream>,
) -> io::Result<()> {
    let here = Hub::opening(1);
    let (there, asked) = Hub::serving();
    let meant = Meant {
        namespace: target.namespace.clone(),
        pod: target.pod.clone(),
        uid: target.uid.to_string(),
        container: target.container.clone(),
    };
    let wanted = LogOptions {
        follow: options.follow,
        previous: options.previous,
        tail: options.tail,
        ..LogOptions::default()
    };
    let Ok(mut port) = here.open(Open::Logs(meant, wanted)) else { return Ok(()) };
    let carry = async {
        loop {
            // Our own frames are well formed.
            let _ = tokio::select! {
                frame = here.next() => there.hear(&frame),
                frame = there.next() => here.hear(&frame),
            };
        }
    };
    let (heard, said) = guest.get_mut().split();
    let said = tokio::select! {
        said = say(&mut port.receiver, said) => said,
        // Nothing more is asked: what comes is that the guest has gone.
        gone = leaves(heard) => gone,
        () = carry => Ok(()),
        () = streams::serve(engine.clone(), asked) => Ok(()),
    };
    there.lose("nobody listens any more");
    said
}

async fn leaves(mut heard: tokio::net::unix::ReadHalf<'_>) -> io::Result<()> {
    let mut nothing = [0; 64];
    while heard.read(&mut nothing).await? > 0 {}
    Ok(())
}

async fn say(
    log: &mut wire::stream::Receiver,
    mut said: tokio::net::unix::WriteHalf<'_>,
) -> io::Result<()> {
    let mut begun = false;
    while let Some(incoming) = log.recv().await {
        match incoming {
            Incoming::Opened => {
                begun = true;
                said.write_all(&line(&Reply::Log)?).await?;
            }
            Incoming::Data(_, bytes) if !bytes.is_empty() => {
                let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
                said.write_all(&length.to_be_bytes()).await?;
                said.write_all(&bytes).await?;
            }
            Incoming::End(end) => {
                if begun {
                    said.write_all(&[0; 4]).await?;
                }
                return said.write_all(&line(&last(&end))?).await;
            }
            _ => {}
        }
    }
    Ok(())
}

fn last(end: &End) -> Reply {
    match end {
        End::Failed(failure) => Reply::Failed(failure.message.clone()),
        _ => Reply::Done("the log has ended".into()),
    }
}

fn line(reply: &Reply) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(reply)?;
    line.push(b'\n');
    Ok(line)
}
