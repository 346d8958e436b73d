//! E-mail about accounts, through a real mail server.

use crate::support::{
    Setup, TestApp,
    mail::MailServer,
    on_both_databases,
    whatsapp::{ANA, link, simulator, until_status},
};
use serde_json::json;
use std::time::Duration;
use whahook::{activity, platform::clock::ManualClock};
use whahook_contract::{
    activity::By,
    event::Event,
    ids::{AccountId, SessionId},
    session::{Reason, Status},
};
use whahook_simulator::Fault;

const MINUTE: Duration = Duration::from_secs(60);

fn with_mail(setup: Setup, server: &MailServer, grace: &str) -> Setup {
    setup
        .with("SMTP_URL", &server.url())
        .with("MAIL_FROM", "WhaHook <whahook@example.com>")
        .with("ALERT_AFTER", grace)
}

/// What the session of an account becomes, without a session: as its actor
/// writes it.
async fn becomes(app: &TestApp, account: &str, status: Status, reason: Option<Reason>) {
    let linked = !matches!(
        status,
        Status::LoggedOut | Status::Qr | Status::Initializing
    ) && reason != Some(Reason::Unlinked);
    let id: AccountId = account.parse().unwrap();
    let mut tx = app.app.db.begin().await.unwrap();
    let user: String = sqlx::query_scalar(
        "UPDATE accounts SET status = $2, reason = $3, linked = $4 WHERE id = $1 RETURNING user_id",
    )
    .bind(account)
    .bind(status.code())
    .bind(reason.map(Reason::code))
    .bind(i32::from(linked))
    .fetch_one(&mut *tx)
    .await
    .unwrap();
    let now = app.app.clock.now();
    let event = Event::Status {
        session_id: SessionId::new(user.parse().unwrap(), id),
        status,
        reason,
        detail: None,
        since: now,
        next_attempt_at: None,
    };
    let by: Option<&By> = None;
    let recorded = activity::record(&mut tx, now, id, &event, by)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    app.app.events.publish(recorded);
}

async fn is_lost(app: &TestApp, account: &str) {
    let closed = Some(Reason::ConnectionClosed);
    becomes(app, account, Status::Reconnecting, closed).await;
}

async fn is_ready(app: &TestApp, account: &str) {
    becomes(app, account, Status::Ready, None).await;
}

/// Waits until the job has nothing to do, now that the clock says what it says.
async fn until_nothing_is_due(app: &TestApp) {
    let untold = || async {
        let mut conn = app.app.db.read().await.unwrap();
        let count: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM incidents WHERE told <> 'all' AND ended_at IS NOT NULL",
        )
        .fetch_one(&mut *conn)
        .await
        .unwrap();
        count
    };
    crate::support::eventually::eventually(untold, |count| *count == 0).await;
}

/// A server with e-mail and a clock of the test's, and an account that is ready.
async fn watched(
    setup: Setup,
    server: &MailServer,
) -> (TestApp, ManualClock, crate::support::Client, String) {
    let (setup, hands) = with_mail(setup, server, "5m").with_manual_clock();
    let app = setup.start().await;
    let ana = app.register("ana@example.com").await;
    let account = app.account(&ana, "Ventas & más").await;
    is_ready(&app, &account).await;
    hands.advance(10 * MINUTE);
    (app, hands, ana, account)
}

