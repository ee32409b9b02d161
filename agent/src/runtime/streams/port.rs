//! One connection to a port in a pod's network: to its loopback, where programs listen that nobody else can reach.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::AsFd;
use std::time::Duration;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wire::stream::{End, Failure, Port, Reason, STDOUT, Sender, Target};

use super::{BUFFER, Engine, Input, broken, failure, gone, input};

const CONNECT_WITHIN: Duration = Duration::from_secs(10);

/// Connects, and carries bytes both ways until both sides have said all.
pub(super) async fn serve(
    engine: &Engine,
    target: &Target,
    number: u16,
    port: Port,
) -> Result<End, Failure> {
    let sandbox = Target { container: String::new(), ..target.clone() };
    let sandbox = engine.running_attempt(&sandbox).await?;
    let found = engine.inspected(&sandbox.id).await?;
    let pid = found.state.as_ref().and_then(|state| state.pid).unwrap_or(0);
    let host_network = found
        .host_config
        .as_ref()
        .is_some_and(|config| config.network_mode.as_deref() == Some("host"));
    let connected = if host_network {
        std::thread::spawn(move || loopback(number)).join_later().await
    } else {
        std::thread::spawn(move || inside(pid, number)).join_later().await
    };
    let connected = match connected {
        // Where we may not go into its network, its address has to do.
        Err(Missed::Entry(why)) => match super::super::look::address(&found) {
            Some(ip) => outside(&ip, number).await,
            None => Err(why),
        },
        Err(Missed::Connect(why)) => Err(why),
        Ok(connected) => Ok(connected),
    };
    let stream = connected.and_then(TcpStream::from_std).map_err(|error| {
        let message = format!(
            "failed to connect to localhost:{number} inside the network of pod {}/{}: {error}",
            target.namespace, target.pod
        );
        failure(Reason::NotFound, message)
    })?;
    let Port { sender, mut receiver } = port;
    sender.opened().map_err(|_| gone())?;
    let (mut from, mut into) = stream.into_split();
    let hear = async {
        while let Some(input) = input(&mut receiver).await {
            let done = match input {
                Input::Data(bytes) => into.write_all(&bytes).await,
                Input::Close => break,
                Input::Resize(_) => Ok(()),
            };
            if done.is_err() {
                break;
            }
        }
        let _ = into.shutdown().await;
    };
    let (said, ()) = tokio::join!(say(&mut from, &sender), hear);
    said?;
    Ok(End::Done)
}

async fn say(from: &mut tokio::net::tcp::OwnedReadHalf, sender: &Sender) -> Result<(), Failure> {
    let mut buffer = vec![0; BUFFER];
    loop {
        match from.read(&mut buffer).await {
            Ok(0) => break,
            Ok(n) => sender.send(STDOUT, &buffer[..n]).await.map_err(|_| gone())?,
            Err(error) => return Err(broken(&error)),
        }
    }
    sender.close(STDOUT).map_err(|_| gone())
}

/// Why there is no connection.
enum Missed {
    /// We may not go into the pod's network.
    Entry(io::Error),
    /// Nobody listens there.
    Connect(io::Error),
}

trait JoinLater<T> {
    /// Its result, without holding up anybody.
    async fn join_later(self) -> T;
}

impl JoinLater<Result<std::net::TcpStream, Missed>>
    for std::thread::JoinHandle<Result<std::net::TcpStream, Missed>>
{
    async fn join_later(self) -> Result<std::net::TcpStream, Missed> {
        let joined = tokio::task::spawn_blocking(move || self.join()).await;
        let failed = || Missed::Connect(io::Error::other("the connecting thread broke off"));
        joined.ok().and_then(Result::ok).unwrap_or_else(|| Err(failed()))
    }
}

/// Connects from within the network of a process. The thread stays there, so it must end afterwards.
fn inside(pid: i64, number: u16) -> Result<std::net::TcpStream, Missed> {
    let network = std::fs::File::open(format!("/proc/{pid}/ns/net")).map_err(Missed::Entry)?;
    move_into_link_name_space(network.as_fd(), Some(LinkNameSpaceType::Network))
        .map_err(|error| Missed::Entry(error.into()))?;
    loopback(number)
}

fn loopback(number: u16) -> Result<std::net::TcpStream, Missed> {
    let dial = |address: SocketAddr| std::net::TcpStream::connect_timeout(&address, CONNECT_WITHIN);
    let connected = dial((Ipv4Addr::LOCALHOST, number).into())
        .or_else(|four| dial((Ipv6Addr::LOCALHOST, number).into()).map_err(|_| four))
        .map_err(Missed::Connect)?;
    connected.set_nonblocking(true).map_err(Missed::Connect)?;
    Ok(connected)
}

async fn outside(ip: &str, number: u16) -> io::Result<std::net::TcpStream> {
    let connect = TcpStream::connect((ip, number));
    let late = |_| io::Error::from(io::ErrorKind::TimedOut);
    tokio::time::timeout(CONNECT_WITHIN, connect).await.map_err(late)??.into_std()
}
