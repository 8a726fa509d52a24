//! A message of either side (meta-platform.md §2.8).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use domain::file_name;
use domain::inbound::{Card, Echo, FileKind, Form, Inbound, InboundEvent, Referral, RemoteFile, Said};
use domain::not_applied::NotApplied;
use domain::time::Micros;
use serde_json::{Map, Value};

use super::wire::{self, Content, Media, Message};
use super::{Customer, Source, card, customer, key, seconds};
use crate::meta::lenient::{Maybe, Text};

/// Reads a message of a customer.
pub(super) fn read(source: &Source, value: &Content, message: &Message) -> Inbound {
    let at = seconds(message.timestamp);
    if message.group_id.get().is_some() {
        return source.event(NotApplied::InGroup {}.into());
    }
    let Some(customer) = customer::sender(value, message).or_else(|| customer::before_change(message)) else {
        return source.event(NotApplied::MessageOfNobody {}.into());
    };
    let mid = mid(message, &customer, at);
    let what = what(message, &mid, &customer, at);
    source.of_customer(customer, at, what)
}

fn mid(message: &Message, customer: &Customer, at: Option<Micros>) -> String {
    let text = message.text.0.as_ref().and_then(|text| text.body.get()).unwrap_or_default();
    let kind = message.kind.get().unwrap_or_default();
    message.id.own().unwrap_or_else(|| key(&["message", &customer.user, kind, text], at))
}

fn what(message: &Message, mid: &str, customer: &Customer, at: Option<Micros>) -> InboundEvent {
    match message.kind.get().unwrap_or_default() {
        "reaction" => return reaction(message),
        "system" => match &message.system.0 {
            Some(system) => return customer::system(mid, &system.0),
            None => return NotApplied::WhatsAppMessageEmpty {}.into(),
        },
        "edit" => {
            if let Some(what) = message.edit.0.as_ref().and_then(|edit| edited(&edit.0, message)) {
                return what;
            }
        }
        "revoke" => {
            let revoke = message.revoke.0.as_ref();
            if let Some(mid) = revoke.and_then(|revoke| original(&revoke.0)).or_else(|| answered(message)) {
                return InboundEvent::Unsent { mid };
            }
        }
        "request_welcome" => return NotApplied::ChatOpened {}.into(),
        "interactive"
            if message.interactive.0.as_ref().is_some_and(|it| it.kind.get() == Some("call_permission_reply")) =>
        {
            return NotApplied::CallAnswer {}.into();
        }
        _ => {}
    }
    let parts = Parts::of(message);
    InboundEvent::Said(Said {
        mid: mid.into(),
        form: parts.form,
        text: parts.text,
        payload: parts.payload,
        files: parts.files,
        reply_to: answered(message),
        referral: message.referral.0.as_ref().map(|referral| referral_of(referral, customer, at)),
        place: parts.place,
        link: parts.link,
        cards: parts.cards,
        booking: None,
        story: None,
        view_once: false,
        incomplete: false,
        forwarded: message.context.0.as_ref().is_some_and(|it| it.forwarded.0 || it.frequently_forwarded.0),
    })
}

/// Reads a message that the business sent with its own phone app.
pub(super) fn echo(source: &Source, value: &Content, message: &Message) -> Inbound {
    let at = seconds(message.timestamp);
    if message.group_id.get().is_some() {
        return source.event(NotApplied::InGroup {}.into());
    }
    let Some(customer) = customer::recipient(value, message) else {
        return source.event(NotApplied::PhoneAppMessageOfNobody {}.into());
    };
    let what = match message.kind.get().unwrap_or_default() {
        "reaction" => match reaction(message) {
            InboundEvent::Reacted { mid, emoji, .. } => InboundEvent::Reacted { mid, by_page: true, emoji },
            other => other,
        },
        "edit" | "revoke" | "system" | "unsupported" => NotApplied::PhoneAppChange {}.into(),
        _ => {
            let (parts, mid) = (Parts::of(message), mid(message, &customer, at));
            InboundEvent::Echo(Echo {
                mid,
                text: parts.text,
                files: parts.files,
                form: parts.form,
                reply_to: answered(message),
                place: parts.place,
                link: parts.link,
                cards: parts.cards,
                incomplete: false,
                ..Echo::default()
            })
        }
    };
    source.of_customer(customer, at, what)
}

