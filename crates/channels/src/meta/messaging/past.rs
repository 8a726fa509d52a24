//! A message from the Conversations API in the form of a webhook body, so that one decoder reads both
//! (meta-platform.md §2.5, §4.3).

use domain::channel::Address;
use domain::inbound::RemoteFile;
use domain::time::Micros;
use serde_json::{Value, json};

use super::Dialect;
use crate::meta::graph::PastMessage;

/// A webhook body with this one message between an account and a customer, written at `at`.
pub(crate) fn body(
    dialect: &Dialect,
    to: &Address,
    from_account: bool,
    at: Micros,
    past: &PastMessage,
) -> Vec<u8> {
    let (account, customer) = (to.account.id.as_str(), to.user.as_str());
    let (sender, recipient) = if from_account { (account, customer) } else { (customer, account) };
    let mut message = json!({ "mid": past.id });
    if from_account {
        message["is_echo"] = true.into();
    }
    if let Some(text) = past.text.as_deref().filter(|text| !text.is_empty()) {
        message["text"] = text.into();
    }
    if !past.files.is_empty() {
        message["attachments"] = past.files.iter().map(attachment).collect();
    }
    let item = json!({
        "sender": { "id": sender }, "recipient": { "id": recipient }, "timestamp": at.millis(), "message": message,
    });
    let entry = json!({ "id": account, "time": at.millis(), "messaging": [item] });
    json!({ "object": dialect.object, "entry": [entry] }).to_string().into_bytes()
}

fn attachment(file: &RemoteFile) -> Value {
    let mut payload = json!({});
    if let Some(url) = &file.url {
        payload["url"] = url.as_str().into();
    }
    if let Some(name) = &file.name {
        payload["title"] = name.as_str().into();
    }
    json!({ "type": file.kind.word(), "payload": payload })
}

#[cfg(test)]
mod tests {
    use domain::channel::{Account, Channel};
    use domain::inbound::{FileKind, Form, InboundEvent};

    use super::*;
    use crate::Channels;

    fn past(text: &str, files: Vec<RemoteFile>) -> PastMessage {
        PastMessage { id: "m_1".into(), text: Some(text.into()), files, ..PastMessage::default() }
    }

    #[test]
    fn what_was_missed_reads_like_what_was_delivered() {
        let file = |kind, name: Option<&str>| RemoteFile {
            kind,
            url: Some(format!("https://cdn.example/{kind:?}")),
            name: name.map(Into::into),
            ..RemoteFile::default()
        };
        let files = vec![
            file(FileKind::Image, None),
            file(FileKind::Audio, None),
            file(FileKind::File, Some("prices.pdf")),
        ];
        let at = Micros(1_700_000_000_123_000);
        let channels = Channels::default();
        for channel in [Channel::MESSENGER, Channel::INSTAGRAM] {
            let to = Address::new(Account::new(channel, "200"), "300");
            let protocol = channels.get(channel).unwrap();
            let events =
                channels.decode(&protocol.of_the_past(&to, false, at, &past("Look", files.clone()))).unwrap();
            let [event] = &events[..] else { panic!("one event: {events:?}") };
            assert_eq!((&event.address, event.at), (&to, Some(at)));
            let InboundEvent::Said(message) = &event.what else { panic!("{event:?}") };
            let found = (message.mid.as_str(), message.form, message.text.as_deref());
            assert_eq!(found, ("m_1", Form::Attachment, Some("Look")));
            assert_eq!(message.files, files);

            let events =
                channels.decode(&protocol.of_the_past(&to, true, at, &past("We are closed", Vec::new()))).unwrap();
            let InboundEvent::Echo(echo) = &events[0].what else { panic!("{events:?}") };
            assert_eq!((echo.mid.as_str(), echo.text.as_deref()), ("m_1", Some("We are closed")));
            assert_eq!(events[0].address, to);
        }
    }
}
