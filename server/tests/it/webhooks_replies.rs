//! Programs that answer what people write, by what they answer to its webhook.

use crate::{
    support::{
        Client,
        eventually::eventually,
        on_both_databases,
        receiver::{Got, Receiver},
        whatsapp::{
            ANA, BRUNO, CARLA, link, received, send_text, simulator, until_message, until_received,
        },
    },
    webhooks::{reaching_here, webhook},
};
use serde_json::{Value, json};
use whahook_simulator::Addressing;

const ONLY_RECEIVED: &str = "message:received";

/// A webhook for what people write, whose answers are sent.
async fn bot(client: &Client, receiver: &Receiver) -> String {
    let wish = json!({"events": [ONLY_RECEIVED], "replies": true});
    webhook(client, receiver, wish).await.0
}

fn replying(reply: Value) -> impl Fn(&Got) -> (u16, String) {
    move |_| (200, json!({ "reply": reply }).to_string())
}

/// The newest delivery once its attempt has been written down.
async fn delivered(client: &Client, path: &str, count: usize) -> Value {
    let path = format!("{path}/deliveries?status=delivered");
    let list = eventually(
        || async { client.get(&path).await.expect(200) },
        |list| list["items"].as_array().unwrap().len() >= count,
    )
    .await;
    list["items"][0].clone()
}

