//! What customers did: each acknowledged event is in its thread once, at Meta's time, and each message is in the state
//! that the last event about it left.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use reqwest::Method;
use serde_json::{Value, json};

use super::{Stored, Verdict, count};
use crate::app::TestApp;

/// One reaction of the customer: when, which emoji, and whether its webhook was answered with 200.
struct Reaction {
    at: i64,
    emoji: Option<String>,
    acknowledged: bool,
}

/// Everything that Meta's side tried to deliver, by what it is about. The log holds lost webhooks too.
#[derive(Default)]
pub struct Events {
    /// Acknowledged messages of customers, by id.
    written: BTreeMap<String, Value>,
    /// Edits by message and number: the text, and whether it was acknowledged.
    edits: HashMap<String, BTreeMap<u64, (String, bool)>>,
    /// Messages that were taken back, and whether that was acknowledged.
    unsent: HashMap<String, bool>,
    reactions: HashMap<String, Vec<Reaction>>,
    /// Acknowledged comments by Meta's id: the text.
    pub comments: BTreeMap<String, String>,
    /// Our own marks on acknowledged echoes.
    pub echoes: BTreeSet<String>,
}

impl Events {
    /// Reads the log of deliveries.
    pub async fn read(it: &TestApp, verdict: &mut Verdict) -> Self {
        let mut seen: BTreeMap<String, (Value, bool)> = BTreeMap::new();
        let (mut acknowledged, mut repeated, mut after) = (0, 0, 0);
        loop {
            let path = format!("/deliveries?kind=webhook&limit=2000&after_id={after}");
            let part = it.control(Method::GET, &path, json!({})).await;
            let items = part["items"].as_array().unwrap();
            let Some(last) = items.last() else { break };
            after = last["id"].as_u64().unwrap();
            for delivery in items {
                let entry = &delivery["body"]["entry"][0];
                let event =
                    if entry["changes"].is_array() { &entry["changes"][0] } else { &entry["messaging"][0] };
                let is_taken = delivery["status"] == 200;
                let (_, was_taken) = seen.entry(event.to_string()).or_insert_with(|| (event.clone(), false));
                acknowledged += usize::from(is_taken);
                repeated += usize::from(is_taken && *was_taken);
                *was_taken |= is_taken;
            }
        }
        let mut events = Self::default();
        for (event, is_taken) in seen.values() {
            events.add(event, *is_taken);
        }
        verdict.figure("events of customers and echoes", seen.len());
        verdict.figure("deliveries acknowledged", acknowledged);
        verdict.figure("of these delivered again", repeated);
        verdict.figure("messages of customers", events.written.len());
        verdict.figure("messages edited", events.edits.len());
        verdict.figure("messages unsent", events.unsent.len());
        verdict.figure("messages reacted to", events.reactions.len());
        verdict.figure("comments", events.comments.len());
        events
    }

    fn add(&mut self, event: &Value, acknowledged: bool) {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        if let Some(mid) = text(&event["message_edit"]["mid"]) {
            let edit = &event["message_edit"];
            let number = edit["num_edit"].as_u64().unwrap();
            self.edits.entry(mid).or_default().insert(number, (text(&edit["text"]).unwrap(), acknowledged));
        } else if let Some(mid) = text(&event["reaction"]["mid"]) {
            let at = event["timestamp"].as_i64().unwrap();
            let emoji = text(&event["reaction"]["emoji"]);
            self.reactions.entry(mid).or_default().push(Reaction { at, emoji, acknowledged });
        } else if let Some(mid) = text(&event["message"]["mid"]) {
            let message = &event["message"];
            if message["is_deleted"] == true {
                self.unsent.insert(mid, acknowledged);
            } else if message["is_echo"] == true {
                self.echoes.extend(text(&message["metadata"]).filter(|_| acknowledged));
            } else if acknowledged {
                self.written.insert(mid, event.clone());
            }
        } else if acknowledged && let Some(id) = text(&event["value"]["comment_id"]) {
            self.comments.insert(id, text(&event["value"]["message"]).unwrap());
        }
    }

    /// The texts that a message may have now. An edit without an acknowledgement may still have been applied.
    fn texts(&self, mid: &str, original: Option<&str>) -> Vec<String> {
        let edits = self.edits.get(mid);
        let certain =
            edits.into_iter().flatten().filter(|(_, (_, taken))| *taken).map(|(number, _)| *number).max();
        let later =
            edits.into_iter().flatten().filter(|(number, _)| certain.is_none_or(|certain| **number >= certain));
        let later = later.map(|(_, (text, _))| text.clone());
        original.filter(|_| certain.is_none()).map(str::to_owned).into_iter().chain(later).collect()
    }

    /// The reactions that a message may wear now: that of the last acknowledged event, or of a later one.
    fn reactions(reactions: &[Reaction]) -> Option<Vec<Option<&str>>> {
        let certain =
            reactions.iter().filter(|reaction| reaction.acknowledged).map(|reaction| reaction.at).max()?;
        let later = reactions.iter().filter(|reaction| reaction.at >= certain);
        Some(later.map(|reaction| reaction.emoji.as_deref()).collect())
    }
}

pub async fn judge(it: &TestApp, verdict: &mut Verdict, events: &Events, stored: &HashMap<String, Stored>) {
    for (mid, event) in &events.written {
        let Some(found) = stored.get(mid) else {
            verdict.accuse("missing", format!("{mid} {}", event["message"]["text"]));
            continue;
        };
        let text = event["message"]["text"].as_str();
        if text.is_some() && !found.is_unsent {
            let may = events.texts(mid, text);
            if !found.text.as_ref().is_some_and(|text| may.contains(text)) {
                verdict.accuse("wrong state", format!("{mid} says {:?}, not {may:?}", found.text));
            }
        }
        if found.at != event["timestamp"].as_i64().unwrap() * 1_000 {
            verdict.accuse("out of order", format!("{mid} stands at {}", found.at));
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
    for (mid, reactions) in &events.reactions {
        let (Some(found), Some(may)) = (stored.get(mid), Events::reactions(reactions)) else { continue };
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

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(numbers: &[(u64, bool)]) -> Events {
        let edits = numbers.iter().map(|(number, taken)| (*number, (format!("edit {number}"), *taken)));
        Events { edits: HashMap::from([("m".to_owned(), edits.collect())]), ..Events::default() }
    }

    #[test]
    fn the_last_acknowledged_edit_decides_unless_a_later_one_may_have_come() {
        assert_eq!(edited(&[]).texts("m", Some("first")), ["first"]);
        assert_eq!(edited(&[(1, true), (2, true)]).texts("m", Some("first")), ["edit 2"]);
        assert_eq!(edited(&[(1, true), (2, false)]).texts("m", Some("first")), ["edit 1", "edit 2"]);
        assert_eq!(edited(&[(1, false)]).texts("m", Some("first")), ["first", "edit 1"]);
    }

    #[test]
    fn the_last_acknowledged_reaction_decides() {
        let reaction =
            |at, emoji: Option<&str>, acknowledged| Reaction { at, emoji: emoji.map(str::to_owned), acknowledged };
        let all = [reaction(2, None, true), reaction(1, Some("👍"), true)];
        assert_eq!(Events::reactions(&all), Some(vec![None]));
        let all = [reaction(1, Some("👍"), true), reaction(2, None, false)];
        assert_eq!(Events::reactions(&all), Some(vec![Some("👍"), None]));
        assert_eq!(Events::reactions(&[reaction(1, None, false)]), None);
    }
}