fn reaction(message: &Message) -> InboundEvent {
    let reaction = message.reaction.0.as_ref();
    match reaction.and_then(|reaction| reaction.message_id.own()) {
        // Without an emoji the reaction was removed.
        Some(mid) => InboundEvent::Reacted { mid, by_page: false, emoji: reaction.and_then(|it| it.emoji.own()) },
        None => NotApplied::ReactionToNothing {}.into(),
    }
}

/// The message that this one answers.
fn answered(message: &Message) -> Option<String> {
    message.context.0.as_ref()?.id.own()
}

/// The message that an edit or a revocation is about. The key is not documented, so all known ones are read.
fn original(object: &Map<String, Value>) -> Option<String> {
    ["original_message_id", "message_id", "id"].iter().find_map(|name| customer::text(object, name))
}

fn edited(edit: &Map<String, Value>, message: &Message) -> Option<InboundEvent> {
    let mid = original(edit).or_else(|| answered(message))?;
    let inside = |object: &Map<String, Value>, part: &str, name: &str| {
        object.get(part).and_then(Value::as_object).and_then(|part| customer::text(part, name))
    };
    let body = |object: &Map<String, Value>| {
        // The text of a file is its caption.
        let caption = || ["image", "video", "document"].iter().find_map(|file| inside(object, file, "caption"));
        let nested = inside(object, "text", "body").or_else(caption);
        nested.or_else(|| customer::text(object, "text")).or_else(|| customer::text(object, "body"))
    };
    let inner = edit.get("message").and_then(Value::as_object).and_then(body);
    let text = inner.or_else(|| body(edit)).or_else(|| message.text.0.as_ref()?.body.own())?;
    Some(InboundEvent::Edited { mid, text, number: None })
}

/// The advertisement that brought the customer, with a derived key.
fn referral_of(referral: &wire::Referral, customer: &Customer, at: Option<Micros>) -> Referral {
    let (ad, url) = (referral.source_id.own(), referral.source_url.own());
    let source = match referral.source_type.get() {
        Some("ad") => Some("ADS".into()),
        Some("post") => Some("POST".into()),
        _ => referral.source_type.own(),
    };
    let content = [ad.as_deref(), url.as_deref(), referral.ctwa_clid.get()].map(Option::unwrap_or_default);
    let key = key(&["referral", &customer.user, content[0], content[1], content[2]], at);
    Referral {
        code: None,
        source,
        ad_id: ad,
        title: referral.headline.own(),
        picture: referral.image_url.own().or_else(|| referral.thumbnail_url.own()),
        video: referral.video_url.own(),
        about: None,
        referer: url,
        key,
    }
}

/// The content from the siblings of `type`.
#[derive(Default)]
struct Parts {
    form: Form,
    text: Option<String>,
    payload: Option<String>,
    files: Vec<RemoteFile>,
    place: Option<(f64, f64)>,
    link: Option<(String, Option<String>)>,
    cards: Vec<Card>,
}

impl Parts {
    fn of(message: &Message) -> Self {
        let mut parts = Self { form: Form::Unsupported, ..Self::default() };
        match message.kind.get().unwrap_or_default() {
            "text" => parts.say(message.text.0.as_ref().and_then(|text| text.body.own())),
            "image" => parts.file(FileKind::Image, &message.image),
            "video" => parts.file(FileKind::Video, &message.video),
            "audio" => parts.file(FileKind::Audio, &message.audio),
            "voice" => parts.file(FileKind::Audio, &message.voice),
            "document" => parts.file(FileKind::File, &message.document),
            "sticker" => parts.file(FileKind::Sticker, &message.sticker),
            "location" => parts.location(message),
            "contacts" => {
                parts.cards = message.contacts.objects().map(|contact| card::contact(&contact.0)).collect();
                let words: Vec<String> = parts.cards.iter().filter_map(card::words).collect();
                parts.content(Form::Template, Some(words.join("\n")).filter(|words| !words.is_empty()));
            }
            "button" => {
                if let Some(button) = &message.button.0 {
                    parts.payload = button.payload.own();
                    parts.content(Form::Postback, button.text.own());
                }
            }
            "interactive" => parts.interactive(message),
            "order" => {
                if let Some(order) = &message.order.0 {
                    parts.content(Form::Template, Some(card::order(&order.0)));
                }
            }
            // Content that WhatsApp does not show to businesses, or that is unknown to us.
            _ => {}
        }
        let product = message.context.0.as_ref().and_then(|context| context.referred_product.0.as_ref());
        parts.cards.extend(product.and_then(card::product));
        parts
    }

