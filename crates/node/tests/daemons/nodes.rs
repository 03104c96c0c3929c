//! Nodes for tests and benchmarks: made by the real program, run in this process over real sockets and stores.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use chancery_node::daemon::Daemon;
use chancery_node::directory::NodeDirectory;
use chancery_node::passphrase::KnownPassphrase;
use chancery_node::talk::{Loudness, Talk};

const TREATY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../node-config/treaties/fr-de-police.toml");

fn chancery(arguments: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_chancery")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Makes a node that listens on a free port of the loopback.
pub fn init(root: &Path, country: &str) -> PathBuf {
    let dir = root.join(country);
    let port = free_port();
    let address = format!("/ip4/127.0.0.1/udp/{port}/quic-v1");
    let dir_text = dir.to_str().unwrap();
    chancery(&[
        "init",
        "--country",
        country,
        "--agency",
        "Test",
        "--dir",
        dir_text,
        "--no-passphrase",
        "--listen",
        &address,
        "--address",
        &address,
    ]);
    dir
}

fn free_port() -> u16 {
    std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn sign(dir: &Path, country: &str) -> String {
    let keys = NodeDirectory::named(dir).country_keys();
    let key = keys.open(&KnownPassphrase::default(), &Talk::new(Loudness::Quiet)).unwrap().key;
    let bytes = std::fs::read(TREATY).unwrap();
    chancery_treaty::sign_document(&bytes, country.parse().unwrap(), &key).to_text()
}

/// France and Germany, with each other's cards and the sample police treaty signed by both.
pub fn france_and_germany(root: &Path) -> (PathBuf, PathBuf) {
    let fr = init(root, "FR");
    let de = init(root, "DE");
    std::fs::copy(fr.join("card.chancery"), de.join("cards/FR.card")).unwrap();
    std::fs::copy(de.join("card.chancery"), fr.join("cards/DE.card")).unwrap();
    let signatures = [("FR", sign(&fr, "FR")), ("DE", sign(&de, "DE"))];
    for dir in [&fr, &de] {
        std::fs::copy(TREATY, dir.join("treaties/fr-de.toml")).unwrap();
        for (country, text) in &signatures {
            std::fs::write(dir.join(format!("treaties/fr-de.toml.{country}.sig")), text).unwrap();
        }
    }
    (fr, de)
}

/// Asks until there is an answer, or fails after half a minute.
pub async fn wait_for<T>(what: &str, mut probe: impl AsyncFnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(found) = probe().await {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Starts the daemon of a directory in this process.
pub fn start(dir: &Path) -> Daemon {
    let directory = NodeDirectory::of_node(dir).unwrap();
    let config = directory.read_config().unwrap();
    Daemon::start(directory, config).unwrap()
}
