//! Films of the real Messenger: the instructions for a person, and the processing of the video that they upload.

use std::time::Duration;

use domain::role::Role;
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;

use super::{permission, review};
use crate::app::TestApp;
use crate::reviewer::invited;

const GIB: u64 = 1024 * 1024 * 1024;

fn mp4(length: usize) -> Vec<u8> {
    let mut film = b"\0\0\0\x1cftypisom".to_vec();
    film.extend((film.len()..length).map(|n| (n % 251) as u8));
    film
}

fn webm() -> Vec<u8> {
    [&[0x1a, 0x45, 0xdf, 0xa3, 0x9f, 0x42, 0x82, 0x84], b"webm".as_slice(), &[7; 400]].concat()
}

async fn bring(it: &TestApp, who: &str, gateway: &str, film: &str, video: Vec<u8>) -> (StatusCode, Value) {
    let url = format!("{}/api/v1/gateways/{gateway}/review/recordings/{film}", it.url);
    // The header does not contain its type.
    let request = it.http().put(url).bearer_auth(who).header(header::CONTENT_TYPE, "text/plain").body(video);
    let response = request.send().await.unwrap();
    (response.status(), response.json().await.unwrap_or_default())
}

async fn names(it: &TestApp, gateway: &str) -> Vec<String> {
    let list = it.get(&it.admin, &format!("/gateways/{gateway}/review/recordings")).await;
    list["items"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
}

fn files(it: &TestApp, gateway: &str) -> usize {
    std::fs::read_dir(it.config.data_dir.join("review").join(gateway)).into_iter().flatten().count()
}

#[tokio::test]
async fn a_film_is_kept_whole_listed_first_served_in_parts_and_removed_alone() {
    let it = TestApp::start().await;
    let gateway = it.gateway_id().await;
    let folder = it.config.data_dir.join("review").join(&gateway);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("pages_messaging.mp4"), b"a pattern").unwrap();
    // Larger than any other body that the API takes.
    let film = mp4(3 * 1024 * 1024);
    let (status, stored) = bring(&it, &it.admin, &gateway, "pages_messaging", film.clone()).await;
    assert_eq!((status, &stored["name"]), (StatusCode::OK, &json!("pages_messaging.real.mp4")), "{stored}");
    let path = format!("/gateways/{gateway}/review/recordings");
    let list = it.get(&it.admin, &path).await;
    let shown = |n: usize| [&list["items"][n]["name"], &list["items"][n]["source"], &list["items"][n]["about"]];
    assert_eq!(shown(0), ["pages_messaging.real.mp4", "filmed", "pages_messaging"]);
    assert_eq!(shown(1), ["pages_messaging.mp4", "sandbox", "pages_messaging"]);
    let recorded = review(&it, &gateway).await;
    assert_eq!(permission(&recorded, "pages_messaging")["recorded"], "pages_messaging.real.mp4");

    let url = format!("{}/api/v1{path}/pages_messaging.real.mp4", it.url);
    let asked =
        |range: &'static str| it.http().get(&url).bearer_auth(&it.admin).header(header::RANGE, range).send();
    let part = asked("bytes=1000000-1000099").await.unwrap();
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.headers()[header::CONTENT_TYPE], "video/mp4");
    assert_eq!(part.bytes().await.unwrap(), film[1_000_000..1_000_100]);
    assert_eq!(asked("bytes=9999999-").await.unwrap().status(), StatusCode::RANGE_NOT_SATISFIABLE);
    let whole = it.http().get(&url).bearer_auth(&it.admin).send().await.unwrap();
    assert_eq!(whole.bytes().await.unwrap(), film);

    // Filmed again in another browser: the newer one replaces the older.
    let (status, stored) = bring(&it, &it.admin, &gateway, "pages_messaging", webm()).await;
    assert_eq!((status, &stored["name"]), (StatusCode::OK, &json!("pages_messaging.real.webm")));
    assert_eq!(names(&it, &gateway).await, ["pages_messaging.real.webm", "pages_messaging.mp4"]);
    let (status, _) = it.call(&it.admin, Method::DELETE, &format!("{path}/pages_messaging.real.webm"), None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(names(&it, &gateway).await, ["pages_messaging.mp4"]);
    let (status, _) = it.call(&it.admin, Method::DELETE, &format!("{path}/pages_messaging.real.webm"), None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let audit = it.get(&it.admin, "/audit?limit=50").await;
    let steps = audit["items"].as_array().unwrap().iter().map(|it| it["action"].as_str().unwrap());
    let steps: Vec<_> = steps.filter(|it| it.starts_with("review.")).collect();
    assert_eq!(steps, ["review.record.remove", "review.film", "review.film"]);
}

#[tokio::test]
async fn a_film_that_is_cut_off_wrong_or_too_large_changes_nothing_and_says_why() {
    let it = TestApp::start().await;
    let gateway = it.gateway_id().await;
    bring(&it, &it.admin, &gateway, "story", webm()).await;
    for wrong in [b"<html><script>".to_vec(), vec![b'x'; 500_000], Vec::new()] {
        let (status, problem) = bring(&it, &it.admin, &gateway, "story", wrong).await;
        assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        assert!(problem["detail"].as_str().unwrap().contains("neither an MP4 nor a WebM"), "{problem}");
    }
    let (status, _) = bring(&it, &it.admin, &gateway, "weather", webm()).await;
    assert_eq!(status, StatusCode::NOT_FOUND);

    let host = it.url.strip_prefix("http://").unwrap();
    let head = |length: u64| {
        format!(
            "PUT /api/v1/gateways/{gateway}/review/recordings/story HTTP/1.1\r\nhost: {host}\r\n\
             authorization: Bearer {}\r\ncontent-length: {length}\r\n\r\n",
            it.admin
        )
    };
    // Half a film, and the line is cut.
    let mut line = tokio::net::TcpStream::connect(host).await.unwrap();
    line.write_all(head(100_000).as_bytes()).await.unwrap();
    line.write_all(&mp4(50_000)).await.unwrap();
    it.until("half of it is written", async || (files(&it, &gateway) == 2).then_some(())).await;
    assert_eq!(names(&it, &gateway).await, ["story.real.webm"], "what still comes is no recording");
    drop(line);
    it.until("nothing is left of it", async || (files(&it, &gateway) == 1).then_some(())).await;
    assert_eq!(names(&it, &gateway).await, ["story.real.webm"]);

    let mut line = tokio::net::TcpStream::connect(host).await.unwrap();
    line.write_all(head(GIB + 1).as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    let read = tokio::io::AsyncReadExt::read(&mut line, &mut answer);
    let read = tokio::time::timeout(Duration::from_secs(20), read).await.unwrap().unwrap();
    let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[tokio::test]
async fn the_films_are_those_of_the_scripts_as_the_reviewer_goes_through_them() {
    let it = TestApp::start().await;
    let gateway = it.gateway_id().await;
    let path = format!("/gateways/{gateway}/review/films");
    let list = it.get(&it.admin, &path).await;
    let films = |list: &Value| -> Vec<String> {
        list["films"].as_array().unwrap().iter().map(|it| it["film"].as_str().unwrap().to_owned()).collect()
    };
    let every = [
        "story",
        "pages_show_list",
        "pages_messaging",
        "pages_manage_metadata",
        "business_asset_user_profile_access",
    ];
    assert_eq!(films(&list), every, "Human Agent is for those who use it");
    assert!(list["notice"].as_str().unwrap().contains("sandbox"), "the test's Meta is a stand-in");
    // One source: the storyboard has the same shots.
    let board = format!("{}/api/v1/gateways/{gateway}/review/documents/storyboard.html", it.url);
    let board = it.http().get(board).bearer_auth(&it.admin).send().await.unwrap().text().await.unwrap();
    for shot in list["films"].as_array().unwrap().iter().flat_map(|it| it["shots"].as_array().unwrap()) {
        let words = shot["caption"].as_str().unwrap().replace('"', "&quot;");
        assert!(board.contains(&words), "the storyboard lacks “{words}”");
        assert!(!shot["by_hand"].as_str().unwrap().is_empty());
    }

    let (access, _) = invited(&it, &gateway).await;
    let (status, _) = it
        .call(&it.admin, Method::PATCH, &format!("/gateways/{gateway}"), Some(json!({"human_agent": true})))
        .await;
    assert_eq!(status, StatusCode::OK);
    let list = it.get(&it.admin, &path).await;
    assert_eq!(films(&list).last().unwrap(), "human_agent");
    let all = list.to_string();
    assert!(all.contains(access["code_word"].as_str().unwrap()), "the customer writes the reviewer's code word");
    assert!(!all.contains(access["password"].as_str().unwrap()), "a film's words hold no password");
}

#[tokio::test]
async fn only_administrators_bring_films_read_them_or_take_them_away() {
    let it = TestApp::start().await;
    let gateway = it.gateway_id().await;
    bring(&it, &it.admin, &gateway, "story", webm()).await;
    let (_, reviewer) = invited(&it, &gateway).await;
    let mut others = vec![reviewer];
    for role in [Role::Agent, Role::Supervisor] {
        others.push(it.user(&format!("{role:?}"), role).await);
    }
    for other in others {
        assert_eq!(bring(&it, &other, &gateway, "story", mp4(900)).await.0, StatusCode::FORBIDDEN);
        for (method, path) in [
            (Method::GET, "films"),
            (Method::GET, "recordings/story.real.webm"),
            (Method::DELETE, "recordings/story.real.webm"),
        ] {
            let (status, _) = it.call(&other, method, &format!("/gateways/{gateway}/review/{path}"), None).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
        }
    }
    assert_eq!(names(&it, &gateway).await, ["story.real.webm"]);
}