on_both_databases! {
    async fn a_loss_that_lasts_is_told_once_and_its_end_once(setup: Setup) {
        let Some(mails) = MailServer::start("e-mail of a loss").await else { return };
        let (app, hands, _ana, account) = watched(setup, &mails).await;
        is_lost(&app, &account).await;
        hands.advance(6 * MINUTE);
        let told = mails.until_mails(1).await;
        let loss = &told[0];
        assert_eq!(loss.subject, "Ventas & más is not connected");
        assert_eq!((loss.from.as_str(), loss.to.as_str()), ("whahook@example.com", "ana@example.com"));
        assert_eq!(loss.auto_submitted, "auto-generated");
        for words in [
            "Hello Ana,",
            "has not been connected since 2027-01-15 08:10 UTC (6 min)",
            "What happened: WhatsApp",
            "What to do: It reconnects by itself",
            "/settings/connections",
        ] {
            assert!(loss.text.contains(words), "{words}\n{}", loss.text);
        }
        assert!(loss.html.contains("“Ventas &amp; más”"), "{}", loss.html);

        // Another reason for the same loss is no news.
        let unreachable = Some(Reason::Unreachable);
        becomes(&app, &account, Status::Reconnecting, unreachable).await;
        hands.advance(60 * MINUTE);
        is_ready(&app, &account).await;
        hands.advance(2 * MINUTE);
        let told = mails.until_mails(2).await;
        let back = &told[1];
        assert_eq!(back.subject, "Ventas & más is connected again");
        assert_eq!(back.in_reply_to.as_ref(), Some(&loss.message_id));
        assert!(back.text.contains("It was not for 1 h 6 min"), "{}", back.text);
        until_nothing_is_due(&app).await;
        hands.advance(60 * MINUTE);
        app.stop().await;
        assert_eq!(mails.mails().len(), 2);
    }

    async fn what_heals_within_the_grace_time_is_told_to_nobody(setup: Setup) {
        let Some(mails) = MailServer::start("no e-mail for what heals").await else { return };
        let (app, hands, _ana, account) = watched(setup, &mails).await;
        for _ in 0..5 {
            is_lost(&app, &account).await;
            hands.advance(4 * MINUTE);
            is_ready(&app, &account).await;
            hands.advance(Duration::from_secs(10));
        }
        hands.advance(60 * MINUTE);
        until_nothing_is_due(&app).await;
        // Something that is told after them shows that they were not.
        becomes(&app, &account, Status::LoggedOut, Some(Reason::PhoneUnlinked)).await;
        let told = mails.until_mails(1).await;
        assert_eq!(told.len(), 1);
        assert!(told[0].subject.ends_with("was unlinked"), "{}", told[0].subject);
        app.stop().await;
    }

    async fn a_connection_that_holds_for_a_moment_only_is_not_told_to_be_back(setup: Setup) {
        let Some(mails) = MailServer::start("e-mail and flapping").await else { return };
        let (app, hands, _ana, account) = watched(setup, &mails).await;
        is_lost(&app, &account).await;
        hands.advance(6 * MINUTE);
        mails.until_mails(1).await;
        until_told(&app, "loss").await;
        for _ in 0..3 {
            is_ready(&app, &account).await;
            hands.advance(Duration::from_secs(30));
            is_lost(&app, &account).await;
            hands.advance(10 * MINUTE);
        }
        is_ready(&app, &account).await;
        hands.advance(2 * MINUTE);
        let told = mails.until_mails(2).await;
        assert!(told[1].subject.ends_with("is connected again"));
        assert!(told[1].text.contains("It was not for 37 min"), "{}", told[1].text);
        app.stop().await;
        assert_eq!(mails.mails().len(), 2);
    }

    async fn unlinking_is_told_at_once_in_the_persons_language(setup: Setup) {
        let Some(mails) = MailServer::start("e-mail of an unlinking").await else { return };
        let (app, _hands, ana, account) = watched(setup, &mails).await;
        ana.patch("/api/me/settings", json!({"language": "es"})).await.expect(200);
        becomes(&app, &account, Status::LoggedOut, Some(Reason::PhoneUnlinked)).await;
        let told = mails.until_mails(1).await;
        assert_eq!(told[0].subject, "Ventas & más se desvinculó");
        for words in ["Hola Ana,", "Qué pasó:", "Qué hacer: Vincúlalo de nuevo"] {
            assert!(told[0].text.contains(words), "{}", told[0].text);
        }
        app.stop().await;
    }

    async fn who_unlinks_an_account_here_is_not_told(setup: Setup) {
        let Some(mails) = MailServer::start("no e-mail of one's own doing").await else { return };
        let (app, hands, ana, account) = watched(setup, &mails).await;
        is_lost(&app, &account).await;
        hands.advance(2 * MINUTE);
        becomes(&app, &account, Status::Disconnected, Some(Reason::Unlinked)).await;
        hands.advance(60 * MINUTE);
        until_nothing_is_due(&app).await;
        let other = app.account(&ana, "Other").await;
        is_ready(&app, &other).await;
        becomes(&app, &other, Status::LoggedOut, Some(Reason::PhoneUnlinked)).await;
        let told = mails.until_mails(1).await;
        assert_eq!(told[0].subject, "Other was unlinked");
        app.stop().await;
        assert_eq!(mails.mails().len(), 1);
    }

    async fn while_the_mail_server_is_down_mails_wait(setup: Setup) {
        let Some(mut mails) = MailServer::start("e-mail through an outage").await else { return };
        let (app, hands, _ana, account) = watched(setup, &mails).await;
        mails.kill().await;
        is_lost(&app, &account).await;
        hands.advance(6 * MINUTE);
        until_attempts(&app, 1).await;
        // The next attempt is not made before its time.
        hands.advance(Duration::from_secs(16));
        until_attempts(&app, 2).await;
        mails.start_again().await;
        hands.advance(Duration::from_secs(31));
        let told = mails.until_mails(1).await;
        assert!(told[0].subject.ends_with("is not connected"));
        app.stop().await;
        assert_eq!(mails.mails().len(), 1);
    }

    async fn a_loss_that_was_over_before_it_could_be_told_is_told_in_one_mail(setup: Setup) {
        let Some(mut mails) = MailServer::start("e-mail after an outage").await else { return };
        let (app, hands, _ana, account) = watched(setup, &mails).await;
        mails.kill().await;
        is_lost(&app, &account).await;
        hands.advance(6 * MINUTE);
        until_attempts(&app, 1).await;
        is_ready(&app, &account).await;
        mails.start_again().await;
        hands.advance(2 * MINUTE);
        let told = mails.until_mails(1).await;
        assert!(told[0].subject.ends_with("is connected again"));
        until_nothing_is_due(&app).await;
        app.stop().await;
        assert_eq!(mails.mails().len(), 1);
    }

    async fn who_wants_no_mail_gets_none(setup: Setup) {
        let Some(mails) = MailServer::start("no e-mail for who wants none").await else { return };
        let (app, hands, ana, account) = watched(setup, &mails).await;
        let off = json!({"email_alerts": false});
        let view = ana.patch("/api/me/settings", off).await.expect(200);
        assert_eq!(view["email_alerts"], false);
        is_lost(&app, &account).await;
        hands.advance(6 * MINUTE);
        until_told(&app, "all").await;
        // Nor of the end of what they were not told of.
        ana.patch("/api/me/settings", json!({"email_alerts": true})).await.expect(200);
        is_ready(&app, &account).await;
        hands.advance(10 * MINUTE);
        becomes(&app, &account, Status::LoggedOut, Some(Reason::PhoneUnlinked)).await;
        let told = mails.until_mails(1).await;
        assert!(told[0].subject.ends_with("was unlinked"), "{}", told[0].subject);
        app.stop().await;
        assert_eq!(mails.mails().len(), 1);
    }

    async fn what_there_is_to_tell_survives_restarts_and_is_told_once(setup: Setup) {
        let Some(mut mails) = MailServer::start("e-mail and restarts").await else { return };
        let (app, hands, _ana, account) = watched(setup, &mails).await;
        // Not linked: this server has no session to bring back.
        becomes(&app, &account, Status::LoggedOut, Some(Reason::PhoneUnlinked)).await;
        mails.until_mails(1).await;
        let app = app.restart().await;
        hands.advance(60 * MINUTE);
        let ana = app.browser();
        let login = json!({"email": "ana@example.com", "password": crate::support::PASSWORD});
        ana.post("/api/auth/login", login).await.expect(200);
        let other = app.account(&ana, "Other").await;
        is_ready(&app, &other).await;
        // A mail that waits, and was being handed over when its server was killed.
        mails.kill().await;
        becomes(&app, &other, Status::LoggedOut, Some(Reason::PhoneUnlinked)).await;
        until_attempts(&app, 1).await;
        let mut tx = app.app.db.begin().await.unwrap();
        sqlx::query("UPDATE incidents SET handing = 'loss' WHERE account_id = $1")
            .bind(&other)
            .execute(&mut *tx)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        mails.start_again().await;
        hands.advance(60 * MINUTE);
        until_told(&app, "loss").await;
        app.stop().await;
        assert_eq!(mails.mails().len(), 1);
    }

    async fn two_servers_on_one_database_send_one_mail(setup: Setup) {
        let Some(mails) = MailServer::start("e-mail of two servers").await else { return };
        let (app, hands, ana, _account) = watched(setup, &mails).await;
        let mut accounts = Vec::new();
        for n in 0..12 {
            let account = app.account(&ana, &format!("Account {n}")).await;
            is_ready(&app, &account).await;
            accounts.push(account);
        }
        let url = app.app.config.database.url.expose().to_owned();
        let (setup, other_hands) = with_mail(Setup::sqlite(), &mails, "5m").with_manual_clock();
        let other = setup.with("DATABASE_URL", &url).start().await;
        other_hands.set(app.app.clock.now());
        for account in &accounts {
            becomes(&app, account, Status::LoggedOut, Some(Reason::PhoneUnlinked)).await;
        }
        hands.advance(MINUTE);
        other_hands.set(app.app.clock.now());
        let told = mails.until_mails(accounts.len()).await;
        until_all_told(&app, accounts.len()).await;
        other.stop().await;
        app.stop().await;
        let ids: std::collections::HashSet<String> =
            told.into_iter().map(|mail| mail.message_id).collect();
        assert_eq!(ids.len(), accounts.len());
        assert_eq!(mails.mails().len(), accounts.len());
    }
}

