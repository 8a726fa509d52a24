//! Who is let in and what is known about them: proxies, origins, the metrics, and streams that are not read.

use domain::role::Role;
use reqwest::StatusCode;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::app::{PASSWORD, TestApp, cookie};
use crate::fixture::active;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_are_for_this_machine_and_for_administrators() {
    server::web::api::probes::record();
    let it = TestApp::start().await;
    let ask = async |headers: &[(&str, String)]| {
        let mut request = it.http().get(format!("{}/metrics", it.url));
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        request.send().await.unwrap().status()
    };
    assert_eq!(ask(&[]).await, StatusCode::OK);
    // Through a proxy on this machine everyone seems to be here.
    for (name, value) in [
        ("x-forwarded-for", "198.51.100.7"),
        ("forwarded", "for=198.51.100.7"),
        ("x-real-ip", "198.51.100.7"),
        ("via", "1.1 proxy"),
        // Or the proxy passes the requested host on and adds nothing else.
        ("host", "desk.example"),
    ] {
        let forwarded = (name, value.to_owned());
        assert_eq!(ask(std::slice::from_ref(&forwarded)).await, StatusCode::NOT_FOUND, "{name}");
        let token = |token: &str| ("authorization", format!("Bearer {token}"));
        assert_eq!(ask(&[forwarded.clone(), token(&it.admin)]).await, StatusCode::OK, "{name}");
        let sue = it.user(&format!("Sue {name}"), Role::Supervisor).await;
        assert_eq!(ask(&[forwarded, token(&sue)]).await, StatusCode::NOT_FOUND, "{name}");
    }
    it.stop().await;
    // Some proxies add no headers, such as nginx in its default configuration.
    for (name, value) in [
        ("public_url", "https://desk.example"),
        ("public_url", "http://desk.example"),
        ("trusted_proxies", "10.0.0.7"),
    ] {
        let it = TestApp::start_with(&[(name, value)]).await;
        let request = || it.http().get(format!("{}/metrics", it.url));
        assert_eq!(request().send().await.unwrap().status(), StatusCode::NOT_FOUND, "{value}");
        assert_eq!(request().bearer_auth(&it.admin).send().await.unwrap().status(), StatusCode::OK, "{value}");
        it.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_installation_on_https_says_so_and_compares_origins_as_origins() {
    let it = TestApp::start_with(&[("public_url", "https://Firm.Example:443/desk")]).await;
    it.person("Cora", Role::Agent).await;
    for path in ["/healthz", "/", "/api/v1/me", "/api/v1/nothing"] {
        let answer = it.http().get(format!("{}{path}", it.url)).send().await.unwrap();
        assert!(answer.headers()["strict-transport-security"].to_str().unwrap().contains("max-age="), "{path}");
    }
    let from = async |origin: &str| {
        let request = it.http().post(format!("{}/api/v1/session", it.url)).header("origin", origin);
        request.json(&json!({ "email": "cora@example.org", "password": "correct horse" })).send().await.unwrap()
    };
    for (origin, status) in [
        ("https://firm.example", StatusCode::OK),
        (it.url.as_str(), StatusCode::OK),
        ("http://firm.example", StatusCode::FORBIDDEN),
        ("https://evil.example", StatusCode::FORBIDDEN),
        ("null", StatusCode::FORBIDDEN),
    ] {
        assert_eq!(from(origin).await.status(), status, "{origin}");
    }
    assert!(cookie(&from("https://firm.example").await).starts_with("__Host-deskbell-desk="));
    it.stop().await;

    let it = TestApp::start().await;
    let answer = it.http().get(format!("{}/healthz", it.url)).send().await.unwrap();
    assert!(!answer.headers().contains_key("strict-transport-security"));
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_is_not_read_ends_with_the_session_and_shows_nothing_of_later() {
    let it = TestApp::start().await;
    let (_, id, _) = active(&it).await;
    let sue = it.person("Sue", Role::Supervisor).await;
    let cookie = cookie(&it.sign_in("sue@example.org", "correct horse", &[]).await);
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut stream = socket.connect(it.url.trim_start_matches("http://").parse().unwrap()).await.unwrap();
    let request =
        format!("GET /api/v1/events HTTP/1.1\r\nHost: desk\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    it.until("the stream", async || (it.streams(&sue) == 1).then_some(())).await;

    // More than the buffers on the way hold.
    let note = |words: &str| json!({ "text": format!("{words} {}", "x".repeat(3_900)) });
    let path = format!("/conversations/{id}/notes");
    for _ in 0..600 {
        it.post(&it.admin, &path, note("before")).await;
    }
    let out = it.http().delete(format!("{}/api/v1/session", it.url)).header("origin", &it.url);
    assert_eq!(out.header("cookie", &cookie).send().await.unwrap().status(), StatusCode::NO_CONTENT);
    it.post(&it.admin, &path, note("afterwards")).await;
    it.until("the end of the stream", async || (it.streams(&sue) == 0).then_some(())).await;
    let mut text = Vec::new();
    stream.read_to_end(&mut text).await.unwrap();
    let text = String::from_utf8_lossy(&text);
    assert!(text.contains("before") && !text.contains("afterwards"), "{} bytes", text.len());
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trusted_proxy_says_who_guesses_and_others_are_not_slowed_down() {
    let it = TestApp::start_with(&[("trusted_proxies", "127.0.0.0/8, ::1")]).await;
    it.person("Cora", Role::Agent).await;
    let sign_in = async |password: &str, name: &str, value: &str| {
        it.sign_in("cora@example.org", password, &[(name, value)]).await.status()
    };
    for (name, around, address) in [("x-forwarded-for", "", ""), ("forwarded", "for=\"[", "]:4711\"")] {
        // One client has all addresses of a /64.
        let network = if name == "forwarded" { "2001:db8:0:1" } else { "2001:db8:0:2" };
        let mut last = StatusCode::OK;
        for n in 0..8 {
            last = sign_in("wrong", name, &format!("{around}{network}::{n}{address}")).await;
        }
        assert_eq!(last, StatusCode::TOO_MANY_REQUESTS, "{name}");
        assert_eq!(
            sign_in(PASSWORD, name, &format!("{around}{network}::ff{address}")).await,
            StatusCode::TOO_MANY_REQUESTS
        );
        assert_eq!(sign_in(PASSWORD, name, &format!("{around}2001:db8:0:3::1{address}")).await, StatusCode::OK);
    }
    let log = it.get(&it.admin, "/audit?action=session.create").await;
    assert_eq!(log["items"][0]["detail"], "2001:db8:0:3::1");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_account_that_many_networks_guess_is_slowed_down_and_its_user_is_not_kept_out() {
    let it = TestApp::start_with(&[("trusted_proxies", "127.0.0.0/8, ::1")]).await;
    it.person("Cora", Role::Agent).await;
    let from = async |n: usize, password: &str, cookies: &str| {
        let address = format!("203.0.113.{n}");
        let headers = [("x-forwarded-for", address.as_str()), ("cookie", cookies)];
        it.sign_in("cora@example.org", password, &headers).await
    };
    let first = from(1, PASSWORD, "").await;
    let set = first.headers().get_all("set-cookie").iter();
    let cookies: Vec<_> = set.filter_map(|set| set.to_str().unwrap().split(';').next()).collect();
    let cookies = cookies.join("; ");
    for n in 10..30 {
        assert_eq!(from(n, "wrong", "").await.status(), StatusCode::UNAUTHORIZED, "{n}");
    }
    // From now on they take turns, and only a few may wait. A browser that is known has none to wait for.
    let guesses = futures_util::future::join_all((30..60).map(|n| from(n, "wrong", "")));
    let (guesses, user) = futures_util::future::join(guesses, from(2, PASSWORD, &cookies)).await;
    assert!(guesses.iter().any(|guess| guess.status() == StatusCode::TOO_MANY_REQUESTS), "they wait without end");
    assert_eq!(user.status(), StatusCode::OK);
    // In a new browser she gets in too, once there is a turn.
    it.until("a sign-in in a new browser", async || {
        (from(3, PASSWORD, "").await.status() == StatusCode::OK).then_some(())
    })
    .await;
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn users_behind_one_address_are_not_locked_out_by_strangers_there() {
    let it = TestApp::start().await;
    let gateway = it.gateway().await;
    it.person("Cora", Role::Agent).await;
    it.person("Dora", Role::Agent).await;
    let right = async |email: &str, headers: &[(&str, &str)]| it.sign_in(email, PASSWORD, headers).await;
    let first = right("cora@example.org", &[]).await;
    let cookies: Vec<_> =
        first.headers().get_all("set-cookie").iter().map(|set| set.to_str().unwrap().to_owned()).collect();
    let device = cookies.iter().find(|set| set.starts_with("deskbell-device=")).unwrap();
    assert!(device.contains("HttpOnly") && !device.contains("cora"), "{device}");
    let device = device.split(';').next().unwrap();

    // A proxy that is not on the list: for us all of them have the same address, no matter what they claim.
    let strangers = (0..40).map(|n| async move { (n, format!("198.51.100.{n}")) });
    for stranger in strangers {
        let (n, claimed) = stranger.await;
        let email = format!("stranger{n}@example.org");
        let status = it.sign_in(&email, "wrong", &[("x-forwarded-for", &claimed)]).await.status();
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(right("dora@example.org", &[("x-forwarded-for", "203.0.113.9")]).await.status(), StatusCode::OK);
    // Guesses for one account are slowed down, but not in the browser that its user signed in with before.
    let mut last = StatusCode::OK;
    for n in 0..8 {
        let claimed = format!("203.0.113.{n}");
        last = it.sign_in("cora@example.org", "wrong", &[("x-forwarded-for", &claimed)]).await.status();
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(right("cora@example.org", &[("cookie", device)]).await.status(), StatusCode::OK);
    let foreign = device.replace("deskbell-device=", "deskbell-device=A");
    for n in 0..8 {
        last = it.sign_in("dora@example.org", &format!("wrong {n}"), &[("cookie", &foreign)]).await.status();
    }
    assert_eq!(last, StatusCode::TOO_MANY_REQUESTS, "a mark that we did not make counts for nothing");

    let health = it.get(&it.admin, &format!("/gateways/{}/health", gateway["id"].as_str().unwrap())).await;
    let finding =
        health["findings"].as_array().unwrap().iter().find(|finding| finding["code"] == "untrusted_proxy");
    let finding = finding.unwrap_or_else(|| panic!("{health}"));
    assert_eq!((&finding["severity"], &finding["args"]["proxy"]), (&json!("warning"), &json!("127.0.0.1")));
    assert!(finding["message"].as_str().unwrap().contains("DESKBELL_TRUSTED_PROXIES"), "{finding}");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_wrong_passwords_leaves_room_for_the_right_one() {
    let it = TestApp::start().await;
    it.person("Cora", Role::Agent).await;
    let flood = (0..200).map(|n| it.sign_in_owned(format!("stranger{}@example.org", n % 50), "wrong"));
    let (flood, right) =
        tokio::join!(futures_util::future::join_all(flood), it.sign_in("cora@example.org", PASSWORD, &[]));
    assert_eq!(right.status(), StatusCode::OK);
    for answer in flood {
        let status = answer.status();
        assert!(matches!(status, StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS), "{status}");
        assert_eq!(answer.headers().contains_key("retry-after"), status == StatusCode::TOO_MANY_REQUESTS);
    }
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_user_has_so_many_event_streams_and_no_more() {
    let it = TestApp::start().await;
    let open =
        async || it.http().get(format!("{}/api/v1/events", it.url)).bearer_auth(&it.admin).send().await.unwrap();
    let mut streams = Vec::new();
    for _ in 0..16 {
        streams.push(open().await);
    }
    assert!(streams.iter().all(|stream| stream.status() == StatusCode::OK));
    let refused = open().await;
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers().contains_key("retry-after"));
    streams.pop();
    it.until("room for another", async || (open().await.status() == StatusCode::OK).then_some(())).await;
    it.stop().await;
}
