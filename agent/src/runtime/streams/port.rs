//! One connection to a port in a pod's network: to its loopback, where programs listen that nobody else can reach.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::AsFd;
use std::time::Duration;

use rustix::process::Pid;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;
use tokio::sync::oneshot;
use wire::stream::{End, Failure, Port, Reason, STDOUT, Sender, Target};

use super::super::exec::is_in;
use super::{BUFFER, Engine, Input, failure, gone, input};

const CONNECT_WITHIN: Duration = Duration::from_secs(10);
const STACK_BYTES: usize = 128 << 10;

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
    let id = sandbox.id.clone();
    let connected =
        on_a_thread(move || if host_network { loopback(number) } else { inside(pid, &id, number) });
    let connected = match connected.await {
        // Where we may not go into its network, its address has to do.
        Err(Missed::Entry(why)) => match super::super::look::address(&found) {
            Some(ip) => outside(&ip, number).await,
            None => Err(why),
        },
        Err(Missed::Connect(why)) => Err(why),
        Ok(connected) => Ok(connected),
    };
    // In the kubelet's words.
    let stream =
        connected.and_then(|stream| TcpStream::from_std(stream).map_err(|e| e.to_string()));
    let stream = stream.map_err(|why| {
        let Target { namespace, pod, uid, .. } = target;
        let message = format!("error forwarding port {number} to pod {pod}_{namespace}, uid {uid}");
        failure(
            Reason::NotFound,
            format!("{message}: failed to connect to localhost:{number} inside namespace, {why}"),
        )
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
    let mut said = std::pin::pin!(say(&mut from, &sender));
    let mut heard = std::pin::pin!(hear);
    tokio::select! {
        whole = &mut said => if whole? { heard.await },
        () = &mut heard => { said.await?; }
    }
    Ok(End::Done)
}

/// Says what comes from the pod; whether that was all of it, or the connection broke: then nobody hears any more, either.
async fn say(from: &mut OwnedReadHalf, sender: &Sender) -> Result<bool, Failure> {
    let mut buffer = vec![0; BUFFER];
    loop {
        match from.read(&mut buffer).await {
            Ok(0) => break,
            Ok(n) => sender.send(STDOUT, &buffer[..n]).await.map_err(|_| gone())?,
            Err(_) => return Ok(false),
        }
    }
    sender.close(STDOUT).map_err(|_| gone())?;
    Ok(true)
}

/// Why there is no connection.
#[derive(Debug)]
enum Missed {
    /// We may not go into the pod's network.
    Entry(String),
    /// Nobody listens there.
    Connect(String),
}

type Connected = Result<std::net::TcpStream, Missed>;

/// On a thread of its own, which ends afterwards: the ones for files are few, and orders wait for them.
async fn on_a_thread(connect: impl FnOnce() -> Connected + Send + 'static) -> Connected {
    let (tell, told) = oneshot::channel();
    let thread = std::thread::Builder::new().name("port".to_owned()).stack_size(STACK_BYTES);
    let begun = thread.spawn(move || {
        let _ = tell.send(connect());
    });
    begun.map_err(|error| Missed::Connect(error.to_string()))?;
    told.await.map_err(|_| Missed::Connect("the connecting thread broke off".to_owned()))?
}

/// Connects from within the network of a container's first process. The thread stays there.
fn inside(pid: i64, container: &str, number: u16) -> Connected {
    let entry = |error: io::Error| Missed::Entry(error.to_string());
    let network = std::fs::File::open(format!("/proc/{pid}/ns/net")).map_err(entry)?;
    // Looked at after opening: its number may be another's meanwhile, or the engine runs on another machine.
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    if !pid.is_some_and(|pid| is_in(pid, container)) {
        return Err(Missed::Entry("its process is not to be seen here".to_owned()));
    }
    move_into_link_name_space(network.as_fd(), Some(LinkNameSpaceType::Network))
        .map_err(|error| entry(error.into()))?;
    loopback(number)
}

fn loopback(number: u16) -> Connected {
    let dial = |address: SocketAddr| std::net::TcpStream::connect_timeout(&address, CONNECT_WITHIN);
    let connected = dial((Ipv4Addr::LOCALHOST, number).into()).or_else(|four| {
        dial((Ipv6Addr::LOCALHOST, number).into()).map_err(|six| {
            let (four, six) = (in_words(&four), in_words(&six));
            Missed::Connect(format!(
                "IPv4: dial tcp4 127.0.0.1:{number}: connect: {four} IPv6: dial tcp6 [::1]:{number}: connect: {six}"
            ))
        })
    })?;
    connected.set_nonblocking(true).map_err(|error| Missed::Connect(error.to_string()))?;
    Ok(connected)
}

async fn outside(ip: &str, number: u16) -> Result<std::net::TcpStream, String> {
    let late = |_| io::Error::from(io::ErrorKind::TimedOut);
    let connect = tokio::time::timeout(CONNECT_WITHIN, TcpStream::connect((ip, number))).await;
    let stream = connect.map_err(late).and_then(|connected| connected?.into_std());
    stream.map_err(|error| format!("dial tcp {ip}:{number}: connect: {}", in_words(&error)))
}

/// As Go says it, and so every other Kubernetes.
fn in_words(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".to_owned(),
        io::ErrorKind::TimedOut => "i/o timeout".to_owned(),
        _ => error.to_string(),
    }
}
