//! Recordings for Meta's reviewers, made by the route that the button calls: the real program, a real browser, a real video.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use domain::role::Role;
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::reviewer::invited;

/// How long a video may take on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(420);

/// Whether everything that a recording needs is here; if not, a message is printed, and in CI the test fails.
fn can_record() -> bool {
    let programs =
        ::review::film::tools::chromium(None).and_then(|_| ::review::film::tools::ffmpeg(None)).map(|_| ());
    let screens = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ui/dist/index.html");
    let missing = match programs {
        Err(error) => error.to_string(),
        Ok(()) if !screens.exists() => "The screens are not built: cargo xtask test builds them.".to_owned(),
        Ok(()) => return true,
    };
    assert!(std::env::var_os("CI").is_none(), "{missing}");
    eprintln!("SKIPPED, NOTHING IS TESTED HERE: {missing}");
    false
}

fn path(gateway: &str) -> String {
    format!("/gateways/{gateway}/review/recordings")
}

async fn recordings(it: &TestApp, gateway: &str) -> Value {
    it.get(&it.admin, &path(gateway)).await
}

/// Bytes of a recording, as a browser requests them.
async fn fetched(it: &TestApp, gateway: &str, name: &str, range: Option<&str>) -> (StatusCode, String, Vec<u8>) {
    let request = it.http().get(format!("{}/api/v1{}/{name}", it.url, path(gateway))).bearer_auth(&it.admin);
    let request = range.into_iter().fold(request, |request, range| request.header(header::RANGE, range));
    let response = request.send().await.unwrap();
    let kind = response.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
    (response.status(), kind, response.bytes().await.unwrap().to_vec())
}

fn output(program: &str, args: &[&str], video: &Path) -> String {
    let mut command = Command::new(program);
    command.args(["-v", "error"]).args(args);
    let command = command.args(if program == "ffmpeg" { ["-f", "srt", "-"].as_slice() } else { &[] });
    String::from_utf8(command.current_dir(video.parent().unwrap()).output().unwrap().stdout)
        .unwrap()
        .trim()
        .to_owned()
}

/// The video's picture at a time.
fn picture(video: &Path, seconds: f64) -> image::RgbImage {
    let file = video.with_extension(format!("{seconds:.1}.png"));
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-y", "-ss", &format!("{seconds:.2}"), "-i"]).arg(video);
    assert!(command.args(["-frames:v", "1"]).arg(&file).status().unwrap().success());
    image::open(file).unwrap().into_rgb8()
}

/// The mean brightness of a part of a picture, 0 to 255.
fn brightness(picture: &image::RgbImage, (left, top): (u32, u32), (right, bottom): (u32, u32)) -> f64 {
    let places = (top..bottom).step_by(4).flat_map(|y| (left..right).step_by(4).map(move |x| (x, y)));
    let (sum, count) = places.fold((0.0, 0.0), |(sum, count), (x, y)| {
        (sum + picture.get_pixel(x, y).0.iter().map(|part| f64::from(*part)).sum::<f64>() / 3.0, count + 1.0)
    });
    sum / count
}

/// The captions with the seconds at which each begins.
fn captions(video: &Path) -> Vec<(f64, String)> {
    let text = output("ffmpeg", &["-i", video.file_name().unwrap().to_str().unwrap()], video);
    let mut all = Vec::new();
    for block in text.split("\n\n") {
        let mut lines = block.lines().skip(1);
        let Some((from, _)) = lines.next().and_then(|times| times.split_once(" --> ")) else { continue };
        let parts: Vec<f64> = from.split(':').map(|part| part.replace(',', ".").parse().unwrap()).collect();
        all.push((parts[0] * 3_600.0 + parts[1] * 60.0 + parts[2], lines.collect::<Vec<_>>().join(" ")));
    }
    all
}

