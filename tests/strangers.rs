//! A node whose card nobody imported gets nothing, whatever it speaks.

use crate::network::{Network, Transport, eventually};

#[test]
fn a_stranger_gets_no_session_over_quic() {
    stays_outside(Transport::Quic);
}

#[test]
fn a_stranger_gets_no_session_over_tcp() {
    stays_outside(Transport::Tcp);
}

fn stays_outside(transport: Transport) {
    let network = Network::of(&[]);
    network.node("FR", &[transport], "");
    network.node("ES", &[Transport::Quic, Transport::Tcp], "");
    network.introduce("ES", "FR");
    let france = network.start("FR");
    let _spain = network.start("ES");
    for _ in 0..3 {
        let run = network.refused("ES", "peer retry FR --wait 1", 6, &["cannot be reached"]);
        assert!(run.stdout.is_empty());
        let seen = network.peer("ES", "FR").unwrap();
        assert_eq!((&seen["connected"], &seen["records"]), (&false.into(), &"not connected".into()));
    }
    eventually("Spain to have been turned away", || {
        network.peer("ES", "FR").unwrap()["last_cause"].is_string().then_some(())
    });
    assert!(network.rows("FR", "peer list").is_empty(), "France knows nobody");
    assert!(!france.log().contains("country=ES"), "{}", france.log());
    assert!(!france.log().contains(" connected "), "{}", france.log());

    network.introduce("FR", "ES");
    network.connect("ES", "FR");
    let seen = network.peer("FR", "ES").unwrap();
    assert_eq!(seen["records"], "no treaty in force", "{seen}");
    assert!(france.log().contains("country=ES"));
}