    /// Sets the text; without one, the content is unknown.
    fn say(&mut self, text: Option<String>) {
        if text.is_some() {
            self.form = Form::Text;
        }
        self.text = text;
    }

    /// Sets content that is described by its text.
    fn content(&mut self, form: Form, text: Option<String>) {
        if text.is_some() || self.payload.is_some() {
            self.form = form;
        }
        self.text = text;
    }

    fn file(&mut self, kind: FileKind, media: &Maybe<Media>) {
        let Some(media) = &media.0 else { return };
        self.form = Form::Attachment;
        self.text = media.caption.own();
        self.files.push(RemoteFile {
            kind,
            url: None,
            name: media.filename.get().and_then(file_name::clean),
            id: media.id.own(),
            sha256: checksum(&media.sha256),
        });
    }

    fn location(&mut self, message: &Message) {
        let Some(location) = &message.location.0 else { return };
        if let (Some(north), Some(east)) = (location.latitude.0, location.longitude.0) {
            self.form = Form::Location;
            self.place = Some((north, east));
        }
        let lines: Vec<&str> = [location.name.get(), location.address.get()].into_iter().flatten().collect();
        self.text = Some(lines.join("\n").replace('\0', "")).filter(|text| !text.is_empty());
        self.link = location.url.own().map(|url| (url, location.name.own()));
    }

    fn interactive(&mut self, message: &Message) {
        let Some(it) = &message.interactive.0 else { return };
        if let Some(reply) = it.button_reply.0.as_ref().or(it.list_reply.0.as_ref()) {
            self.payload = reply.id.own();
            // Like a quick reply: the tapped title is the customer's text.
            self.content(Form::Text, reply.title.own());
        } else if let Some(form) = &it.nfm_reply.0 {
            self.payload = form.response_json.own();
            self.content(Form::Template, card::form(form).or_else(|| form.body.own()));
        }
    }
}

/// The value used for a checksum that cannot be read: no file has it, so the file is refused as one that is not what Meta announced.
const UNREADABLE: &str = "unreadable";

/// A checksum in hex; Meta writes it in base64 or in hex (§3.8). None if there is none.
pub(crate) fn checksum(text: &Text) -> Option<String> {
    let text = text.get().map(str::trim).filter(|text| !text.is_empty())?;
    if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Some(text.to_ascii_lowercase());
    }
    let decoders = [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE_NO_PAD];
    let bytes = decoders.iter().find_map(|decoder| decoder.decode(text).ok()).filter(|bytes| bytes.len() == 32);
    Some(
        bytes.map_or_else(
            || UNREADABLE.to_owned(),
            |bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_is_read_in_hex_and_in_base64() {
        let of = |text: &str| checksum(&Text(Some(text.into())));
        let hex = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
        assert_eq!(of("LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=").as_deref(), Some(hex));
        assert_eq!(of("LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ").as_deref(), Some(hex));
        assert_eq!(of(&hex.to_uppercase()).as_deref(), Some(hex));
        assert_eq!(of(" "), None);
        assert_eq!(checksum(&Text(None)), None);
        for wrong in ["c2hvcnQ=", "no checksum", &hex[1..]] {
            assert_eq!(of(wrong).as_deref(), Some(UNREADABLE), "it must not count as absent: {wrong}");
        }
    }
}
