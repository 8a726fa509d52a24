//! `message`: what a customer wrote, or what the business wrote and Meta reports back (meta-platform.md §2.5, §2.7).

use domain::file_name;
use domain::inbound::{Booking, Card, Echo, FileKind, Form, InboundEvent, RemoteFile, Said, Story, StoryKind};
use domain::not_applied::NotApplied;
use domain::time::Micros;

use super::wire::{Attachment, Message, Payload};
use super::{Context, event, key};
use crate::meta::lenient::Number;

/// The sticker that the like button sends (§2.5).
const LIKE: &str = "369239263222822";

/// Reads a message of either side.
pub(super) fn read(context: &Context, message: &Message) -> InboundEvent {
    let parts = Parts::of(message);
    let mid = message.mid.own().unwrap_or_else(|| {
        let url = parts.files.first().and_then(|file| file.url.as_deref());
        let content = [Some("message"), message.text.get(), url];
        key::made(context, &content)
    });
    if message.is_deleted.0 {
        return match message.mid.own() {
            Some(mid) => InboundEvent::Unsent { mid },
            None => NotApplied::UnsendOfNothing {}.into(),
        };
    }
    if message.is_self.0 {
        return NotApplied::OwnMessage {}.into();
    }
    if context.from_account {
        return InboundEvent::Echo(echo(mid, message, parts));
    }
    InboundEvent::Said(customer_message(context, mid, message, parts))
}

fn customer_message(context: &Context, mid: String, message: &Message, parts: Parts) -> Said {
    let referral = message.referral.0.as_ref().map(|r| event::referral_of(context, r));
    let payload = message.quick_reply.0.as_ref().and_then(|reply| reply.payload.own());
    let text = message.text.own().or_else(|| command(message));
    let form = match parts.form(message) {
        Some(form) => form,
        None if text.is_some() || payload.is_some() || parts.liked => Form::Text,
        None if referral.is_some() && !parts.unknown => Form::Referral,
        None => Form::Unsupported,
    };
    Said {
        mid,
        form,
        text: text.or(parts.words),
        payload,
        files: parts.files,
        reply_to: message.reply_to.0.as_ref().and_then(|reply| reply.mid.own()),
        referral,
        place: parts.place,
        link: parts.link,
        cards: parts.cards,
        booking: parts.booking,
        story: parts.story.or_else(|| answered_story(message)),
        view_once: parts.view_once,
        incomplete: parts.unknown && form != Form::Unsupported,
        forwarded: false,
    }
}

fn echo(mid: String, message: &Message, parts: Parts) -> Echo {
    let text = message.text.own();
    let form = match parts.form(message) {
        Some(form) => form,
        None if text.is_some() || parts.liked => Form::Text,
        None => Form::Unsupported,
    };
    Echo {
        mid,
        app: message.app_id.own(),
        metadata: message.metadata.own(),
        text: text.or(parts.words),
        files: parts.files,
        form,
        reply_to: message.reply_to.0.as_ref().and_then(|reply| reply.mid.own()),
        place: parts.place,
        link: parts.link,
        cards: parts.cards,
        booking: parts.booking,
        story: parts.story.or_else(|| answered_story(message)),
        view_once: parts.view_once,
        incomplete: parts.unknown && form != Form::Unsupported,
    }
}

/// The story that a message answers.
fn answered_story(message: &Message) -> Option<Story> {
    let story = message.reply_to.0.as_ref()?.story.0.as_ref()?;
    Some(Story { url: story.url.own(), kind: StoryKind::Reply })
}

/// A command of the persistent menu, which has no text.
fn command(message: &Message) -> Option<String> {
    let name = message.commands.objects().find_map(|command| command.name.own())?;
    Some(format!("/{name}"))
}

/// The content of the attachments.
#[derive(Default)]
struct Parts {
    files: Vec<RemoteFile>,
    place: Option<(f64, f64)>,
    /// The first shared link; further ones are cards.
    link: Option<(String, Option<String>)>,
    cards: Vec<Card>,
    booking: Option<Booking>,
    /// The story that mentions the business.
    story: Option<Story>,
    view_once: bool,
    /// Instagram's heart, which is a text to everyone else.
    liked: bool,
    /// The text of cards, for a message without its own text.
    words: Option<String>,
    shared: bool,
    card: bool,
    unknown: bool,
}