async fn column(app: &TestApp, statement: &'static str) -> Vec<String> {
    let mut conn = app.app.db.read().await.unwrap();
    sqlx::query_scalar(statement)
        .fetch_all(&mut *conn)
        .await
        .unwrap()
}

/// Waits until so much of the newest incident has been told.
async fn until_told(app: &TestApp, told: &'static str) {
    let newest = "SELECT told FROM incidents ORDER BY noticed_at DESC LIMIT 1";
    let look = || async { column(app, newest).await };
    crate::support::eventually::eventually(look, |found| found[0] == told).await;
}

async fn until_all_told(app: &TestApp, count: usize) {
    let told = "SELECT told FROM incidents WHERE told = 'loss'";
    let look = || async { column(app, told).await.len() };
    crate::support::eventually::eventually(look, |found| *found == count).await;
}

/// Waits until an attempt to send has failed, for the so-manieth time.
async fn until_attempts(app: &TestApp, attempts: i64) {
    let failed = "SELECT CAST(attempts AS TEXT) FROM incidents \
                  WHERE claimed_until = 0 AND next_attempt_at > 0";
    let look = || async { column(app, failed).await };
    crate::support::eventually::eventually(look, |found| {
        found.first() == Some(&attempts.to_string())
    })
    .await;
}

