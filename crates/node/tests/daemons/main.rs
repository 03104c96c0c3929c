//! Two daemons in one process, over real sockets, stores and keys.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod nodes;

use chancery_exchange::{Holdings, Publication};
use chancery_node::daemon::Daemon;
use chancery_record::{Country, Draft};
use nodes::{france_and_germany, start, wait_for};

const NOTICE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/notices/red.toml");

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_reaches_the_other_country_and_a_withdrawal_takes_it_back() {
    let root = tempfile::tempdir().unwrap();
    let (fr_dir, de_dir) = france_and_germany(root.path());
    let fr = start(&fr_dir);
    let de = start(&de_dir);
    let draft = Draft::parse_toml(std::fs::read(NOTICE).unwrap()).unwrap();
    let published = fr
        .handle
        .publish("test".into(), vec![Publication { draft, amends: None, seed: [7; 32] }])
        .await
        .unwrap()
        .remove(0)
        .unwrap();
    let germany: Country = "DE".parse().unwrap();
    let france: Country = "FR".parse().unwrap();
    let held = wait_for("the notice at DE", async || de.handle.store().held(&published.record).unwrap()).await;
    assert!(!held.record.sections_held().is_empty());
    wait_for("the receipt at FR", async || fr.handle.store().receipted(germany).unwrap()).await;
    fr.handle
        .withdraw("test".into(), published.lineage, chancery_record::WithdrawalReason::PurposeAchieved)
        .await
        .unwrap();
    wait_for("the deletion at DE", async || de.handle.store().held(&published.record).unwrap().is_none().then_some(()))
        .await;
    wait_for("the receipt of the obligation", async || {
        (fr.handle.store().owed_receipted(germany).unwrap().0 > 0).then_some(())
    })
    .await;
    wait_for("the deletion receipt at FR", async || fr.handle.store().obligations_received(germany).unwrap()).await;
    assert_eq!(fr.handle.store().obligations_received(germany).unwrap().unwrap().number.0, 1);
    assert!(fr.handle.store().receipted(france).unwrap().is_none());
    fr.handle.shutdown().await;
    de.handle.shutdown().await;
    fr.ended.await.unwrap().unwrap();
    de.ended.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_file_lifts_no_bar() {
    let root = tempfile::tempdir().unwrap();
    let (dir, _) = france_and_germany(root.path());
    let law = dir.join("law/FR.toml");
    std::fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/../../node-config/law/FR.toml"), &law).unwrap();
    let (france, germany): (Country, Country) = ("FR".parse().unwrap(), "DE".parse().unwrap());
    let daemon = start(&dir);
    let digest = daemon.handle.standing().law.digest_for(germany);
    assert_eq!(daemon.handle.standing().law.treaties_with(germany).len(), 1);
    std::fs::remove_file(&law).unwrap();
    std::fs::remove_file(dir.join("treaties/fr-de.toml.DE.sig")).unwrap();
    std::fs::write(dir.join("treaties/fr-de.toml"), "treaty = ").unwrap();
    let report = daemon.handle.reload().await.unwrap();
    assert!(report.refused.iter().any(|refused| refused.why.contains("gone")), "{report:?}");
    let standing = daemon.handle.standing();
    assert!(standing.book.law(france).is_some(), "the national law stays in force");
    assert_eq!(standing.law.digest_for(germany), digest, "the same documents bear on Germany");
    let Daemon { handle, ended, .. } = daemon;
    handle.shutdown().await;
    // The store closes with its last handle.
    drop(handle);
    ended.await.unwrap().unwrap();
    let again = start(&dir);
    assert_eq!(again.handle.standing().law.digest_for(germany), digest, "and after a restart");
    again.handle.shutdown().await;
    again.ended.await.unwrap().unwrap();
}
