//! The database goes away while messages flow: what cannot be written down is
//! refused, what was accepted arrives, and what happened meanwhile is known.

use crate::support::{
    eventually::eventually,
    process::Server,
    services::PostgresServer,
    traffic::{Chat, Traffic, arrived_once, linked},
    whatsapp::{ANA, BRUNO, CARLA, simulator, until_status},
};
use whahook_simulator::Fault;

const DIEGO: &str = "+593981112233";

#[tokio::test(flavor = "multi_thread")]
async fn a_postgres_that_crashes_loses_no_accepted_message_and_sessions_stay_truthful() {
    let Some(mut postgres) = PostgresServer::start("PostgreSQL stopped at once").await else {
        return;
    };
    let simulator = simulator().await;
    simulator.add_phone(CARLA, "Carla").await.unwrap();
    simulator.add_phone(DIEGO, "Diego").await.unwrap();
    let mut server = Server::start(&simulator, &[("DATABASE_URL", &postgres.url)]).await;
    let owner = server.register("ana@example.com").await;
    let program = server.program_of(&owner).await;
    let ana = linked(&owner, &simulator, ANA).await;
    let carla = linked(&owner, &simulator, CARLA).await;
    let diego = linked(&owner, &simulator, DIEGO).await;
    let chats = vec![
        Chat::new(&ana, ANA, BRUNO),
        Chat::new(&ana, ANA, CARLA),
        Chat::new(&carla, CARLA, ANA),
        Chat::new(&carla, CARLA, BRUNO),
    ];
    let traffic = Traffic::start(&program, chats);

    // Long enough to be refused; two sessions change, and nobody can write it
    // down.
    traffic.until_accepted(40).await;
    postgres.stop_at_once().await;
    simulator.fault(Some(CARLA), &Fault::Close).unwrap();
    let device = simulator.phone(DIEGO).unwrap().devices[0].id;
    simulator.unlink(DIEGO, device).await.unwrap();
    traffic.until_refused(4).await;
    let ready = owner.get("/ready").await.expect(503);
    assert_eq!(ready["checks"][0]["name"], "database");
    assert_eq!(ready["checks"][0]["ok"], false);
    owner.get("/live").await.expect(200);
    postgres.start_again().await;
    let gone = until_status(&owner, &diego, "logged_out").await;
    assert_eq!(gone["reason"], "phone_unlinked", "{gone}");
    until_status(&owner, &carla, "ready").await;

    // So short that requests wait for it, or come in between.
    for _ in 0..6 {
        traffic.until_accepted(30).await;
        postgres.stop_at_once().await;
        postgres.start_again().await;
    }
    traffic.until_accepted(40).await;

    let refused = traffic.refused();
    assert!(refused.len() >= 4, "{refused:?}");
    for code in refused {
        assert_eq!(code, "database_unavailable");
    }
    assert_eq!(traffic.unanswered(), 0);
    let accepted = traffic.stop().await;
    arrived_once(&program, &simulator, &accepted).await;

    eventually(
        || async { owner.get("/ready").await.status },
        |status| *status == 200,
    )
    .await;
    for (account, phone, status) in [
        (&ana, ANA, "ready"),
        (&carla, CARLA, "ready"),
        (&diego, DIEGO, "logged_out"),
    ] {
        let view = until_status(&owner, account, status).await;
        let connected = simulator
            .phone(phone)
            .unwrap()
            .devices
            .iter()
            .any(|device| device.connected);
        assert_eq!(connected, status == "ready", "{view}");
    }
    server.stop().await;
}