#[tokio::test]
async fn the_button_records_a_video_that_can_be_opened_watched_and_read() {
    if !can_record() {
        return;
    }
    let it = TestApp::start_process().await;
    let gateway = it.gateway_id().await;
    let before = recordings(&it, &gateway).await;
    assert_eq!((&before["possible"], &before["items"]), (&json!(true), &json!([])));
    let only = json!({"only": ["pages_show_list"]});
    let (status, begun) = it.call(&it.admin, Method::POST, &path(&gateway), Some(only.clone())).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{begun}");
    let (status, second) = it.call(&it.admin, Method::POST, &path(&gateway), Some(only)).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(second["detail"].as_str().unwrap().contains("One is made at a time"), "{second}");
    let until = Instant::now() + PATIENCE;
    let mut seen = Vec::new();
    let done = loop {
        let now = recordings(&it, &gateway).await;
        assert_eq!(now["failed"], Value::Null);
        let Some(caption) = now["running"]["caption"].as_str() else { break now };
        if seen.last().is_none_or(|last: &String| last != caption) {
            seen.push(caption.to_owned());
        }
        assert!(Instant::now() < until, "the recording is not done: {now}");
        tokio::time::sleep(Duration::from_millis(300)).await;
    };
    assert!(seen.len() > 3, "its progress can be read: {seen:?}");
    let names: Vec<_> = done["items"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["pages_show_list.mp4", "storyboard.html"]);
    assert_eq!(done["items"][0]["about"], json!("pages_show_list"));

    let (status, kind, bytes) = fetched(&it, &gateway, "pages_show_list.mp4", None).await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "video/mp4"));
    let (status, _, part) = fetched(&it, &gateway, "pages_show_list.mp4", Some("bytes=4-7")).await;
    assert_eq!((status, part.as_slice()), (StatusCode::PARTIAL_CONTENT, b"ftyp".as_slice()));
    let folder = tempfile::tempdir().unwrap();
    let video: PathBuf = folder.path().join("video.mp4");
    std::fs::write(&video, bytes).unwrap();
    let stream =
        ["-select_streams", "v", "-show_entries", "stream=codec_name,width,height", "-of", "csv=p=0", "video.mp4"];
    assert_eq!(output("ffprobe", &stream, &video), "h264,1920,1080");
    let format = ["-show_entries", "format=duration", "-of", "csv=p=0", "video.mp4"];
    let seconds: f64 = output("ffprobe", &format, &video).parse().unwrap();
    assert!((20.0..180.0).contains(&seconds), "{seconds} s");

    let captions = captions(&video);
    assert!(captions[0].1.contains("simulates Facebook"), "the first card says what this is: {}", captions[0].1);
    assert!(captions.iter().any(|(_, text)| text.starts_with("pages_show_list: ")), "{captions:?}");
    let mut strips = Vec::new();
    for (from, text) in &captions[1..] {
        let shown = picture(&video, from + 0.8);
        assert!(brightness(&shown, (0, 60), (960, 980)) > 60.0, "Messenger is dark at “{text}”");
        assert!(brightness(&shown, (960, 60), (1_920, 980)) > 60.0, "Deskbell is dark at “{text}”");
        let strip: Vec<_> = (1_000..1_070).flat_map(|y| (30..1_700).map(move |x| (x, y))).collect();
        strips.push(strip.into_iter().map(|(x, y)| shown.get_pixel(x, y).0[1] > 128).collect::<Vec<_>>());
        assert!(strips.last().unwrap().iter().any(|is_lit| *is_lit), "no caption is seen at “{text}”");
    }
    assert!(strips.windows(2).all(|pair| pair[0] != pair[1]), "each shot has a caption of its own");

    let (status, kind, board) = fetched(&it, &gateway, "storyboard.html", None).await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "text/html; charset=utf-8"));
    let board = String::from_utf8(board).unwrap();
    for (_, caption) in &captions[1..] {
        let words = caption.strip_prefix("pages_show_list: ").unwrap_or(caption);
        assert!(board.contains(&words.replace('"', "&quot;")), "the storyboard lacks “{words}”");
    }
    let (status, _) = it.call(&it.admin, Method::DELETE, &path(&gateway), None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(recordings(&it, &gateway).await["items"], json!([]));
}

