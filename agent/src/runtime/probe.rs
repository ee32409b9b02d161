//! Probes that ask a container over the network. Their time-out is the caller's.

use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::error::short;

/// Opens a connection.
pub(crate) async fn tcp(host: &str, port: u16) -> (bool, String) {
    match TcpStream::connect((host, port)).await {
        Ok(_) => (true, String::new()),
        Err(error) => (false, format!("dial tcp {host}:{port}: {error}")),
    }
}

/// Asks over HTTP: from 200 to 399 is well.
pub(crate) async fn http(
    scheme: &str,
    host: &str,
    port: u16,
    path: &str,
    headers: &[(String, String)],
) -> (bool, String) {
    let shown = format!("{}://{host}:{port}{path}", scheme.to_lowercase());
    match ask(scheme, host, port, path, headers).await {
        Ok(code @ 200..=399) => (true, format!("HTTP probe: statuscode: {code}")),
        Ok(code) => (false, format!("HTTP probe failed with statuscode: {code}")),
        Err(why) => (false, format!("Get \"{shown}\": {}", short(&why))),
    }
}

async fn ask(
    scheme: &str,
    host: &str,
    port: u16,
    path: &str,
    headers: &[(String, String)],
) -> Result<u16, String> {
    let dial = TcpStream::connect((host, port)).await;
    let stream = dial.map_err(|error| format!("dial tcp {host}:{port}: {error}"))?;
    if scheme.eq_ignore_ascii_case("https") {
        let stream = super::tls::connect(stream, host).await.map_err(|e| e.to_string())?;
        say(TokioIo::new(stream), host, port, path, headers).await
    } else {
        say(TokioIo::new(stream), host, port, path, headers).await
    }
}

async fn say<S>(
    stream: S,
    host: &str,
    port: u16,
    path: &str,
    headers: &[(String, String)],
) -> Result<u16, String>
where
    S: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
{
    let mut request = Request::get(path).header("Connection", "close");
    let own = |name: &str| headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name));
    if !own("host") {
        request = request.header("Host", format!("{host}:{port}"));
    }
    if !own("user-agent") {
        request = request.header("User-Agent", "driftless-probe/1");
    }
    if !own("accept") {
        request = request.header("Accept", "*/*");
    }
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let request = request.body(Empty::<bytes::Bytes>::new()).map_err(|error| error.to_string())?;
    let (mut sender, connection) =
        http1::handshake(stream).await.map_err(|error| error.to_string())?;
    let speaking = async {
        let answer = sender.send_request(request).await.map_err(|error| error.to_string())?;
        let code = answer.status().as_u16();
        // Some servers take a connection that is cut before the body for an error of theirs.
        let mut body = answer.into_body();
        let mut left = 10 * 1024_usize;
        while let Some(Ok(frame)) = body.frame().await {
            left = left.saturating_sub(frame.data_ref().map_or(0, bytes::Bytes::len));
            if left == 0 {
                break;
            }
        }
        Ok(code)
    };
    let mut connection = std::pin::pin!(connection);
    let mut speaking = std::pin::pin!(speaking);
    tokio::select! {
        done = &mut speaking => done,
        // It may end with the answer already read.
        _ = &mut connection => speaking.await,
    }
}