#[tokio::test]
async fn a_real_session_that_is_lost_unlinked_and_linked_again_is_told_of() {
    let Some(mails) = MailServer::start("e-mail of a real session").await else {
        return;
    };
    let simulator = simulator().await;
    let app = with_mail(Setup::sqlite(), &mails, "2s")
        .on(&simulator)
        .start()
        .await;
    let ana = app.register("ana@example.com").await;
    let account = app.linked(&ana, &simulator, ANA).await;

    let away = Fault::Unavailable { for_s: 600.0 };
    simulator.fault(Some(ANA), &away).unwrap();
    simulator.fault(Some(ANA), &Fault::Close).unwrap();
    let told = mails.until_mails(1).await;
    assert_eq!(told[0].subject, "Store is not connected");
    assert!(told[0].text.contains(ANA), "{}", told[0].text);

    simulator.fault(Some(ANA), &Fault::Clear).unwrap();
    let again = json!({"restart": true});
    ana.post(&format!("/api/accounts/{account}/session"), again)
        .await
        .expect(202);
    until_status(&ana, &account, "ready").await;
    let told = mails.until_mails(2).await;
    assert_eq!(told[1].subject, "Store is connected again");

    let device = simulator.phone(ANA).unwrap().devices[0].id;
    simulator.unlink(ANA, device).await.unwrap();
    let told = mails.until_mails(3).await;
    assert_eq!(told[2].subject, "Store was unlinked");
    link(&ana, &account, &simulator, ANA).await;
    let told = mails.until_mails(4).await;
    assert_eq!(told[3].subject, "Store is connected again");
    app.stop().await;
}

