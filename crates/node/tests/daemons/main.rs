//! Two daemons in one process, over real sockets, stores and keys.

mod nodes;

use chancery_exchange::{Holdings, Publication};
use chancery_record::{Country, Draft};
use nodes::{france_and_germany, start, wait_for};

const NOTICE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/notices/red.toml");

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_reaches_the_other_country_and_a_withdrawal_takes_it_back() {
    let root = tempfile::tempdir().unwrap();
    let (fr_dir, de_dir) = france_and_germany(root.path());
    let fr = start(&fr_dir);
    let de = start(&de_dir);
    let draft = Draft::parse_toml(&std::fs::read(NOTICE).unwrap()).unwrap();
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
