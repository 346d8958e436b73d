//! Redis is a doorbell: without it, or with one that forgot everything, messages
//! are accepted and arrive all the same.

use crate::support::{
    eventually::eventually,
    process::Server,
    services::RedisServer,
    traffic::{Chat, Traffic, arrived_once, linked},
    whatsapp::{ANA, BRUNO, CARLA, simulator},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_dies_hangs_or_forgets_loses_no_message_and_refuses_none() {
    let Some(mut redis) = RedisServer::start("Redis killed, frozen and flushed").await else {
        return;
    };
    let simulator = simulator().await;
    simulator.add_phone(CARLA, "Carla").await.unwrap();
    let mut server = Server::start(&simulator, &[("REDIS_URL", &redis.url)]).await;
    let owner = server.register("ana@example.com").await;
    let program = server.program_of(&owner).await;
    let account = linked(&owner, &simulator, ANA).await;
    let chats = [BRUNO, CARLA].map(|to| Chat::new(&account, ANA, to));
    let traffic = Traffic::start(&program, chats.to_vec());
    until_it_rings(&redis).await;

    for _ in 0..3 {
        redis.kill().await;
        traffic.until_accepted(40).await;
        redis.start_again().await;
        until_it_rings(&redis).await;
    }
    for _ in 0..5 {
        redis.flush().await;
        traffic.until_accepted(15).await;
    }
    redis.flush().await;
    until_it_rings(&redis).await;

    redis.freeze();
    traffic.until_accepted(40).await;
    assert_eq!(owner.get("/ready").await.status, 503);
    redis.thaw();
    redis.flush().await;
    until_it_rings(&redis).await;

    assert_eq!(traffic.refused(), [""; 0]);
    assert_eq!(traffic.unanswered(), 0);
    let accepted = traffic.stop().await;
    arrived_once(&program, &simulator, &accepted).await;
    eventually(
        || async { owner.get("/ready").await.status },
        |status| *status == 200,
    )
    .await;
    server.stop().await;
}

/// Waits until wake-ups go through Redis, counted since it was last empty.
async fn until_it_rings(redis: &RedisServer) {
    eventually(|| async { redis.wake_ups_done().await }, |done| *done > 0).await;
}