mod by_hand {
    //! `whahook mail test`

    use super::*;
    use std::process::{Command, Output};

    fn try_out(variables: &[(&str, &str)]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_whahook"))
            .args(["mail", "test", "--to", "ana@example.com"])
            .env_clear()
            .envs(variables.iter().copied())
            .output()
            .unwrap()
    }

    fn said(output: &Output) -> String {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        text(&output.stdout) + &text(&output.stderr)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn an_operator_sees_that_e_mail_works_encrypted_and_signed_in() {
        let certificate = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let authority = folder.path().join("ca.pem");
        std::fs::write(&authority, certificate.cert.pem()).unwrap();
        let options = json!({
            "users": {"ana": "hunter2 & more"},
            "cert": certificate.cert.pem(),
            "key": certificate.signing_key.serialize_pem(),
            "refuse": ["nobody@example.com"],
        });
        let test = "a mail by hand";
        let Some(mails) = MailServer::start_with(test, options).await else {
            return;
        };
        let url = |password: &str| {
            format!(
                "smtp://ana:{password}@localhost:{}?tls=required",
                mails.port
            )
        };
        let authority = authority.to_str().unwrap();
        let right = url("hunter2%20%26%20more");
        let sender = ("MAIL_FROM", "whahook@example.com");
        let output = try_out(&[("SMTP_URL", &right), sender, ("SMTP_CA_FILE", authority)]);
        assert!(output.status.success(), "{}", said(&output));
        let taken = mails.until_mails(1).await;
        assert!(taken[0].encrypted);
        assert_eq!(taken[0].user.as_deref(), Some("ana"));
        assert_eq!(taken[0].to, "ana@example.com");

        let wrong = url("hunter3");
        let output = try_out(&[("SMTP_URL", &wrong), sender, ("SMTP_CA_FILE", authority)]);
        assert_eq!(output.status.code(), Some(1));
        assert!(
            said(&output).contains("no mail was sent"),
            "{}",
            said(&output)
        );
        assert!(!said(&output).contains("hunter3"), "{}", said(&output));

        // A server that nobody vouches for gets neither password nor mail.
        let output = try_out(&[("SMTP_URL", &right), sender]);
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(mails.mails().len(), 1);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn without_encryption_where_it_is_required_nothing_is_sent() {
        let Some(mails) = MailServer::start("no mail in the clear").await else {
            return;
        };
        let url = format!("{}?tls=required", mails.url());
        let sender = ("MAIL_FROM", "whahook@example.com");
        let output = try_out(&[("SMTP_URL", &url), sender]);
        assert_eq!(output.status.code(), Some(1));
        assert!(said(&output).contains("STARTTLS"), "{}", said(&output));
        assert!(mails.mails().is_empty());
    }

    #[test]
    fn without_a_mail_server_the_settings_are_named() {
        let output = try_out(&[]);
        assert_eq!(output.status.code(), Some(1));
        assert!(said(&output).contains("SMTP_URL"), "{}", said(&output));
    }
}
