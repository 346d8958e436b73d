//! Two hundred sessions of several people in one server, all at once.

use crate::support::{
    Client,
    eventually::within,
    process::Server,
    traffic::{
        Accepted, Chat, Traffic, stand_on_the_phones, told_as_sent, until_devices_have_everything,
    },
    whatsapp::link,
};
use futures::{StreamExt, stream};
use serde_json::json;
use std::time::{Duration, Instant};
use whahook_simulator::{Config, Simulator};

const PEOPLE: usize = 8;
const ACCOUNTS_EACH: usize = 25;
const SESSIONS: usize = PEOPLE * ACCOUNTS_EACH;
/// How many scan at the same time.
const SCANS: usize = 12;
/// Everyone writes to those who sit so many places further on.
const NEIGHBOURS: [usize; 5] = [1, 7, 31, 64, 111];
const MESSAGES_A_CHAT: u32 = 2;
const RECEIPTS_WITHIN: Duration = Duration::from_secs(60);

fn number(n: usize) -> String {
    format!("+59398{:07}", 7_000_000 + n % SESSIONS)
}

struct Person {
    browser: Client,
    program: Client,
    /// Their accounts, by the number each is linked to.
    accounts: Vec<(usize, String)>,
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_sessions_write_to_each_other_and_everything_arrives_once() {
    let simulator = Simulator::start(Config::default()).await.unwrap();
    for n in 0..SESSIONS {
        simulator
            .add_phone(&number(n), &format!("Phone {n}"))
            .await
            .unwrap();
    }
    let mut server = Server::start(&simulator, &[]).await;
    let started = Instant::now();
    let people = people(&server, &simulator).await;
    eprintln!("{SESSIONS} sessions linked in {:.1?}", started.elapsed());

    let health = people[0].browser.get("/health").await.expect(200);
    assert_eq!(health["sessions"]["ready"], SESSIONS, "{health}");
    assert_eq!(simulator.stats().connections, SESSIONS as u64);

    let started = Instant::now();
    let traffic: Vec<Traffic> = people
        .iter()
        .map(|person| Traffic::of(&person.program, chats(person), MESSAGES_A_CHAT))
        .collect();
    for n in 0..SESSIONS {
        let (from, to) = (number(n + 1), number(n));
        simulator
            .send_text(&from, &to, "From a phone")
            .await
            .unwrap();
    }
    let mut accepted: Vec<Vec<Accepted>> = Vec::new();
    for traffic in traffic {
        accepted.push(traffic.finish().await);
    }
    let all = accepted.concat();
    assert_eq!(
        all.len(),
        SESSIONS * NEIGHBOURS.len() * MESSAGES_A_CHAT as usize
    );
    eprintln!("{} accepted in {:.1?}", all.len(), started.elapsed());
    for (person, accepted) in people.iter().zip(&accepted) {
        told_as_sent(&person.program, accepted).await;
    }
    eprintln!("{} sent in {:.1?}", all.len(), started.elapsed());

    stand_on_the_phones(&simulator, &all).await;
    for person in &people {
        for (_, account) in &person.accounts {
            until_delivered(person, account).await;
        }
    }
    until_devices_have_everything(&simulator).await;
    eprintln!("everything delivered in {:.1?}", started.elapsed());

    let health = people[0].browser.get("/health").await.expect(200);
    assert_eq!(health["sessions"]["ready"], SESSIONS, "{health}");
    let stats = simulator.stats();
    assert_eq!(stats.connections, SESSIONS as u64);
    let from_phones = SESSIONS;
    assert_eq!(stats.distinct_message_ids, (all.len() + from_phones) as u64);
    // One to link and one to log in: nobody was lost and came back.
    assert_eq!(stats.connections_total, 2 * SESSIONS as u64);
    server.stop().await;
}

/// People with their accounts, all linked and ready.
async fn people(server: &Server, simulator: &Simulator) -> Vec<Person> {
    let mut people = Vec::new();
    for p in 0..PEOPLE {
        let browser = server.register(&format!("person{p}@example.com")).await;
        let program = server.program_of(&browser).await;
        let mut accounts = Vec::new();
        for n in (0..ACCOUNTS_EACH).map(|a| p * ACCOUNTS_EACH + a) {
            let new = json!({"label": number(n)});
            let account = browser.post("/api/accounts", new).await.expect(201);
            accounts.push((n, account["id"].as_str().unwrap().to_owned()));
        }
        people.push(Person {
            browser,
            program,
            accounts,
        });
    }
    let all = people.iter().flat_map(|person| {
        let of_person = |(n, account): &(usize, String)| (&person.browser, *n, account.clone());
        person.accounts.iter().map(of_person)
    });
    stream::iter(all)
        .for_each_concurrent(SCANS, |(browser, n, account)| async move {
            link(browser, &account, simulator, &number(n)).await;
        })
        .await;
    people
}

fn chats(person: &Person) -> Vec<Chat> {
    person
        .accounts
        .iter()
        .flat_map(|(n, account)| {
            NEIGHBOURS.map(|further| Chat::new(account, &number(*n), &number(n + further)))
        })
        .collect()
}

async fn until_delivered(person: &Person, account: &str) {
    let path = format!("/api/messages?account_id={account}&status=sent&limit=1");
    within(
        RECEIPTS_WITHIN,
        || async { person.program.get(&path).await.expect(200) },
        |page| page["items"].as_array().unwrap().is_empty(),
    )
    .await;
}