on_both_databases! {
    async fn what_a_webhook_answers_is_sent_to_the_chat_once_however_often_it_is_asked(setup: Setup) {
        let simulator = simulator().await;
        let receiver = Receiver::start().await;
        let app = reaching_here(setup).on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let path = bot(&ana, &receiver).await;
        receiver.answer(replying(json!({"text": "It is.", "quote": true})));
        let asked = simulator.send_text(BRUNO, ANA, "Is my order on its way?").await.unwrap();
        let got = receiver.until_got(1).await.remove(0);
        assert_eq!(got.body["data"]["chat"]["phone_number"], BRUNO);
        let jid = format!("{}@s.whatsapp.net", &BRUNO[1..]);
        assert_eq!(got.body["data"]["chat"]["jid"], json!(jid));
        assert!(got.body["data"]["chat"]["lid"].as_str().unwrap().ends_with("@lid"));
        let answered = until_received(&simulator, BRUNO, 1).await;
        assert_eq!(answered[0].text, "It is.");
        let quoted = serde_json::to_value(&answered[0]).unwrap();
        assert!(quoted.to_string().contains(&asked.id), "it quotes what it answers: {quoted}");
        let delivery = delivered(&ana, &path, 1).await;
        let reply = &delivery["last_attempt"]["reply"];
        assert_eq!(reply["error"], Value::Null);
        let id = reply["message_id"].as_str().unwrap().to_owned();
        until_message(&ana, &id, "delivered").await;

        // Sent again, it is answered again, and nothing more is sent.
        receiver.answer(replying(json!({"text": "It is, as I said."})));
        let wish = json!({"account_id": account, "after": 0});
        assert_eq!(ana.post(&format!("{path}/replay"), wish).await.expect(202)["events"], 1);
        receiver.until_got(2).await;
        let again = delivered(&ana, &path, 2).await;
        assert_eq!(again["last_attempt"]["reply"]["message_id"], json!(id));
        let list = ana.get(&format!("/api/messages?account_id={account}")).await.expect(200);
        assert_eq!(list["items"].as_array().unwrap().len(), 1);

        // The next message has an answer of its own.
        simulator.send_text(BRUNO, ANA, "Thanks").await.unwrap();
        let answered = until_received(&simulator, BRUNO, 2).await;
        assert_eq!(answered[1].text, "It is, as I said.");

        // Off, an answer is only an answer.
        ana.patch(&path, json!({"replies": false})).await.expect(200);
        simulator.send_text(BRUNO, ANA, "Bye").await.unwrap();
        let last = delivered(&ana, &path, 4).await;
        assert!(last["last_attempt"].get("reply").is_none(), "{last}");
        app.stop().await;
    }

    async fn an_answer_that_failed_on_its_way_is_taken_the_next_time(setup: Setup) {
        let simulator = simulator().await;
        let receiver = Receiver::start().await;
        let app = reaching_here(setup).on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        app.linked(&ana, &simulator, ANA).await;
        let path = bot(&ana, &receiver).await;
        // What is no 2xx has not arrived, whatever it says.
        receiver.answer(|_| (500, json!({"reply": {"text": "No"}}).to_string()));
        simulator.send_text(BRUNO, ANA, "Hello").await.unwrap();
        receiver.until_got(1).await;
        receiver.answer(replying(json!({"text": "Yes"})));
        let answered = until_received(&simulator, BRUNO, 1).await;
        assert_eq!(answered[0].text, "Yes");
        delivered(&ana, &path, 1).await;
        assert_eq!(received(&simulator, BRUNO).len(), 1);
        app.stop().await;
    }

    async fn a_reply_that_is_wrong_is_told_at_the_delivery_and_nothing_is_sent(setup: Setup) {
        let simulator = simulator().await;
        let receiver = Receiver::start().await;
        let app = reaching_here(setup).on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let path = bot(&ana, &receiver).await;
        let big = format!("{{\"reply\": {{\"text\": \"{}\"}}}}", "a".repeat(70_000));
        for (n, (answer, field)) in [
            (json!({"reply": {"txt": "Hi"}}).to_string(), "reply.txt"),
            (json!({"reply": {"text": ""}}).to_string(), "reply.text"),
            (json!({"reply": {"type": "image", "media": {}}}).to_string(), "reply.media"),
            (json!({"reply": {"text": "Hi", "to": CARLA}}).to_string(), "reply.to"),
            (json!({"reply": {"text": "Hi", "quote": 1}}).to_string(), "reply.quote"),
            (json!({"reply": "Hi"}).to_string(), "reply"),
            ("{\"reply\": {\"text\": ".to_owned(), "reply"),
            (big, "reply"),
        ].into_iter().enumerate() {
            receiver.answer(move |_| (200, answer.clone()));
            simulator.send_text(BRUNO, ANA, &format!("Message {n}")).await.unwrap();
            let delivery = delivered(&ana, &path, n + 1).await;
            let reply = &delivery["last_attempt"]["reply"];
            assert_eq!(reply["field"], field, "{reply}");
            assert_eq!(reply["message_id"], Value::Null);
            let error = reply["error"].as_str().unwrap();
            assert!(error.len() > 5, "{error}");
        }
        // These are no replies.
        for (n, answer) in ["ok", "{}", "{\"reply\": null}", ""].into_iter().enumerate() {
            receiver.answer(move |_| (200, answer.to_owned()));
            simulator.send_text(BRUNO, ANA, &format!("More {n}")).await.unwrap();
            let delivery = delivered(&ana, &path, 9 + n).await;
            assert!(delivery["last_attempt"].get("reply").is_none(), "{delivery}");
        }
        let list = ana.get(&format!("/api/messages?account_id={account}")).await.expect(200);
        assert_eq!(list["items"], json!([]));
        assert_eq!(ana.get(&path).await.expect(200)["state"], "active");
        app.stop().await;
    }

    async fn nobody_is_answered_who_wrote_as_the_account_or_would_answer_back(setup: Setup) {
        let simulator = simulator().await;
        simulator.add_phone(CARLA, "Carla").await.unwrap();
        let receiver = Receiver::start().await;
        let app = reaching_here(setup).on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        let account = app.linked(&ana, &simulator, ANA).await;
        let carla = app.register("carla@example.com").await;
        let other = app.account(&carla, "Hers").await;
        link(&carla, &other, &simulator, CARLA).await;
        receiver.answer(replying(json!({"text": "Hello yourself"})));
        let path = bot(&ana, &receiver).await;
        bot(&carla, &receiver).await;

        simulator.send_text(ANA, BRUNO, "From the phone").await.unwrap();
        let delivery = delivered(&ana, &path, 1).await;
        let error = delivery["last_attempt"]["reply"]["error"].as_str().unwrap();
        assert!(error.contains("own person"), "{error}");

        // Two that answer each other would never end.
        send_text(&carla, &other, ANA, "Hello").await;
        let delivery = delivered(&ana, &path, 2).await;
        let error = delivery["last_attempt"]["reply"]["error"].as_str().unwrap();
        assert!(error.contains("never end"), "{error}");
        let list = ana.get(&format!("/api/messages?account_id={account}")).await.expect(200);
        assert_eq!(list["items"], json!([]));
        app.stop().await;
    }

    async fn in_a_group_the_answer_goes_to_the_group(setup: Setup) {
        let simulator = simulator().await;
        simulator.add_phone(CARLA, "Carla").await.unwrap();
        let receiver = Receiver::start().await;
        let app = reaching_here(setup).on(&simulator).start().await;
        let ana = app.register("ana@example.com").await;
        app.linked(&ana, &simulator, ANA).await;
        let members = [ANA, CARLA].map(str::to_owned);
        let group = simulator.make_group("Friends", BRUNO, &members, Addressing::Lid).await.unwrap();
        bot(&ana, &receiver).await;
        receiver.answer(replying(json!({"text": "Hello all", "quote": true})));
        simulator.send_text(BRUNO, &group.jid, "Hello").await.unwrap();
        let got = receiver.until_got(1).await.remove(0);
        let chat = json!({"phone_number": null, "lid": null, "jid": group.jid});
        assert_eq!(got.body["data"]["chat"], chat);
        let heard = until_received(&simulator, CARLA, 2).await;
        assert_eq!(heard[1].text, "Hello all");
        assert_eq!(heard[1].to.to_string(), heard[0].to.to_string());
        app.stop().await;
    }
}
