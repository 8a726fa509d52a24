//! Everything that Meta's side tried to deliver, in one form for all three channels: what it is about, and whether it was
//! answered with 200.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use reqwest::Method;
use serde_json::{Value, json};

use super::Verdict;
use crate::app::TestApp;
use crate::channel::Channel;

/// A message of a customer whose webhook was answered with 200.
pub struct Saying {
    pub channel: Channel,
    /// None for a picture.
    pub text: Option<String>,
    /// Meta's time in microseconds; WhatsApp's are whole seconds.
    pub at: i64,
}

/// One reaction of the customer: when, which emoji, and whether its webhook was answered with 200.
struct Reaction {
    at: i64,
    emoji: Option<String>,
    acknowledged: bool,
}

/// What happened, by what it is about. The log that it is read from holds lost webhooks too.
#[derive(Default)]
pub struct Events {
    /// Acknowledged messages of customers, by id.
    pub messages: BTreeMap<String, Saying>,
    /// Edits by message and rank: the texts, and whether they were acknowledged. The rank is the number of the edit, or its
    /// second on WhatsApp, where two may share one.
    edits: HashMap<String, BTreeMap<u64, Vec<(String, bool)>>>,
    /// Messages that were taken back, and whether that was acknowledged.
    pub unsent: HashMap<String, bool>,
    reactions: HashMap<String, Vec<Reaction>>,
    /// Acknowledged comments by Meta's id: the text.
    pub comments: BTreeMap<String, String>,
    /// Our own marks on acknowledged echoes, and on WhatsApp's statuses.
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
                let is_taken = delivery["status"] == 200;
                let body = &delivery["body"];
                let (_, was_taken) = seen.entry(body.to_string()).or_insert_with(|| (body.clone(), false));
                acknowledged += usize::from(is_taken);
                repeated += usize::from(is_taken && *was_taken);
                *was_taken |= is_taken;
            }
        }
        let mut events = Self::default();
        for (body, is_taken) in seen.values() {
            events.add(body, *is_taken);
        }
        verdict.figure("events of customers and echoes", seen.len());
        verdict.figure("deliveries acknowledged", acknowledged);
        verdict.figure("of these delivered again", repeated);
        for channel in Channel::ALL {
            let count = events.messages.values().filter(|saying| saying.channel == channel).count();
            verdict.figure(format!("{}: messages of customers", channel.word()), count);
            if count == 0 {
                verdict.accuse("missing", format!("all of {}", channel.word()));
            }
        }
        verdict.figure("messages edited", events.edits.len());
        verdict.figure("messages unsent", events.unsent.len());
        verdict.figure("messages reacted to", events.reactions.len());
        verdict.figure("comments", events.comments.len());
        events
    }

    /// Adds the events of one body; the sandbox puts one event into each.
    fn add(&mut self, body: &Value, acknowledged: bool) {
        let entry = &body["entry"][0];
        match body["object"].as_str() {
            Some("whatsapp_business_account") => self.add_whatsapp(&entry["changes"][0]["value"], acknowledged),
            Some("instagram") => self.add_messaging(Channel::Instagram, &entry["messaging"][0], acknowledged),
            _ if entry["changes"].is_array() => self.add_comment(&entry["changes"][0]["value"], acknowledged),
            _ => self.add_messaging(Channel::Messenger, &entry["messaging"][0], acknowledged),
        }
    }

    fn add_messaging(&mut self, channel: Channel, event: &Value, acknowledged: bool) {
        let at = event["timestamp"].as_i64().unwrap_or_default();
        if let Some(mid) = text(&event["message_edit"]["mid"]) {
            let edit = &event["message_edit"];
            self.add_edit(mid, edit["num_edit"].as_u64().unwrap(), text(&edit["text"]), acknowledged);
        } else if let Some(mid) = text(&event["reaction"]["mid"]) {
            let emoji = text(&event["reaction"]["emoji"]);
            self.reactions.entry(mid).or_default().push(Reaction { at, emoji, acknowledged });
        } else if let Some(mid) = text(&event["message"]["mid"]) {
            let message = &event["message"];
            if message["is_deleted"] == true {
                self.unsent.insert(mid, acknowledged);
            } else if message["is_echo"] == true {
                self.echoes.extend(text(&message["metadata"]).filter(|_| acknowledged));
            } else if acknowledged {
                self.messages.insert(mid, Saying { channel, text: text(&message["text"]), at: at * 1_000 });
            }
        }
    }

    fn add_whatsapp(&mut self, value: &Value, acknowledged: bool) {
        let status = &value["statuses"][0];
        if acknowledged && status["status"] != "failed" {
            self.echoes.extend(text(&status["biz_opaque_callback_data"]));
        }
        let message = &value["messages"][0];
        let Some(mid) = text(&message["id"]) else { return };
        let seconds: i64 = message["timestamp"].as_str().unwrap().parse().unwrap();
        match message["type"].as_str().unwrap() {
            "edit" => {
                let original = text(&message["edit"]["original_message_id"]).unwrap();
                let words = text(&message["edit"]["message"]["text"]["body"]);
                self.add_edit(original, seconds.unsigned_abs(), words, acknowledged);
            }
            "revoke" => {
                let original = text(&message["revoke"]["original_message_id"]).unwrap();
                self.unsent.insert(original, acknowledged);
            }
            "reaction" => {
                let (target, emoji) = (&message["reaction"]["message_id"], &message["reaction"]["emoji"]);
                let reaction = Reaction { at: seconds, emoji: text(emoji), acknowledged };
                self.reactions.entry(text(target).unwrap()).or_default().push(reaction);
            }
            _ if acknowledged => {
                let words = text(&message["text"]["body"]);
                self.messages
                    .insert(mid, Saying { channel: Channel::WhatsApp, text: words, at: seconds * 1_000_000 });
            }
            _ => {}
        }
    }

    fn add_comment(&mut self, value: &Value, acknowledged: bool) {
        if acknowledged && let Some(id) = text(&value["comment_id"]) {
            self.comments.insert(id, text(&value["message"]).unwrap());
        }
    }

    fn add_edit(&mut self, mid: String, rank: u64, words: Option<String>, acknowledged: bool) {
        self.edits.entry(mid).or_default().entry(rank).or_default().push((words.unwrap(), acknowledged));
    }

    /// The texts that a message may have now. An edit without an acknowledgement may still have been applied.
    pub fn texts(&self, mid: &str, original: Option<&str>) -> Vec<String> {
        let edits = self.edits.get(mid);
        let is_taken = |same: &[(String, bool)]| same.iter().any(|(_, taken)| *taken);
        let certain = edits.into_iter().flatten().filter(|(_, same)| is_taken(same)).map(|(rank, _)| *rank).max();
        let later =
            edits.into_iter().flatten().filter(|(rank, _)| certain.is_none_or(|certain| **rank >= certain));
        let later = later.flat_map(|(_, same)| same).map(|(text, _)| text.clone());
        original.filter(|_| certain.is_none()).map(str::to_owned).into_iter().chain(later).collect()
    }

    /// The messages that were reacted to, and the reactions that each may have now: that of the last acknowledged
    /// event, or of a later one. Messages without an acknowledged reaction are omitted.
    pub fn worn(&self) -> impl Iterator<Item = (&String, Vec<Option<&str>>)> {
        self.reactions.iter().filter_map(|(mid, reactions)| Some((mid, may_wear(reactions)?)))
    }
}

