use crate::support::{PASSWORD, on_both_databases};
use futures::future::join_all;
use reqwest::Method;
use serde_json::json;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);

on_both_databases! {
    async fn registering_signs_in_and_me_says_who(setup: Setup) {
        let app = setup.start().await;
        let browser = app.browser();
        let new = json!({"email": " Ana@Example.com ", "password": PASSWORD, "name": " Ana "});
        let answer = browser.post("/api/auth/register", new).await;

        let cookie = answer.header("set-cookie").to_owned();
        assert!(cookie.starts_with("whahook_session="), "{cookie}");
        for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age="] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert!(!cookie.contains("Secure"), "{cookie}");

        let registered = answer.expect(201);
        assert_eq!(registered["email"], "ana@example.com");
        assert_eq!(registered["name"], "Ana");
        assert!(registered.get("password_hash").is_none());
        assert_eq!(browser.get("/api/auth/me").await.expect(200), registered);
    }

    async fn the_cookie_is_secure_when_people_come_by_https(setup: Setup) {
        let app = setup.with("APP_URL", "https://chat.example.com").start().await;
        let new = json!({"email": "ana@example.com", "password": PASSWORD, "name": "Ana"});
        let answer = app.browser().post("/api/auth/register", new).await;
        assert!(answer.header("set-cookie").contains("; Secure"));
        assert!(answer.header("strict-transport-security").starts_with("max-age="));
    }

    async fn signing_in_gives_the_browser_a_new_token_and_ends_its_old_one(setup: Setup) {
        let app = setup.start().await;
        let browser = app.register("ana@example.com").await;
        let login = json!({"email": "ANA@example.com", "password": PASSWORD});
        let first = browser.post("/api/auth/login", login.clone()).await;
        let old = first.header("set-cookie").split(';').next().unwrap().to_owned();
        first.expect(200);
        browser.post("/api/auth/login", login).await.expect(200);
        browser.get("/api/auth/me").await.expect(200);

        let thief = app.browser();
        let with_old = thief.request(Method::GET, "/api/auth/me").header("cookie", old);
        crate::support::send(with_old).await.expect_error(401, "not_signed_in");
    }

    async fn signing_out_ends_the_token_and_may_be_repeated(setup: Setup) {
        let app = setup.start().await;
        let browser = app.register("ana@example.com").await;
        let answer = browser.post("/api/auth/logout", json!(null)).await;
        assert!(answer.header("set-cookie").contains("Max-Age=0"));
        answer.expect(204);
        browser.get("/api/auth/me").await.expect_error(401, "not_signed_in");
        browser.post("/api/auth/logout", json!(null)).await.expect(204);
    }

    async fn a_wrong_password_and_an_unknown_address_get_the_same_answer(setup: Setup) {
        let app = setup.start().await;
        app.register("ana@example.com").await;
        let mut answers = Vec::new();
        for email in ["ana@example.com", "eva@example.com", "no address"] {
            let login = json!({"email": email, "password": "a wrong password"});
            let answer = app.browser().post("/api/auth/login", login).await;
            assert!(answer.headers.get("set-cookie").is_none());
            answer.clone().expect_error(401, "invalid_credentials");
            answers.push(answer.text);
        }
        assert!(answers.iter().all(|answer| answer == &answers[0]));
    }

    async fn an_address_registers_once_in_whatever_case(setup: Setup) {
        let app = setup.start().await;
        app.register("ana@example.com").await;
        let again = json!({"email": "ANA@example.com", "password": PASSWORD, "name": "Eva"});
        let answer = app.browser().post("/api/auth/register", again).await;
        answer.expect_error(409, "email_taken");
    }

    async fn each_wrong_field_of_a_registration_is_named(setup: Setup) {
        let app = setup.start().await;
        let good = json!({"email": "ana@example.com", "password": PASSWORD, "name": "Ana"});
        let long = "x".repeat(201);
        for (field, bad) in [
            ("email", "ana"),
            ("email", ""),
            ("password", "short"),
            ("password", long.as_str()),
            ("name", "  "),
            ("name", &"n".repeat(81)),
        ] {
            let mut new = good.clone();
            new[field] = json!(bad);
            app.browser().post("/api/auth/register", new).await.expect_invalid(field);
        }
        let mut unknown = good.clone();
        unknown["role"] = json!("admin");
        app.browser().post("/api/auth/register", unknown).await.expect_invalid("role");
        app.browser().post("/api/auth/register", good).await.expect(201);
    }

    async fn of_many_who_register_at_once_one_becomes_admin_and_sign_up_closes(setup: Setup) {
        let app = setup.with("SIGNUP", "first").start().await;
        let answers = join_all((0..8).map(|n| {
            let browser = app.browser();
            let email = format!("person{n}@example.com");
            async move {
                let new = json!({"email": email, "password": PASSWORD, "name": "P"});
                browser.post("/api/auth/register", new).await
            }
        }))
        .await;
        let (in_, out): (Vec<_>, Vec<_>) = answers.into_iter().partition(|a| a.status == 201);
        assert_eq!(in_.len(), 1);
        assert_eq!(in_[0].json()["role"], "admin");
        for answer in out {
            answer.expect_error(403, "signup_closed");
        }
    }

    async fn when_sign_up_is_closed_nobody_registers(setup: Setup) {
        let app = setup.with("SIGNUP", "closed").start().await;
        let new = json!({"email": "ana@example.com", "password": PASSWORD, "name": "Ana"});
        let answer = app.browser().post("/api/auth/register", new).await;
        answer.expect_error(403, "signup_closed");
    }

    async fn when_sign_up_is_open_the_first_is_admin_and_others_are_not(setup: Setup) {
        let app = setup.start().await;
        let role = async |email: &str| {
            let browser = app.register(email).await;
            browser.get("/api/auth/me").await.expect(200)["role"].clone()
        };
        assert_eq!(role("ana@example.com").await, "admin");
        assert_eq!(role("eva@example.com").await, "member");
    }

    async fn after_too_many_attempts_even_the_right_password_must_wait(setup: Setup) {
        let (setup, hands) = setup.with_manual_clock();
        let app = setup.start().await;
        app.register("ana@example.com").await;
        let login = |password: &str| json!({"email": "ana@example.com", "password": password});
        for _ in 0..10 {
            let answer = app.browser().post("/api/auth/login", login("a wrong password")).await;
            answer.expect_error(401, "invalid_credentials");
        }
        let refused = app.browser().post("/api/auth/login", login(PASSWORD)).await;
        let wait: u64 = refused.header("retry-after").parse().unwrap();
        refused.expect_error(429, "too_many_attempts");
        assert!((1..=60).contains(&wait), "{wait}");

        hands.advance(Duration::from_secs(wait));
        app.browser().post("/api/auth/login", login(PASSWORD)).await.expect(200);
    }

    async fn one_address_cannot_try_everyones_password(setup: Setup) {
        let (setup, _hands) = setup.with_manual_clock();
        let app = setup.start().await;
        let mut refused = None;
        for n in 0..40 {
            let login = json!({"email": format!("p{n}@example.com"), "password": PASSWORD});
            let answer = app.browser().post("/api/auth/login", login).await;
            if answer.status != 401 {
                refused = Some((n, answer));
                break;
            }
        }
        let (n, answer) = refused.unwrap();
        assert_eq!(n, 30);
        answer.expect_error(429, "too_many_attempts");
    }

    async fn a_browser_stays_signed_in_while_it_is_used_and_no_longer(setup: Setup) {
        let (setup, hands) = setup.with_manual_clock();
        let app = setup.start().await;
        let browser = app.register("ana@example.com").await;
        for _ in 0..3 {
            hands.advance(29 * DAY);
            browser.get("/api/auth/me").await.expect(200);
        }
        hands.advance(30 * DAY);
        browser.get("/api/auth/me").await.expect_error(401, "not_signed_in");
    }

    async fn pages_of_other_origins_cannot_use_the_cookie(setup: Setup) {
        let app = setup.with("ALLOWED_ORIGINS", "https://intranet.example").start().await;
        let browser = app.register("ana@example.com").await;
        let account = json!({"label": "Sales"});
        for origin in [Some("https://evil.example"), Some("null")] {
            let answer = browser.on_a_page_of(origin).post("/api/accounts", account.clone()).await;
            answer.expect_error(403, "origin_not_allowed");
        }
        let own = browser.on_a_page_of(Some("https://intranet.example"));
        own.post("/api/accounts", account.clone()).await.expect(201);
        // Browsers that leave the origin out say from where all the same.
        for (site, status) in [("same-origin", 201), ("same-site", 403), ("cross-site", 403)] {
            let unnamed = browser
                .on_a_page_of(None)
                .request(Method::POST, "/api/accounts")
                .header("sec-fetch-site", site)
                .json(&account);
            crate::support::send(unnamed).await.expect(status);
        }
        // A program that has the cookie is no page.
        let program = browser.on_a_page_of(None);
        program.post("/api/accounts", account.clone()).await.expect(201);
        // A page of another site may not sign its visitor in as somebody else.
        let login = json!({"email": "ana@example.com", "password": PASSWORD});
        let evil = app.browser().on_a_page_of(Some("https://evil.example"));
        evil.post("/api/auth/login", login).await.expect_error(403, "origin_not_allowed");
    }

    async fn the_database_keeps_neither_tokens_nor_passwords(setup: Setup) {
        let app = setup.start().await;
        let browser = app.browser();
        let new = json!({"email": "ana@example.com", "password": PASSWORD, "name": "Ana"});
        let answer = browser.post("/api/auth/register", new).await;
        let cookie = answer.header("set-cookie");
        let token = cookie["whahook_session=".len()..].split(';').next().unwrap();

        let mut conn = app.app.db.read().await.unwrap();
        let (kept, hash): (String, String) = sqlx::query_as(
            "SELECT token_hash, password_hash FROM sign_ins JOIN users ON users.id = user_id",
        )
        .fetch_one(&mut *conn)
        .await
        .unwrap();
        assert!(token.len() >= 43 && kept.len() == 64 && !kept.contains(token));
        assert!(hash.starts_with("$argon2id$") && !hash.contains(PASSWORD));
    }
}
