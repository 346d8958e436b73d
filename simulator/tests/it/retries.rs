use std::path::Path;
use std::sync::Arc;

use whatsapp_rust_sqlite_storage::SqliteStore;

use crate::support::*;

async fn opened(file: &Path) -> Arc<SqliteStore> {
    Arc::new(SqliteStore::new(file.to_str().unwrap()).await.unwrap())
}

/// A client whose store was put back to an earlier day has sessions that its
/// peers have long left behind: neither side can read the other until the
/// message is asked for, and sent, again.
#[tokio::test(flavor = "multi_thread")]
async fn sides_that_cannot_read_each_other_any_more_recover() {
    let folder = tempfile::tempdir().unwrap();
    let (store, backup) = (
        folder.path().join("store.db"),
        folder.path().join("backup.db"),
    );
    let simulator = simulator().await;
    let ana = TestClient::start(&simulator.ws_url(), opened(&store).await).await;
    let qr = ana.qr().await;
    simulator.scan(ANA, &qr).await.unwrap();
    ana.ready().await;
    let talk = async |client: &TestClient, day: &str| {
        for n in 0..3 {
            let id = client.send(BRUNO, &format!("{day} {n}")).await;
            client.receipt(&id, ReceiptType::Delivered).await;
            let answer = format!("{day} answer {n}");
            simulator.send_text(BRUNO, ANA, &answer).await.unwrap();
            client.text(&answer).await;
        }
    };
    talk(&ana, "monday").await;
    drop(ana.stop().await);
    for part in ["", "-wal"] {
        let named = |file: &Path| format!("{}{part}", file.display());
        if Path::new(&named(&store)).exists() {
            std::fs::copy(named(&store), named(&backup)).unwrap();
        }
    }
    let ana = TestClient::start(&simulator.ws_url(), opened(&store).await).await;
    talk(&ana, "tuesday").await;
    drop(ana.stop().await);

    let ana = TestClient::start(&simulator.ws_url(), opened(&backup).await).await;
    ana.ready().await;
    simulator
        .send_text(BRUNO, ANA, "which day is it")
        .await
        .unwrap();
    ana.text("which day is it").await;
    let id = ana.send(BRUNO, "monday, I thought").await;
    assert_eq!(
        on_phone(&simulator, BRUNO, "monday, I thought").await.id,
        id
    );
    ana.receipt(&id, ReceiptType::Delivered).await;
}
