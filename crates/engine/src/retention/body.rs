//! Bodies of deliveries: stored as they arrived until they are applied, then compressed if that is worthwhile. A
//! webhook is never compressed before its 200.

use domain::id::DeliveryId;
use domain::time::MINUTE;
use miniz_oxide::deflate::compress_to_vec_zlib;
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;
use store::Batch;
use store::table::delivery::{self, Body, Coding};
use store::table::setting;
use tokio::sync::watch;

use super::{commit, rest};
use crate::clock::id_at;
use crate::engine::Engine;

/// Smaller ones are not compressed.
const WORTH: i64 = 1_024;
/// The compression level: medium.
const LEVEL: u8 = 6;
/// The number of bodies that are compressed together; each is at most 4 MiB.
const TOGETHER: usize = 16;
/// The number of deliveries that are read together.
const PIECE: i64 = 500;
/// Only deliveries older than this are compressed.
const AGE: i64 = 10 * MINUTE;
/// The largest decompressed body: above the limit for arriving ones (4 MiB).
const LARGEST: usize = 16 * 1024 * 1024;
/// The setting with its progress.
const PLACE: &str = "deliveries.compressed_to";

/// A body as it arrived; empty if it can no longer be decompressed.
pub fn decoded(body: Body) -> Vec<u8> {
    match body.coding {
        Coding::Plain => body.bytes,
        Coding::Compressed => decompress_to_vec_zlib_with_limit(&body.bytes, LARGEST).unwrap_or_default(),
    }
}

/// A compressed body, if that saves at least a tenth.
fn compressed(body: &[u8]) -> Option<Vec<u8>> {
    let small = compress_to_vec_zlib(body, LEVEL);
    (small.len() + body.len() / 10 < body.len()).then_some(small)
}

/// Compresses deliveries that were finished since the last time.
pub async fn round(app: &Engine, drain: &watch::Receiver<bool>) -> Result<(), store::Error> {
    let until = id_at(app.clock.now().plus(-AGE));
    loop {
        let from = setting::get(&app.store, PLACE).await?.and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
        let (from, until) = (DeliveryId(from), DeliveryId(until));
        let Some(end) = delivery::end_of_piece(&app.store, from, until, PIECE).await? else { return Ok(()) };
        let bodies = delivery::plain_bodies(&app.store, from, end, WORTH, TOGETHER as i64).await?;
        // A full page may be followed by more of the same range.
        let reached = if bodies.len() == TOGETHER { bodies.last().map_or(end, |last| last.0) } else { end };
        let mut batch = Batch::new();
        let pressed = tokio::task::spawn_blocking(move || {
            bodies
                .into_iter()
                .filter_map(|(id, body)| Some((id, compressed(&body)?, body.len())))
                .collect::<Vec<_>>()
        });
        for (id, small, length) in pressed.await.unwrap_or_default() {
            delivery::set_compressed(&mut batch, id, small, length);
        }
        setting::put(&mut batch, PLACE, &reached.to_string());
        commit(app, batch).await?;
        if !rest(drain).await {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compressed_comes_out_as_it_was_and_what_gains_nothing_stays() {
        let body = br#"{"sender":{"id":"7"},"recipient":{"id":"200"},"message":{"text":"Hello"}}"#.repeat(40);
        let small = compressed(&body).expect("repetition compresses");
        assert!(small.len() < body.len() / 5);
        assert_eq!(decoded(Body { coding: Coding::Compressed, bytes: small }), body);
        assert_eq!(decoded(Body { coding: Coding::Plain, bytes: body.clone() }), body);
        let mut seed = 7_u64;
        let noise = std::iter::repeat_with(|| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 56) as u8
        });
        assert!(compressed(&noise.take(4_096).collect::<Vec<_>>()).is_none());
        assert_eq!(decoded(Body { coding: Coding::Compressed, bytes: b"no zlib".to_vec() }), b"");
    }
}
