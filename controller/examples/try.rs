use driftless_controller::{api, store};
use std::sync::Arc;
#[tokio::main]
async fn main() {
    let dir = std::path::PathBuf::from(std::env::args().nth(1).unwrap());
    std::fs::create_dir_all(&dir).unwrap();
    let store = store::Store::open(&dir, store::Options::default()).unwrap();
    let (ask, mut rx) = api::Ask::channel();
    tokio::spawn(async move {
        while let Some(api::Question::Nodes(r)) = rx.recv().await {
            let _ = r.send(vec![]);
        }
    });
    let cfg = api::ApiConfig {
        listen: std::env::args().nth(2).unwrap().parse().unwrap(),
        data_dir: dir,
        names: vec![],
        metrics: Arc::new(|| "x 1\n".into()),
    };
    let s = api::Server::open(cfg, store.clone(), ask).await.unwrap();
    eprintln!("listening {}", s.address());
    s.run(async {
        let _ = tokio::signal::ctrl_c().await;
    })
    .await;
    store.close().await;
}