impl Parts {
    fn of(message: &Message) -> Self {
        let mut parts = Self::default();
        let twins = sticker_twins(message);
        for (at, attachment) in message.attachments.objects().enumerate() {
            if !twins.contains(&at) {
                parts.add(attachment);
            }
        }
        parts
    }

    /// The form of a message according to its attachments; None if they do not decide it.
    fn form(&self, message: &Message) -> Option<Form> {
        match self {
            _ if message.is_unsupported.0 => Some(Form::Unsupported),
            _ if !self.files.is_empty() => Some(Form::Attachment),
            _ if self.place.is_some() => Some(Form::Location),
            _ if self.shared || self.story.is_some() => Some(Form::Share),
            _ if self.card => Some(Form::Template),
            _ => None,
        }
    }

    fn add(&mut self, attachment: &Attachment) {
        let none = Payload::default();
        let payload = attachment.payload.0.as_ref().unwrap_or(&none);
        let sticker = payload.sticker_id.get().is_some();
        match attachment.kind.get().unwrap_or_default() {
            "image" if sticker => self.file(FileKind::Sticker, attachment, payload),
            "image" => self.file(FileKind::Image, attachment, payload),
            "sticker" => self.file(FileKind::Sticker, attachment, payload),
            "video" => self.file(FileKind::Video, attachment, payload),
            "audio" => self.file(FileKind::Audio, attachment, payload),
            "file" => self.file(FileKind::File, attachment, payload),
            "location" => match payload.coordinates.0.as_ref().map(|c| (c.lat.0, c.long.0)) {
                Some((Some(lat), Some(long))) => {
                    self.place = Some((lat, long));
                    self.say(payload.title.own().or_else(|| attachment.title.own()));
                }
                _ => self.unknown = true,
            },
            "fallback" | "share" | "reel" | "ig_reel" | "post" | "ig_post" => {
                self.shared = true;
                self.link(attachment, payload);
            }
            // Never a file: it must not be stored (§2.7).
            "story_mention" => {
                let url = payload.url.own().or_else(|| attachment.url.own());
                self.story = Some(Story { url, kind: StoryKind::Mention });
            }
            // It has no address (§2.7).
            "ephemeral" => self.view_once = true,
            "like_heart" => {
                self.liked = true;
                self.say(Some("❤️".into()));
            }
            "template" => {
                self.card = true;
                self.cards(payload);
                self.say(card_words(&self.cards, attachment, payload));
                self.link(attachment, payload);
            }
            "appointment_booking" => {
                self.card = true;
                let at =
                    |seconds: Number| seconds.0.map(|seconds| Micros::from_millis(seconds.saturating_mul(1000)));
                self.booking = Some(Booking {
                    status: payload.status.own().unwrap_or_else(|| "changed".into()),
                    starts_at: at(payload.start_time),
                    ends_at: at(payload.end_time),
                    timezone: payload.timezone.own(),
                });
            }
            _ => {
                self.unknown = true;
                self.link(attachment, payload);
            }
        }
    }

    fn file(&mut self, kind: FileKind, attachment: &Attachment, payload: &Payload) {
        let url = payload.url.own().or_else(|| attachment.url.own());
        let name = payload.name.own().or_else(|| payload.title.own()).or(attachment.title.own());
        let clean_name = || name.as_deref().and_then(file_name::clean);
        let name = match kind {
            FileKind::File => clean_name().or_else(|| url.as_deref().and_then(name_in)),
            FileKind::Audio | FileKind::Video => clean_name(),
            FileKind::Sticker if payload.sticker_id.get() == Some(LIKE) => Some("👍".into()),
            FileKind::Image | FileKind::Sticker => None,
        };
        self.files.push(RemoteFile { kind, url, name, ..RemoteFile::default() });
    }

    fn link(&mut self, attachment: &Attachment, payload: &Payload) {
        let url = payload.url.own().or_else(|| attachment.url.own());
        let title = payload.title.own().or_else(|| attachment.title.own());
        match (&self.link, url, title) {
            (_, None, None) => {}
            (None, url, title) => self.link = Some((url.unwrap_or_default(), title)),
            (Some(_), link, title) => self.cards.push(Card { title, link, ..Card::default() }),
        }
    }