fn may_wear(reactions: &[Reaction]) -> Option<Vec<Option<&str>>> {
    let certain = reactions.iter().filter(|reaction| reaction.acknowledged).map(|reaction| reaction.at).max()?;
    let later = reactions.iter().filter(|reaction| reaction.at >= certain);
    Some(later.map(|reaction| reaction.emoji.as_deref()).collect())
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(numbers: &[(u64, bool)]) -> Events {
        let mut events = Events::default();
        for (number, taken) in numbers {
            events.add_edit("m".to_owned(), *number, Some(format!("edit {number}")), *taken);
        }
        events
    }

    #[test]
    fn the_last_acknowledged_edit_decides_unless_a_later_one_may_have_come() {
        assert_eq!(edited(&[]).texts("m", Some("first")), ["first"]);
        assert_eq!(edited(&[(1, true), (2, true)]).texts("m", Some("first")), ["edit 2"]);
        assert_eq!(edited(&[(1, true), (2, false)]).texts("m", Some("first")), ["edit 1", "edit 2"]);
        assert_eq!(edited(&[(1, false)]).texts("m", Some("first")), ["first", "edit 1"]);
    }

    #[test]
    fn of_two_edits_in_one_second_either_may_count() {
        let mut events = edited(&[(7, true)]);
        events.add_edit("m".to_owned(), 7, Some("the other".to_owned()), true);
        assert_eq!(events.texts("m", Some("first")), ["edit 7", "the other"]);
    }

    #[test]
    fn the_last_acknowledged_reaction_decides() {
        let reaction =
            |at, emoji: Option<&str>, acknowledged| Reaction { at, emoji: emoji.map(str::to_owned), acknowledged };
        let all = [reaction(2, None, true), reaction(1, Some("👍"), true)];
        assert_eq!(may_wear(&all), Some(vec![None]));
        let all = [reaction(1, Some("👍"), true), reaction(2, None, false)];
        assert_eq!(may_wear(&all), Some(vec![Some("👍"), None]));
        assert_eq!(may_wear(&[reaction(1, None, false)]), None);
    }

    #[test]
    fn an_event_of_whatsapp_is_read_from_its_change() {
        let mut events = Events::default();
        let body = |content: Value| json!({ "object": "whatsapp_business_account", "entry": [{ "changes": [{ "value": content }] }] });
        let message = |kind: &str, content: Value| json!({ "messages": [{ "id": "w1", "timestamp": "9", "type": kind, kind: content }] });
        events.add(&body(message("text", json!({ "body": "Hi" }))), true);
        events.add(&body(message("revoke", json!({ "original_message_id": "w0" }))), false);
        let status = json!({ "status": "sent", "biz_opaque_callback_data": "deskbell:1:0" });
        events.add(&body(json!({ "statuses": [status] })), true);
        let message = &events.messages["w1"];
        assert_eq!(
            (message.channel, message.text.as_deref(), message.at),
            (Channel::WhatsApp, Some("Hi"), 9_000_000)
        );
        assert_eq!((events.unsent["w0"], events.echoes.contains("deskbell:1:0")), (false, true));
    }
}
