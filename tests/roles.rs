//! What a user may do here is what the configuration says, whoever the system says calls.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::network::{Network, Transport, car};
use crate::program::{PROGRAM, Run};

const ALL_ROLES: &str = r#"roles = ["operator", "analyst", "officer", "auditor", "engineer"]"#;

fn france_with(from: &str, to: &str) -> Network {
    let network = Network::of(&[]);
    network.node("FR", &[Transport::Quic], "");
    network.configure("FR", from, to);
    network.write_drafts("car.ndjson", &[car("FR-CAR-1", "grey")]);
    network
}

#[test]
fn an_engineer_publishes_and_reads_nothing() {
    let network = france_with(ALL_ROLES, r#"roles = ["engineer"]"#);
    let _daemon = network.start("FR");
    let lineage = network.rows("FR", "publish car.ndjson")[0]["lineage"].as_str().unwrap().to_owned();
    for (line, role) in [
        (format!("show {lineage} --purpose investigation --case 1"), "`analyst` or `auditor`"),
        (format!("withdraw {lineage} --reason PURPOSE_ACHIEVED --yes"), "`analyst`"),
        (format!("why {lineage} --to DE"), "`officer` or `auditor` or `analyst`"),
        ("audit list".into(), "`auditor`"),
        ("peer list".into(), "`operator`"),
        ("reload".into(), "`operator` or `officer`"),
        ("clock confirm --yes".into(), "`operator`"),
        ("disclosures".into(), "`analyst`"),
        ("reindex --yes".into(), "`operator`"),
    ] {
        network.refused("FR", &line, 4, &["may not", "that needs the role", role]);
    }
    assert_eq!(network.held("FR").len(), 1, "nothing was taken back");
}

#[test]
fn an_analyst_asks_for_purposes_of_the_unit_only_and_is_not_told_what_would_have_gone() {
    let network = france_with(ALL_ROLES, r#"roles = ["analyst"]"#);
    network.configure("FR", r#"purposes = ["any"]"#, r#"purposes = ["border_control"]"#);
    let _daemon = network.start("FR");
    let lineage = network.rows("FR", "publish car.ndjson")[0]["lineage"].as_str().unwrap().to_owned();
    let refused =
        network.refused("FR", &format!("show {lineage} --purpose investigation --case 1"), 4, &["`investigation`"]);
    assert!(refused.flat_stderr().contains("the user's purposes are border_control"), "{}", refused.stderr);
    network.done("FR", &format!("show {lineage} --purpose border_control --post A9 --control 1"));
    network.refused("FR", "audit list", 4, &["`auditor`"]);
    let why = network.run("FR", &format!("why {lineage} --to DE --format json"));
    assert_eq!(why.code, 5, "{}", why.stderr);
    let verdict: serde_json::Value = serde_json::from_str(&why.stdout).unwrap();
    assert_eq!(verdict["nearest"], serde_json::json!([]));
}

#[test]
fn a_clearance_hides_what_is_above_it() {
    let network = france_with("clearance = \"SECRET\"", "clearance = \"UNCLASSIFIED\"");
    let mut above = car("FR-CAR-2", "grey");
    above["tags"]["classification"] = "RESTRICTED".into();
    network.write_drafts("above.ndjson", &[above]);
    let _daemon = network.start("FR");
    let plain = network.rows("FR", "publish car.ndjson").remove(0);
    let hidden = network.rows("FR", "publish above.ndjson").remove(0);
    assert_eq!(network.held("FR").len(), 1);
    let show = |name: &serde_json::Value| format!("show {} --purpose investigation --case 1", name.as_str().unwrap());
    network.done("FR", &show(&plain["lineage"]));
    network.refused("FR", &show(&hidden["lineage"]), 3, &["names no one record"]);
}

#[test]
fn a_user_id_that_is_nobodys_here_gets_nothing() {
    let network = france_with(ALL_ROLES, ALL_ROLES);
    if !rustix::process::geteuid().is_root() {
        println!("skipped: calling as another user of this machine: only root can");
        return;
    }
    let _daemon = {
        open_to_the_group(&network);
        network.start("FR")
    };
    let stranger = |line: &str| -> Run {
        let words = ["--reuid", "65534", "--regid", "0", "--clear-groups", PROGRAM, "--dir", "FR"];
        network.place.other(Command::new("setpriv").args(words).args(line.split(' ')))
    };
    let status = stranger("status");
    if status.code == 127 || status.flat_stderr().contains("failed to execute") {
        println!("skipped: calling as another user of this machine: {}", status.flat_stderr());
        return;
    }
    for line in ["status", "list", "publish car.ndjson", "peer list", "audit list", "reload", "treaty list"] {
        let run = stranger(line);
        assert_eq!(run.code, 4, "{line}\n{}{}", run.stdout, run.stderr);
        assert!(run.flat_stderr().contains("user id 65534 is no user of this node"), "{line}\n{}", run.stderr);
        assert!(run.stdout.is_empty(), "{line}\n{}", run.stdout);
    }
    assert!(network.held("FR").is_empty());

    let shut = network.path("FR", "chancery.sock");
    fs::set_permissions(&shut, fs::Permissions::from_mode(0o600)).unwrap();
    let run = stranger("status");
    assert_eq!(run.code, 4, "{}", run.stderr);
    assert!(run.flat_stderr().contains("you may not open"), "{}", run.stderr);
}

/// The group of the directory may enter it; the socket follows it when it is bound.
fn open_to_the_group(network: &Network) {
    let place = network.place.path("FR");
    for directory in [place.parent().unwrap(), &place] {
        fs::set_permissions(directory, fs::Permissions::from_mode(0o750)).unwrap();
    }
}
