//! The echo channel: texts alone, counted in bytes, with a window of one hour.

use channels::meta::graph::Call;
use channels::recipient::{Recipient, Whom};
use channels::{Protocol, Refused, Unreadable};
use domain::capabilities::{
    Capabilities, FileLimits, KindLimits, Rates, Receipts, TextLimits, Unit, WindowPolicy,
};
use domain::channel::{Account, Address, Channel};
use domain::failure::Failure;
use domain::id::MediumId;
use domain::inbound::{FileKind, Inbound, InboundEvent, Said};
use domain::outbound::Part;
use domain::time::{HOUR, SECOND};
use serde_json::{Value, json};

pub const CHANNEL: Channel = Channel::new("echo");
/// The longest text of one request, in bytes.
pub const LONGEST: usize = 40;

const CAPABILITIES: Capabilities = Capabilities {
    channel: CHANNEL,
    name: "Echo",
    text: TextLimits { request: LONGEST, whole: 200, unit: Unit::Bytes },
    choices: None,
    files: FileLimits { kinds: &[(FileKind::File, KindLimits { bytes: 1_000, types: &["*/*"] })], pictures: 1 },
    albums: false,
    caption: None,
    specials: &[],
    buttons: None,
    lists: None,
    message_templates: false,
    templates: None,
    reactions: false,
    reaction_emoji: &[],
    typing: false,
    edits: false,
    personas: false,
    receipts: Receipts::Message,
    time_step: SECOND,
    window: WindowPolicy { standard: HOUR, human_agent: None, comment: None },
    rates: Rates { per_second: 50, media_per_second: 1, private_replies_per_hour: 0, default_per_second: 50 },
};

#[derive(Debug)]
pub struct Echo;

impl Protocol for Echo {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn object(&self) -> &'static str {
        "echo"
    }

    fn decode(&self, body: &[u8]) -> Result<Vec<Inbound>, Unreadable> {
        let body: Value = serde_json::from_slice(body).map_err(|error| Unreadable::from(&error))?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let account = Account::new(CHANNEL, text(&body["account"]));
        let messages = body["said"].as_array().into_iter().flatten().map(|message| Inbound {
            address: Address::new(account.clone(), text(&message["from"])),
            at: None,
            standby: false,
            customer: None,
            what: InboundEvent::Said(Said {
                mid: text(&message["id"]),
                text: Some(text(&message["text"])),
                ..Said::default()
            }),
        });
        Ok(messages.collect())
    }

    fn encode(&self, part: &Part, to: &Recipient) -> Result<Call, Refused> {
        let (Part::Text { text, .. }, Whom::Customer(user)) = (part, to.whom) else {
            return Err(Refused::new(Failure::NotOnChannel { channel: "Echo".into() }));
        };
        CAPABILITIES.request_text(text)?;
        let call = Call::post("POST /{account-id}/echo", format!("{}/echo", to.node));
        Ok(call.json(&json!({ "to": user, "text": text })))
    }

    fn upload(&self, _: &str, _: MediumId, _: FileKind, _: &str) -> Option<Call> {
        None
    }

    fn profile(&self, user: &str) -> Option<Call> {
        Some(Call::get("GET /{user}/echo-name", format!("{user}/echo-name")))
    }
}