    fn cards(&mut self, payload: &Payload) {
        let lists = [payload.product.0.as_ref(), payload.generic.0.as_ref()];
        let wrapped = lists.into_iter().flatten().flat_map(|list| list.elements.objects());
        self.cards.extend(wrapped.chain(payload.elements.objects()).map(|element| Card {
            title: element.title.own(),
            subtitle: element.subtitle.own(),
            picture: element.image_url.own(),
            link: element.default_action.0.as_ref().and_then(|tap| tap.url.own()).or(element.item_url.own()),
        }));
    }

    fn say(&mut self, words: Option<String>) {
        match (&mut self.words, words) {
            (Some(all), Some(more)) => {
                all.push('\n');
                all.push_str(&more);
            }
            (all, words) => *all = words.or(all.take()),
        }
    }
}

/// During the transition to `sticker` attachments, the same sticker arrived a second time as `image` (§2.5): the
/// positions of these duplicates, at most one per sticker.
fn sticker_twins(message: &Message) -> Vec<usize> {
    let kind_is = |attachment: &Attachment, kind: &str| attachment.kind.get() == Some(kind);
    let stickers = message.attachments.objects().filter(|a| kind_is(a, "sticker"));
    let mut twins = Vec::new();
    for sticker in stickers {
        let payload = sticker.payload.0.as_ref();
        let (id, url) = (payload.and_then(|p| p.sticker_id.get()), payload.and_then(|p| p.url.get()));
        let likeness = |attachment: &Attachment| {
            let image = attachment.payload.0.as_ref();
            match (image.and_then(|p| p.sticker_id.get()), image.and_then(|p| p.url.get())) {
                (Some(image_id), _) if Some(image_id) == id => 3,
                (None, Some(image_url)) if Some(image_url) == url => 2,
                (None, _) => 1,
                (Some(_), _) if id.is_none() => 1,
                _ => 0,
            }
        };
        let images = message.attachments.objects().enumerate();
        let twin = images
            .filter(|(at, attachment)| kind_is(attachment, "image") && !twins.contains(at))
            .map(|(at, attachment)| (likeness(attachment), at))
            .filter(|(likeness, _)| *likeness > 0)
            .max_by_key(|(likeness, at)| (*likeness, std::cmp::Reverse(*at)));
        twins.extend(twin.map(|(_, at)| at));
    }
    twins
}

/// A template as text, for lists, searches and flows.
fn card_words(cards: &[Card], attachment: &Attachment, payload: &Payload) -> Option<String> {
    let lines: Vec<String> = cards
        .iter()
        .filter_map(|card| match (&card.title, &card.subtitle) {
            (Some(title), Some(subtitle)) => Some(format!("{title} ({subtitle})")),
            (title, subtitle) => title.clone().or(subtitle.clone()),
        })
        .collect();
    if lines.is_empty() { payload.text.own() } else { Some(lines.join("\n")) }
        .or_else(|| payload.title.own())
        .or_else(|| attachment.title.own())
}

/// The file's name at the end of an address, percent-decoded.
fn name_in(url: &str) -> Option<String> {
    let path = url.split(['?', '#']).next()?.split_once("://")?.1;
    let last = path.split_once('/')?.1.rsplit('/').next()?;
    let mut bytes = Vec::with_capacity(last.len());
    let mut rest = last.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) if first == b'%' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    let name = String::from_utf8_lossy(&bytes);
    file_name::clean(&name).filter(|name| name.contains('.') && !String::from_utf8_lossy(&bytes).starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_name_is_read_from_its_address() {
        let name = |url| name_in(url);
        assert_eq!(
            name("https://cdn.fbsbx.com/v/t59/ab/price%20list.pdf?_nc=1").as_deref(),
            Some("price list.pdf")
        );
        assert_eq!(name("https://cdn.fbsbx.com/%2e%2e%2fpasswd"), None);
        assert_eq!(name("https://cdn.fbsbx.com/"), None);
        assert_eq!(name("https://cdn.fbsbx.com"), None);
        assert_eq!(name("https://cdn.fbsbx.com/a%"), None);
        assert_eq!(name("https://cdn.fbsbx.com/100%.txt").as_deref(), Some("100%.txt"));
    }
}
