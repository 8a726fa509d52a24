//! Pictures that are made to cost memory: they are stored and shown as they are, and the server lives on.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixture::{active, change_row};
use crate::routes::media::upload;

/// A progressive JPEG of 8,000 × 8,000 grey points in three full planes: some hundred thousand bytes, for which a decoder needs
/// more than 500 MB.
fn progressive() -> Vec<u8> {
    let side = 8_000_u16.to_be_bytes();
    let mut jpeg = vec![0xff, 0xd8];
    let mut segment = |marker: u8, body: &[u8]| {
        jpeg.extend([0xff, marker]);
        jpeg.extend(u16::try_from(body.len() + 2).unwrap().to_be_bytes());
        jpeg.extend(body);
    };
    segment(0xdb, &[&[0][..], &[1; 64]].concat());
    segment(0xc2, &[8, side[0], side[1], side[0], side[1], 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]);
    // One code of one bit: no difference to the block before.
    segment(0xc4, &[&[0x00, 1][..], &[0; 15], &[0]].concat());
    segment(0xda, &[3, 1, 0, 2, 0, 3, 0, 0, 0, 0]);
    // Three planes of 1,000 × 1,000 blocks, one bit each.
    jpeg.extend(vec![0; 3 * 1_000 * 1_000 / 8]);
    jpeg.extend([0xff, 0xd9]);
    jpeg
}

/// A PNG of 600 × 600 points with a colour profile of 300 MB of zeros, packed into 300 kB.
fn profile() -> Vec<u8> {
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(600, 600).write_to(&mut png, image::ImageFormat::Png).unwrap();
    let png = png.into_inner();
    let packed = miniz_oxide::deflate::compress_to_vec_zlib(&vec![0; 300 * 1024 * 1024], 1);
    let chunk = [&b"iCCPx\0\0"[..], &packed].concat();
    let length = u32::try_from(chunk.len() - 4).unwrap().to_be_bytes();
    let sum = !chunk.iter().fold(!0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg()))
    });
    // After its first chunk, which contains its size.
    [&png[..33], &length, &chunk, &sum.to_be_bytes(), &png[33..]].concat()
}

/// A WebP of 600 × 600 points whose note of the camera claims to be 4 GB long.
fn note() -> Vec<u8> {
    let mut webp = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(600, 600).write_to(&mut webp, image::ImageFormat::WebP).unwrap();
    let webp = webp.into_inner();
    let (extended, note) =
        (&b"VP8X\x0a\0\0\0\x08\0\0\0\x57\x02\0\x57\x02\0"[..], &b"EXIF\xf0\xff\xff\xffMM\0*"[..]);
    let length = u32::try_from(webp.len() - 8 + extended.len() + note.len()).unwrap().to_le_bytes();
    [&b"RIFF"[..], &length, b"WEBP", extended, &webp[12..], note].concat()
}

/// The most memory that the process ever had, in MB.
fn peak(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap() / 1024
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_that_is_made_to_cost_memory_is_stored_and_not_opened() {
    let it = TestApp::start_process().await;
    let (ben, id, _) = active(&it).await;
    let before = peak(it.process());
    let jpeg = progressive();
    let (status, medium) = upload(&it, &ben, &id, "photo.jpg", &jpeg).await;
    assert_eq!((status, &medium["mime"]), (StatusCode::CREATED, &json!("image/jpeg")), "{medium}");
    let data = STANDARD.encode(&jpeg);
    for kind in ["image", "file"] {
        it.writes("olena", json!({ "attachment": { "type": kind, "data": data, "name": "photo.jpg" } })).await;
    }
    let shown = it
        .until("the pictures of the customer", async || {
            let thread = it.get(&ben, &format!("/conversations/{id}/messages?limit=200")).await;
            let items = thread["items"].as_array()?;
            let files: Vec<Value> = items
                .iter()
                .filter(|m| m["direction"] == "in")
                .flat_map(|m| m["attachments"].as_array().cloned().unwrap_or_default())
                .filter(|file| file["status"] == "stored")
                .collect();
            (files.len() == 2).then_some(files)
        })
        .await;
    for file in shown {
        assert_eq!((&file["thumb_url"], &file["width"]), (&Value::Null, &json!(8_000)), "{file}");
    }
    let grown = peak(it.process()) - before;
    assert!(grown < 200, "{grown} MB more");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_lies_beside_a_picture_is_not_unpacked() {
    let mut it = TestApp::start_process().await;
    let (ben, id, _) = active(&it).await;
    it.kill();
    // An allocation beyond this ends the process.
    it.restart_after("ulimit -v 2000000").await;
    let before = peak(it.process());
    for (bytes, mime) in [(profile(), "image/png"), (note(), "image/webp")] {
        let (status, medium) = upload(&it, &ben, &id, "photo", &bytes).await;
        assert_eq!((status, &medium["mime"]), (StatusCode::CREATED, &json!(mime)));
        let data = STANDARD.encode(&bytes);
        it.writes("olena", json!({ "attachment": { "type": "image", "data": data } })).await;
    }
    let shown = it
        .until("the pictures of the customer", async || {
            let thread = it.get(&ben, &format!("/conversations/{id}/messages?limit=200")).await;
            let items = thread["items"].as_array()?;
            let stored: Vec<Value> = items
                .iter()
                .filter(|message| message["direction"] == "in")
                .flat_map(|message| message["attachments"].as_array().cloned().unwrap_or_default())
                .filter(|file| file["status"] == "stored")
                .collect();
            (stored.len() == 2).then_some(stored)
        })
        .await;
    assert!(shown.iter().all(|file| file["width"] == 600 && file["height"] == 600), "{shown:?}");
    let grown = peak(it.process()) - before;
    assert!(grown < 150, "{grown} MB more");
    it.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_whose_opening_ended_the_process_is_not_opened_again() {
    let it = TestApp::start().await;
    let (ben, id, _) = active(&it).await;
    let mut large = std::io::Cursor::new(Vec::new());
    let noise = |x: u32, y: u32| image::Rgb([((x * 7) ^ (y * 13)) as u8, (x * y) as u8, (x ^ y) as u8]);
    image::RgbImage::from_fn(1_200, 900, noise).write_to(&mut large, image::ImageFormat::Png).unwrap();
    it.control(Method::POST, "/faults", json!({ "kind": "cdn", "status": 500, "times": 2 })).await;
    let data = STANDARD.encode(large.into_inner());
    it.writes("olena", json!({ "attachment": { "type": "image", "data": data } })).await;
    let file = async || {
        let thread = it.get(&ben, &format!("/conversations/{id}/messages?limit=200")).await;
        let message = thread["items"].as_array()?.iter().find(|message| message["kind"] == "attachment")?.clone();
        Some(message["attachments"][0].clone())
    };
    it.until("a first try", async || file().await?["error"].is_string().then_some(())).await;
    // The row as it is when the process was killed while it processed the picture.
    change_row(&it, "UPDATE medium SET thumbnail = 2 WHERE state = 'pending'", vec![]).await;
    it.clock.advance(domain::time::MINUTE);
    let shown = it.until("the picture", async || file().await.filter(|file| file["status"] == "stored")).await;
    assert_eq!((&shown["thumb_url"], &shown["width"]), (&Value::Null, &Value::Null), "{shown}");
    it.stop().await;
}
