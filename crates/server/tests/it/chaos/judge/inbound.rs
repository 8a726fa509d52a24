//! What customers did: each acknowledged event is in its thread once, at Meta's time, and each message is in the
//! state of the last event about it.

use std::collections::HashMap;

use super::events::Events;
use super::{Stored, Verdict, count};
use crate::app::TestApp;
use crate::channel::Channel;

pub async fn judge(it: &TestApp, verdict: &mut Verdict, events: &Events, stored: &HashMap<String, Stored>) {
    for (mid, message) in &events.messages {
        let channel = message.channel.word();
        let Some(found) = stored.get(mid) else {
            verdict.accuse("missing", format!("{channel} {mid} {:?}", message.text));
            continue;
        };
        if message.text.is_some() && !found.is_unsent {
            let may = events.texts(mid, message.text.as_deref());
            if !found.text.as_ref().is_some_and(|text| may.contains(text)) {
                verdict.accuse("wrong state", format!("{channel} {mid} says {:?}, not {may:?}", found.text));
            }
        }
        // Events within the same second are ordered by when they were reported.
        let step = if message.channel == Channel::WhatsApp { 1_000_000 } else { 1_000 };
        if !(message.at..message.at + step).contains(&found.at) {
            verdict.accuse("out of order", format!("{channel} {mid} stands at {}, not {}", found.at, message.at));
        }
    }
    for (mid, found) in stored {
        let acknowledged = events.unsent.get(mid);
        if found.is_unsent && found.text.is_some() {
            verdict.accuse("wrong state", format!("{mid} was unsent and still says {:?}", found.text));
        }
        if acknowledged == Some(&true) && !found.is_unsent {
            verdict.accuse("wrong state", format!("{mid} was unsent and is still there"));
        }
        if acknowledged.is_none() && found.is_unsent {
            verdict.accuse("missing", format!("{mid}, which was never unsent"));
        }
    }
    // A message whose id we never learned (its answer and its echo were lost) cannot wear a reaction.
    for (mid, may) in events.worn() {
        let Some(found) = stored.get(mid) else { continue };
        let worn = found.extra["reactions"].as_array().into_iter().flatten().filter(|it| it["by"] == "contact");
        let worn: Vec<&str> = worn.filter_map(|reaction| reaction["emoji"].as_str()).collect();
        if worn.len() > 1 || !may.contains(&worn.first().copied()) {
            verdict.accuse("wrong state", format!("{mid} wears {worn:?}, not {may:?}"));
        }
    }
    let ids = "SELECT count(*) FROM mid i JOIN message m ON m.id = i.message_id WHERE m.direction = 'in'";
    let distinct = "SELECT count(DISTINCT i.message_id) FROM mid i JOIN message m ON m.id = i.message_id WHERE m.direction = 'in'";
    let all = count(it, "SELECT count(*) FROM message WHERE direction = 'in'", vec![]).await;
    let (ids, distinct) = (count(it, ids, vec![]).await, count(it, distinct, vec![]).await);
    if ids != distinct || distinct != all {
        verdict.accuse("doubled", format!("{all} messages of customers for {ids} ids"));
    }
}
