//! A small HTTP server to try Driftless with: one static binary, two roles.
//!
//! `hello serve` answers with a greeting from a file, who it is, and whether its secret came along (never the secret).
//! `hello report` prints the node's name and load now and then, as a daemon set's pod would.

use std::convert::Infallible;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// So often `hello report` prints a line.
const REPORT_PERIOD: Duration = Duration::from_secs(10);

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let mut stop = signal(SignalKind::terminate())?;
    match std::env::args().nth(1).as_deref() {
        Some("serve") => tokio::select! {
            done = serve() => done,
            _ = stop.recv() => Ok(()),
        },
        Some("report") => tokio::select! {
            () = report() => Ok(()),
            _ = stop.recv() => Ok(()),
        },
        _ => {
            eprintln!("usage: hello serve | hello report");
            std::process::exit(2);
        }
    }
}

fn env(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| "(not set)".into())
}

async fn serve() -> std::io::Result<()> {
    let port: u16 = std::env::var("PORT").ok().and_then(|p| p.parse().ok()).unwrap_or(8080);
    let listener = TcpListener::bind(("0.0.0.0", port)).await?;
    println!("hello {} listens on port {port}", env("VERSION"));
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(async move {
            // A client that goes away in the middle is its own affair.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service_fn(answer))
                .await;
        });
    }
}

async fn answer(
    request: Request<hyper::body::Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (status, body) = match request.uri().path() {
        "/healthz" | "/readyz" => (StatusCode::OK, "ok\n".to_owned()),
        "/" => (StatusCode::OK, greeting()),
        _ => (StatusCode::NOT_FOUND, "there is only / and /healthz\n".to_owned()),
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    Ok(response)
}

fn greeting() -> String {
    let file = std::env::var("GREETING_FILE").unwrap_or_else(|_| "/etc/hello/greeting".into());
    let words =
        std::fs::read_to_string(&file).unwrap_or_else(|e| format!("(no greeting: {file}: {e})"));
    let secret = if std::env::var_os("SECRET").is_some() { "there" } else { "missing" };
    format!(
        "{} from version {}, pod {}, node {}; the secret is {secret}\n",
        words.trim(),
        env("VERSION"),
        env("POD_NAME"),
        env("NODE_NAME"),
    )
}

async fn report() {
    loop {
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        println!("node {} load {}", env("NODE_NAME"), load.split(' ').next().unwrap_or("?"));
        tokio::time::sleep(REPORT_PERIOD).await;
    }
}
