//! Search over many messages: they are written into the store of a server that is not running, in words of which few are frequent
//! and most are rare, and then asked for as an administrator does.

use std::path::Path;
use std::time::{Duration, Instant};

use domain::search::indexed;
use rusqlite::Connection;

use crate::Options;
use crate::figures::{Times, thousands};
use crate::graph::Graph;
use crate::product::Product;

/// Messages without `--count`.
pub const MESSAGES: usize = 1_000_000;
const IN_A_CONVERSATION: i64 = 5;
/// Words of a message.
const LENGTH: usize = 12;
/// Words that there are.
const VOCABULARY: i64 = 50_000;
/// Requests of each kind.
const ASKED: i64 = 100;

/// The words of the search with a number.
type Words = fn(i64) -> String;

/// Measures and prints.
pub async fn measure(options: Options) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| format!("No temporary folder could be made: {error}."))?;
    let graph = Graph::start()?;
    // The first start makes the schema and the administrator.
    drop(Product::start(folder.path(), &graph).await?);
    let count = options.count / options.divisor;
    eprintln!("  {} messages are written", thousands(count as f64));
    write(&folder.path().join("deskbell.db"), count)
        .map_err(|error| format!("They were not written: {error}."))?;
    let product = Product::start(folder.path(), &graph).await?;
    println!(
        "\na search over {} messages, ms (of {ASKED} requests each)   found    median       p95   (aim p95 50)",
        thousands(count as f64)
    );
    let kinds: [(&str, Words); 5] = [
        ("a frequent word", |n| word(n % 20)),
        ("a usual word", |n| word(200 + n)),
        ("a rare word", |n| word(VOCABULARY / 2 + n)),
        ("two usual words", |n| format!("{} {}", word(200 + n), word(300 + n))),
        ("words that no message has", |n| format!("missing{n}")),
    ];
    for (kind, words) in kinds {
        let (mut times, mut found) = (Vec::new(), 0);
        for n in 0..ASKED {
            let path = format!("/search?kind=message&q={}", words(n).replace(' ', "%20"));
            let asked = Instant::now();
            let answer = product.call("GET", &path, None).await?;
            times.push(asked.elapsed());
            found += answer["items"].as_array().map_or(0, Vec::len);
        }
        let times = Times::new(times);
        println!("    {kind:<46} {found:>12} {:>9.1} {:>9.1}", times.percentile(0.5), times.percentile(0.95));
    }
    Ok(())
}

/// The word of a rank; the first are the most frequent.
fn word(rank: i64) -> String {
    const SYLLABLES: [&str; 16] =
        ["ba", "do", "ke", "li", "mo", "nu", "pa", "re", "si", "to", "va", "ze", "fi", "gu", "ho", "ja"];
    let syllable = |n: i64| SYLLABLES[usize::try_from(n % 16).unwrap_or(0)];
    format!("{}{}{}{}", syllable(rank), syllable(rank / 16), syllable(rank / 256), syllable(rank / 4_096))
}

fn write(file: &Path, count: usize) -> rusqlite::Result<()> {
    let mut database = Connection::open(file)?;
    database.busy_timeout(Duration::from_secs(10))?;
    database.pragma_update(None, "cache_size", -200_000)?;
    let mut random = 7_u64;
    let mut next = move || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 11) as f64 / (1_u64 << 53) as f64
    };
    let batch = database.transaction()?;
    batch.execute("INSERT INTO contact (id, name_folded, created_at) VALUES (1, '', 0)", [])?;
    {
        let mut conversation = batch.prepare(
            "INSERT INTO conversation (id, identity_id, contact_id, gateway_id, channel, account_id, state, priority, created_at,
                 last_activity_at, closed_at, unread, data, version)
             VALUES (?1, ?1, 1, 1, 'messenger', '200', 'closed', 0, ?2, ?2, ?2, 0, '{}', 1)",
        )?;
        let mut message = batch.prepare(
            "INSERT INTO message (id, conversation_id, identity_id, kind, direction, sender_kind, sender_name, text, folded, words,
                 data, status, at)
             VALUES (?1, ?2, ?2, 'text', 'in', 'contact', '', ?3, ?3, ?4, '{}', 'received', ?5)",
        )?;
        for n in 0..i64::try_from(count).unwrap_or(i64::MAX) {
            let (id, at) = (1 + n / IN_A_CONVERSATION, 1_700_000_000_000_000 + n * 1_000_000);
            if n % IN_A_CONVERSATION == 0 {
                conversation.execute((id, at))?;
            }
            let text: Vec<String> = (0..LENGTH)
                .map(|_| {
                    // The word of rank r comes about 1/r as often as the first.
                    let rank = (VOCABULARY as f64).powf(next());
                    word(rank as i64 - 1)
                })
                .collect();
            let text = text.join(" ");
            message.execute((n + 1, id, &text, indexed(&text), at))?;
        }
    }
    batch.commit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_another() {
        let words: std::collections::HashSet<String> = (0..VOCABULARY).map(word).collect();
        assert_eq!(words.len(), usize::try_from(VOCABULARY).unwrap());
    }
}
