use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn one_question_tells_of_many_numbers_who_is_on_whatsapp() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let before = simulator.stats();
    let asked = [jid(BRUNO), jid("+15550001111"), jid("+15550002222")];
    let answers = ana.client.contacts().is_on_whatsapp(&asked).await.unwrap();
    let told: Vec<_> = answers
        .iter()
        .map(|a| (a.jid.to_string(), a.is_registered))
        .collect();
    let expected = [
        (BRUNO, true),
        ("+15550001111", false),
        ("+15550002222", false),
    ];
    let expected = expected.map(|(number, known)| (jid(number).to_string(), known));
    assert_eq!(told, expected);
    let lid = simulator.phone(BRUNO).unwrap().lid;
    assert_eq!(answers[0].lid.as_ref().map(ToString::to_string), Some(lid));
    assert_eq!(answers[1].lid, None);
    let stats = simulator.stats();
    assert_eq!(stats.contact_queries - before.contact_queries, 1);
    assert_eq!(stats.contacts_asked - before.contacts_asked, 3);
    simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_to_a_number_without_a_phone_does_not_arrive() {
    let simulator = simulator().await;
    let ana = TestClient::linked(&simulator, ANA).await;
    let to = jid("+15550001111");
    let refused = match ana.client.send_text(to, "anybody?").await {
        Ok(sent) => ana.acknowledged(&sent.message_id).await.is_some(),
        Err(_) => true,
    };
    assert!(refused);
    assert_eq!(simulator.stats().messages_relayed, 0);
    simulator.stop().await;
}
