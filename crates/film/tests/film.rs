//! Two pages on a server of the test's own become a film that can be opened, watched and read.

mod tools;

use std::path::Path;
use std::process::Command;

use axum::Router;
use axum::response::Html;
use axum::routing::get;
use film::{Browser, Caption, Card, Film, POPUP, Seat, Thing, WINDOW};

const LEFT: &str = "<!doctype html><body style='background:#0a0;font:40px sans-serif'><p>Left page</p>\
    <button onclick=\"document.querySelector('p').textContent = 'Clicked at ' + location.host.split(':')[0]\">Press</button>";
const RIGHT: &str = "<!doctype html><body style='background:#00a;color:#fff;font:40px sans-serif'>\
    <label>Words <input oninput=\"document.querySelector('p').textContent = value\"></label><p></p>\
    <button onclick=\"window.open('/popup', '', 'popup,width=300,height=300')\">Open</button>";
const POPPED: &str = "<!doctype html><body style='background:#a00'><button onclick='window.close()'>Done</button>";

async fn pages() -> String {
    let router = Router::new()
        .route("/left", get(|| async { Html(LEFT) }))
        .route("/right", get(|| async { Html(RIGHT) }))
        .route("/popup", get(|| async { Html(POPPED) }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}

fn probe(path: &Path, asked: &[&str]) -> String {
    let output = Command::new("ffprobe").args(["-v", "error", "-of", "csv=p=0"]).args(asked).arg(path).output();
    String::from_utf8(output.unwrap().stdout).unwrap().trim().to_owned()
}

/// The film's picture at a time.
fn picture(path: &Path, seconds: f64) -> image::RgbImage {
    let file = path.with_extension(format!("{seconds}.png"));
    let at = format!("{seconds:.2}");
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-ss", &at, "-i"])
        .arg(path)
        .args(["-frames:v", "1"])
        .arg(&file)
        .status();
    assert!(made.unwrap().success());
    image::open(file).unwrap().into_rgb8()
}

/// The colour that most of a part of a picture has, roughly.
fn colour(picture: &image::RgbImage, (x, y): (u32, u32)) -> [u8; 3] {
    picture.get_pixel(x, y).0.map(|part| if part > 90 { 1 } else { 0 })
}

#[tokio::test]
async fn two_windows_a_popup_and_captions_become_a_film() {
    let Some(tools) = tools::both() else { return };
    let url = pages().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("short.mp4");
    let browser = Browser::start(&tools.chromium, &["127.0.0.1"]).await.unwrap();
    let mut film = Film::begin(&browser).await.unwrap();
    let (one, other) = (browser.context().await.unwrap(), browser.context().await.unwrap());
    let left = browser.window(&one, WINDOW).await.unwrap();
    left.go(&format!("{url}/left")).await.unwrap();
    let right = browser.window(&other, WINDOW).await.unwrap();
    right.go(&format!("{url}/right")).await.unwrap();

    let card = Card { title: "A title".into(), notice: Some("Only a test.".into()), ..Card::default() };
    film.card(&card, 1.0).await.unwrap();
    film.seat(Seat::Left, left, "Left").await.unwrap();
    film.seat(Seat::Right, right, "Right").await.unwrap();
    film.caption(Caption { text: "A press & a click.".into(), ..Caption::default() }).await.unwrap();
    film.click(Seat::Left, &Thing::named("button", "Press")).await.unwrap();
    film.sees(Seat::Left, &Thing::named("p", "Clicked at 127.0.0.1")).await.unwrap();
    let clicked = film.now();
    film.hold(0.5).await;
    film.caption(Caption { text: "Words.".into(), tag: Some("pages_show_list".into()), ..Caption::default() })
        .await
        .unwrap();
    film.write(Seat::Right, &Thing::named("input", "Words"), "Héllo 👋").await.unwrap();
    film.sees(Seat::Right, &Thing::named("p", "Héllo 👋")).await.unwrap();
    film.click(Seat::Right, &Thing::named("button", "Open")).await.unwrap();
    let popup = browser.popup(film.page(Seat::Right).unwrap(), POPUP).await.unwrap();
    popup.sees(&Thing::named("button", "Done")).await.unwrap();
    film.seat(Seat::Popup, popup, "Popup").await.unwrap();
    film.caption(Caption { text: "A window in front.".into(), ..Caption::default() }).await.unwrap();
    film.hold(0.6).await;
    let popped = film.now() - 0.2;
    film.click(Seat::Popup, &Thing::named("button", "Done")).await.unwrap();
    film.closed(Seat::Popup).await.unwrap();
    film.hold(0.6).await;
    let cut = film.finish(&tools.ffmpeg, &path, "Short", |_| {}).await.unwrap();

    assert_eq!(
        probe(&path, &["-select_streams", "v", "-show_entries", "stream=codec_name,width,height,pix_fmt"]),
        "h264,1920,1080,yuv420p"
    );
    let seconds: f64 = probe(&path, &["-show_entries", "format=duration"]).parse().unwrap();
    assert!((seconds - cut.seconds).abs() < 0.2, "{seconds} s, and {} s were filmed", cut.seconds);
    assert_eq!(probe(&path, &["-select_streams", "s", "-show_entries", "stream=codec_name"]), "mov_text");
    let words = Command::new("ffmpeg").args(["-v", "error", "-i"]).arg(&path).args(["-f", "srt", "-"]).output();
    let words = String::from_utf8(words.unwrap().stdout).unwrap();
    for caption in ["Only a test.", "A press & a click.", "pages_show_list: Words.", "A window in front."] {
        assert!(words.contains(caption), "{caption} in {words}");
    }

    let card = picture(&path, 0.5);
    assert!(card.pixels().any(|pixel| pixel.0.iter().all(|part| *part > 200)), "the card has white letters");
    let pressed = picture(&path, clicked + 0.3);
    assert_eq!(colour(&pressed, (500, 900)), [0, 1, 0], "the left page is green");
    assert_eq!(colour(&pressed, (1_500, 900)), [0, 0, 1], "the right page is blue");
    let popped = picture(&path, popped);
    assert_eq!(colour(&popped, (1_440, 700)), [1, 0, 0], "the popup is red and in front");
    let last = picture(&path, seconds - 0.2);
    assert_eq!(colour(&last, (1_440, 700)), [0, 0, 1], "the popup is gone");
    let caption = |picture: &image::RgbImage| {
        (990..1_078)
            .flat_map(|y| (0..1_920).map(move |x| (x, y)))
            .map(|(x, y)| picture.get_pixel(x, y).0)
            .collect()
    };
    let (first, second): (Vec<_>, Vec<_>) = (caption(&pressed), caption(&popped));
    assert!(first != second, "the captions differ");
}

#[tokio::test]
async fn only_the_named_hosts_are_visited() {
    let Some(tools) = tools::both() else { return };
    let url = pages().await;
    let browser = Browser::start(&tools.chromium, &["localhost"]).await.unwrap();
    let page = browser.window(&browser.context().await.unwrap(), WINDOW).await.unwrap();
    let error = page.go(&format!("{url}/left")).await.unwrap_err();
    assert!(error.to_string().contains("none of the addresses that may be filmed"), "{error}");
    // Not by a link or a script either.
    page.value(&format!("location.href = '{url}/left'")).await.unwrap();
    page.until("the refusal", "location.href !== 'about:blank' || document.readyState === 'complete'")
        .await
        .unwrap();
    assert!(!page.has(&Thing::named("p", "Left page")).await.unwrap());
}

#[tokio::test]
async fn a_browser_that_cannot_start_says_why() {
    let Err(error) = Browser::start(Path::new("/bin/false"), &[]).await else { panic!("false is no browser") };
    assert!(error.to_string().starts_with("/bin/false could not be started"), "{error}");
}

#[tokio::test]
async fn two_browsers_run_at_once_and_a_third_waits() {
    let Some(tools) = tools::both() else { return };
    let first = Browser::start(&tools.chromium, &[]).await.unwrap();
    let second = Browser::start(&tools.chromium, &[]).await.unwrap();
    assert!(film::Place::take().is_none());
    let mut third = Box::pin(Browser::start(&tools.chromium, &[]));
    let is_waiting = tokio::select! {
        biased;
        _ = third.as_mut() => false,
        () = tokio::task::yield_now() => true,
    };
    assert!(is_waiting);
    drop(first);
    drop((third.await.unwrap(), second));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_browser_knows_nothing_of_our_environment() {
    let Some(tools) = tools::both() else { return };
    let _browser = Browser::start(&tools.chromium, &[]).await.unwrap();
    let us = std::process::id();
    let mut seen = 0;
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let read = |name: &str| std::fs::read_to_string(entry.path().join(name)).unwrap_or_default();
        let is_child = read("status").lines().any(|line| line == format!("PPid:\t{us}"));
        if is_child && read("cmdline").contains("--headless") {
            seen += 1;
            let environment = read("environ");
            assert!(environment.contains("HOME="), "{environment}");
            assert!(!environment.contains("CARGO_MANIFEST_DIR"), "{environment}");
        }
    }
    assert_eq!(seen, 1);
}
