//! A message from the Conversations API in the form in which a webhook would have brought it, so that one decoder
//! reads both (meta-platform.md §2.5, §4.3).

use domain::inbound::RemoteFile;
use domain::time::Micros;
use serde_json::{Value, json};

use super::Dialect;
use crate::meta::graph::PastMessage;

/// A webhook body with this one message of an account's conversation with a customer, said at `at`.
pub(crate) fn body(dialect: &Dialect, account: &str, customer: &str, at: Micros, past: &PastMessage) -> Vec<u8> {
    let from_account = past.from.as_ref().is_some_and(|from| from.id == account);
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
    use domain::inbound::{FileKind, Form, InboundEvent};

    use super::*;
    use crate::messenger::webhook::{decode, of_the_past};
    use crate::meta::graph::Participant;

    fn past(from: &str, text: &str, files: Vec<RemoteFile>) -> PastMessage {
        PastMessage {
            id: "m_1".into(),
            created_time: None,
            from: Some(Participant { id: from.into(), name: None }),
            text: Some(text.into()),
            files,
        }
    }

    #[test]
    fn what_was_missed_reads_like_what_was_delivered() {
        let file = |kind, name: Option<&str>| RemoteFile {
            kind,
            url: Some(format!("https://cdn.example/{kind:?}")),
            name: name.map(Into::into),
        };
        let files = vec![
            file(FileKind::Image, None),
            file(FileKind::Audio, None),
            file(FileKind::File, Some("prices.pdf")),
        ];
        let at = Micros(1_700_000_000_123_000);
        let body = of_the_past("200", "300", at, &past("300", "Look", files.clone()));
        let events = decode(&body).unwrap();
        let [event] = &events[..] else { panic!("one event: {events:?}") };
        assert_eq!((event.address.to_string(), event.at), ("messenger 200 300".into(), Some(at)));
        let InboundEvent::Said(said) = &event.what else { panic!("{event:?}") };
        assert_eq!((said.mid.as_str(), said.form, said.text.as_deref()), ("m_1", Form::Attachment, Some("Look")));
        assert_eq!(said.files, files);

        let body = of_the_past("200", "300", at, &past("200", "We are closed", Vec::new()));
        let events = decode(&body).unwrap();
        let InboundEvent::Echo(echo) = &events[0].what else { panic!("{events:?}") };
        assert_eq!((echo.mid.as_str(), echo.text.as_deref()), ("m_1", Some("We are closed")));
        assert_eq!(events[0].address.user, "300");
    }
}