#[tokio::test]
async fn a_recording_is_stopped_and_leaves_nothing_behind() {
    if !can_record() {
        return;
    }
    let it = TestApp::start_process().await;
    let gateway = it.gateway_id().await;
    it.call(&it.admin, Method::POST, &path(&gateway), Some(json!({}))).await;
    it.until("the first shot", async || {
        recordings(&it, &gateway).await["running"]["shot"].as_u64().filter(|n| *n > 0)
    })
    .await;
    let (status, _) = it.call(&it.admin, Method::DELETE, &path(&gateway), None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let after = recordings(&it, &gateway).await;
    assert_eq!((&after["running"], &after["failed"], &after["items"]), (&Value::Null, &Value::Null, &json!([])));
    assert!(!it.config.data_dir.join("review").join(&gateway).exists(), "nothing is written any more");
}

#[tokio::test]
async fn what_cannot_be_recorded_or_read_is_refused_with_a_sentence() {
    let it = TestApp::start().await;
    let gateway = it.gateway_id().await;
    let post = async |body: Value| it.call(&it.admin, Method::POST, &path(&gateway), Some(body)).await;
    let (status, problem) = post(json!({"only": ["story", "weather"]})).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("/only/1")));
    assert_eq!(post(json!({"only": []})).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(post(json!({"speed": 2})).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    let folder = it.config.data_dir.join("review").join(&gateway);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("story.mp4"), b"video").unwrap();
    std::fs::write(folder.join("story.part"), b"half a video").unwrap();
    std::fs::write(it.config.data_dir.join("review/secret.mp4"), b"of another").unwrap();
    for name in ["story.part", "none.mp4", "..%2Fsecret.mp4", "%2Fetc%2Fpasswd"] {
        let (status, _) = it.call(&it.admin, Method::GET, &format!("{}/{name}", path(&gateway)), None).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{name}");
    }
    let listed = recordings(&it, &gateway).await;
    assert_eq!(listed["items"].as_array().unwrap().len(), 1, "half a video is none: {listed}");
    for role in [Role::Agent, Role::Supervisor] {
        let other = it.user(&format!("{role:?}"), role).await;
        for (method, body) in [(Method::GET, None), (Method::POST, Some(json!({}))), (Method::DELETE, None)] {
            let (status, _) = it.call(&other, method, &path(&gateway), body).await;
            assert_eq!(status, StatusCode::FORBIDDEN);
        }
    }
    let (status, _) = it.call(&it.admin, Method::GET, &path("4711"), None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_films_this_installation_as_its_reviewer_or_says_what_is_missing() {
    if !can_record() {
        return;
    }
    let it = TestApp::start().await;
    let gateway = it.gateway_id().await;
    let folder = it.config.data_dir.join("films");
    let out = folder.to_str().unwrap();
    let words = ["review", "record", "--gateway", &gateway, "--out", out, "--only", "pages_show_list"];
    let (code, _, output) = it.command(&words, &[]).await;
    assert_eq!((code, output.contains("no reviewer's access")), (Some(1), true), "{output}");

    let (access, _) = invited(&it, &gateway).await;
    let (code, _, output) = it.command(&words, &[("DESKBELL_PUBLIC_URL", "http://127.0.0.1:9")]).await;
    assert_eq!((code, output.contains("does not answer: start Deskbell first")), (Some(1), true), "{output}");

    // Facebook's own pages are filmed by a person: the shots are theirs to go through.
    let (code, _, output) = it.command(&words, &[("DESKBELL_META_DIALOG_URL", "https://www.facebook.com")]).await;
    assert_eq!(
        (code, output.contains("not allowed to operate Facebook's own pages")),
        (Some(1), true),
        "{output}"
    );
    let screen = format!("{}/admin/gateways/{gateway}/film", it.config.public_url);
    assert!(output.contains(&screen), "it leads to where a person films: {output}");
    let board = std::fs::read_to_string(folder.join("storyboard.html")).unwrap();
    for fact in [it.config.public_url.as_str(), access["code_word"].as_str().unwrap()] {
        assert!(board.contains(fact), "the storyboard lacks {fact}");
    }
    assert!(!board.contains(access["password"].as_str().unwrap()), "what is handed about holds no password");

    let (code, _, output) = it.command(&words, &[]).await;
    assert_eq!(code, Some(0), "{output}");
    let captions = captions(&folder.join("pages_show_list.mp4"));
    assert!(captions.iter().any(|(_, text)| text.starts_with("Facebook Pages is where")), "{captions:?}");
    let audit = it.get(&it.admin, "/audit?limit=200").await;
    let connected = audit["items"].as_array().unwrap().iter().find(|it| it["action"] == "gateway.connect");
    assert_eq!(connected.unwrap()["user"]["name"], "App Reviewer", "{audit}");
    it.stop().await;
}

#[tokio::test]
async fn recordings_go_with_their_gateway() {
    let mut it = TestApp::start_process().await;
    let gateway = it.gateway_id().await;
    let folders = it.config.data_dir.join("review");
    let recordings_of = |gateway: &str| {
        std::fs::create_dir_all(folders.join(gateway)).unwrap();
        std::fs::write(folders.join(gateway).join("story.mp4"), b"video").unwrap();
    };
    recordings_of(&gateway);
    // The server was killed while it removed this one's gateway.
    recordings_of("4711");
    it.kill();
    it.restart().await;
    assert!(folders.join(&gateway).exists() && !folders.join("4711").exists());
    let (status, _) = it.call(&it.admin, Method::DELETE, &format!("/gateways/{gateway}"), None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert!(!folders.join(&gateway).exists());
}
