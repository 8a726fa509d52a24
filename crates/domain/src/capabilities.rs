//! What can be sent on a channel. A channel gives one value of it, everything else obeys it: no limit of a channel
//! stands anywhere else, and no code asks which channel it is.

use serde::{Deserialize, Serialize};

use crate::channel::Channel;
use crate::choice_list::ListLimits;
use crate::failure::Failure;
use crate::outbound::Choice;
use crate::template::Template;
use crate::template::check::TemplateLimits;
use crate::turn::OutgoingContent;

/// How a channel counts the length of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "schema", schema(as = TextUnit))]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// UTF-16 code units: what most people call characters, with an emoji as two.
    Characters,
    /// Bytes of UTF-8.
    Bytes,
}

impl Unit {
    /// The length of a text.
    pub fn count(self, text: &str) -> usize {
        match self {
            Unit::Characters => text.chars().map(char::len_utf16).sum(),
            Unit::Bytes => text.len(),
        }
    }

    /// The length of a character.
    pub fn count_char(self, c: char) -> usize {
        match self {
            Unit::Characters => c.len_utf16(),
            Unit::Bytes => c.len_utf8(),
        }
    }

    /// Its name in the API and in sentences.
    pub fn word(self) -> &'static str {
        match self {
            Unit::Characters => "characters",
            Unit::Bytes => "bytes",
        }
    }
}

/// How long texts may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextLimits {
    /// The longest text of one request; a longer one is split.
    pub request: usize,
    /// The longest text that is split. Our own limit: what is longer is a document, not a message.
    pub whole: usize,
    /// What both count.
    pub unit: Unit,
}

/// Choices to tap under a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChoiceLimits {
    /// Most of them under one message.
    pub most: usize,
    /// The longest title.
    pub title: usize,
    /// The longest payload.
    pub payload: usize,
    /// The longest text that they can be under, where nothing but a text can have some; None if they can be under
    /// anything.
    pub text: Option<usize>,
}

/// Files in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileLimits {
    /// The largest file, in bytes.
    pub bytes: u64,
    /// Most pictures in one request.
    pub pictures: usize,
}

/// How a channel reports that a message was delivered and read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipts {
    /// For each message.
    Message,
    /// Everything up to a moment.
    Watermark,
}

impl Receipts {
    /// Its name in the API.
    pub fn word(self) -> &'static str {
        match self {
            Receipts::Message => "message",
            Receipts::Watermark => "watermark",
        }
    }
}

/// How long a customer may be written to. All in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowPolicy {
    /// How long anyone may answer after the customer's last act.
    pub standard: i64,
    /// How long a person may, if the business holds the feature; None where there is none.
    pub human_agent: Option<i64>,
    /// How long after a comment its one private reply may be sent; None where comments have none.
    pub comment: Option<i64>,
}

/// How fast one account may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Requests a second.
    pub per_second: u32,
    /// The same for audio and video.
    pub media_per_second: u32,
    /// What a new gateway is set to: what people can still read in the channel's own inbox.
    pub default_per_second: u32,
}

/// What a channel can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Which channel.
    pub channel: Channel,
    /// What people call it.
    pub name: &'static str,
    /// Texts.
    pub text: TextLimits,
    /// Quick replies; None if it has none.
    pub choices: Option<ChoiceLimits>,
    /// Files.
    pub files: FileLimits,
    /// Whether several pictures can be one message.
    pub albums: bool,
    /// The longest text that a file can carry itself; None if a text is always a message of its own.
    pub caption: Option<usize>,
    /// Buttons under a text that tell us that they were tapped, where they are not quick replies; None if it has none.
    pub buttons: Option<ChoiceLimits>,
    /// Lists to choose from; None if it has none.
    pub lists: Option<ListLimits>,
    /// Whether it has templates that it approves beforehand.
    pub message_templates: bool,
    /// Cards and buttons; None if it has none.
    pub templates: Option<TemplateLimits>,
    /// Whether we can react to a message with an emoji.
    pub reactions: bool,
    /// Whether "is writing" can be shown.
    pub typing: bool,
    /// Whether customers can edit what they wrote.
    pub edits: bool,
    /// Whether a message can show the name and picture of the agent.
    pub personas: bool,
    /// Receipts.
    pub receipts: Receipts,
    /// The messaging window.
    pub window: WindowPolicy,
    /// Rates.
    pub rates: Rates,
}

/// Refused by us, before the channel was asked: a sentence with the limit and the value, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}. {action}")]
pub struct Refused {
    /// What is too much, with limit and value; without a full stop.
    pub reason: String,
    /// What to do.
    pub action: String,
    /// The place within what was checked: a JSON pointer, empty for the whole of it.
    pub pointer: String,
    /// The same as a code with its arguments.
    pub failure: Box<Failure>,
}

impl Refused {
    /// What is wrong with all that was checked.
    pub fn new(failure: Failure) -> Self {
        let words = failure.english();
        let reason = words.reason.trim_end_matches('.').to_owned();
        Self { reason, action: words.action, pointer: String::new(), failure: Box::new(failure) }
    }

    /// The same, found at a place inside of something larger.
    #[must_use]
    pub fn at(mut self, place: &str) -> Self {
        self.pointer.insert_str(0, place);
        self
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        *refused.failure
    }
}

impl Capabilities {
    /// What a flow says, in the form that the channel has: choices that it cannot show are lines of the text, and without
    /// cards their headline is. A customer can type a choice's title as well as tap it.
    pub fn adapted(
        &self,
        text: &str,
        choices: Vec<Choice>,
        template: Option<Template>,
    ) -> (String, Vec<Choice>, Option<Template>) {
        let mut lines: Vec<&str> = vec![text];
        if self.templates.is_none() {
            lines.extend(template.as_ref().and_then(Template::headline));
        }
        let fit = self.choices.is_some() && self.choices(&choices).is_ok();
        if !fit {
            lines.extend(choices.iter().map(|choice| choice.title.as_str()));
        }
        lines.retain(|line| !line.trim().is_empty());
        let text = lines.join("\n");
        let choices = if fit { choices } else { Vec::new() };
        (text, choices, template.filter(|_| self.templates.is_some()))
    }

    /// Checks what a person sends. The pointers are those of the API's request.
    pub fn content(&self, content: &OutgoingContent) -> Result<(), Refused> {
        if let Some(text) = &content.text {
            self.whole_text(text).map_err(|refused| refused.at("/text"))?;
        }
        let (count, limit) = (content.files.len(), self.files.pictures);
        if count > limit {
            return Err(Refused::new(Failure::TooManyFiles { count, limit }).at("/attachment_ids"));
        }
        self.choices(&content.choices).map_err(|refused| refused.at("/quick_replies"))?;
        if let Some(list) = &content.list {
            let Some(limits) = &self.lists else {
                return Err(Refused::new(Failure::NotOnChannel { channel: self.name.into() }).at("/list"));
            };
            limits.check(self.name, list).map_err(|refused| refused.at("/list"))?;
            self.text_with_choices(content.text.as_deref().unwrap_or_default())
                .map_err(|refused| refused.at("/text"))?;
        }
        if content.approved.is_some() && !self.message_templates {
            return Err(Refused::new(Failure::NotOnChannel { channel: self.name.into() }).at("/template"));
        }
        match &content.template {
            Some(template) => self.template(template).map_err(|refused| refused.at("/template")),
            None => Ok(()),
        }
    }

    /// Checks a whole text, which may leave in several parts.
    pub fn whole_text(&self, text: &str) -> Result<(), Refused> {
        let TextLimits { whole: limit, unit, .. } = self.text;
        let length = unit.count(text);
        if length > limit {
            return Err(Refused::new(Failure::TextTooLong { unit, length, limit }));
        }
        Ok(())
    }

    /// Checks the text of one request.
    pub fn request_text(&self, text: &str) -> Result<(), Refused> {
        if text.trim().is_empty() {
            return Err(Refused::new(Failure::TextEmpty {}));
        }
        let TextLimits { request: limit, unit, .. } = self.text;
        let length = unit.count(text);
        if length > limit {
            return Err(Refused::new(Failure::PartTooLong { channel: self.name.into(), unit, length, limit }));
        }
        Ok(())
    }

    /// Checks buttons: choices of which fewer are possible, and with shorter titles.
    pub fn buttons(&self, buttons: &[Choice]) -> Result<(), Refused> {
        Capabilities { choices: self.buttons, ..*self }.choices(buttons)
    }

    /// Checks the text of a request that has choices under it.
    pub fn text_with_choices(&self, text: &str) -> Result<(), Refused> {
        match self.choices.and_then(|limits| limits.text) {
            Some(limit) => self.within(text, limit),
            None => Ok(()),
        }
    }

    /// Checks the text that a file carries.
    pub fn file_caption(&self, text: &str) -> Result<(), Refused> {
        self.within(text, self.caption.unwrap_or(0))
    }

    fn within(&self, text: &str, limit: usize) -> Result<(), Refused> {
        let unit = self.text.unit;
        let length = unit.count(text);
        if length > limit {
            return Err(Refused::new(Failure::PartTooLong { channel: self.name.into(), unit, length, limit }));
        }
        Ok(())
    }

    /// Checks the size of a file, in bytes.
    pub fn file(&self, bytes: u64) -> Result<(), Refused> {
        if bytes == 0 {
            return Err(Refused::new(Failure::FileEmpty {}));
        }
        let limit = self.files.bytes;
        if bytes > limit {
            return Err(Refused::new(Failure::FileTooLarge { channel: self.name.into(), bytes, limit }));
        }
        Ok(())
    }

    /// Checks how many pictures go together.
    pub fn pictures(&self, count: usize) -> Result<(), Refused> {
        let limit = self.files.pictures;
        if count > limit {
            return Err(Refused::new(Failure::TooManyPictures { channel: self.name.into(), count, limit }));
        }
        Ok(())
    }

    /// Checks quick replies.
    pub fn choices(&self, choices: &[Choice]) -> Result<(), Refused> {
        if choices.is_empty() {
            return Ok(());
        }
        let channel = || self.name.to_owned();
        let Some(limits) = self.choices else {
            return Err(Refused::new(Failure::NoChoices { channel: channel() }));
        };
        let (count, limit) = (choices.len(), limits.most);
        if count > limit {
            return Err(Refused::new(Failure::TooManyChoices { channel: channel(), count, limit }));
        }
        for (index, choice) in choices.iter().enumerate() {
            self.choice(choice, limits).map_err(|refused| refused.at(&format!("/{index}")))?;
        }
        Ok(())
    }

    fn choice(&self, choice: &Choice, limits: ChoiceLimits) -> Result<(), Refused> {
        let (channel, title) = (self.name.to_owned(), choice.title.clone());
        if title.trim().is_empty() {
            return Err(Refused::new(Failure::ChoiceWithoutTitle {}));
        }
        let (length, limit) = (Unit::Characters.count(&title), limits.title);
        if length > limit {
            return Err(Refused::new(Failure::ChoiceTitleTooLong { channel, title, length, limit }));
        }
        let (length, limit) = (Unit::Characters.count(&choice.payload), limits.payload);
        if length > limit {
            return Err(Refused::new(Failure::ChoicePayloadTooLong { channel, title, length, limit }));
        }
        Ok(())
    }

    /// Checks a template.
    pub fn template(&self, template: &Template) -> Result<(), Refused> {
        let Some(limits) = &self.templates else {
            return Err(Refused::new(Failure::NoTemplates { channel: self.name.into() }));
        };
        limits.check(self.name, template)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::time::DAY;

    /// A channel that can do everything, for tests.
    pub(crate) const SAMPLE: Capabilities = Capabilities {
        channel: Channel::new("sample"),
        name: "Messenger",
        text: TextLimits { request: 1_999, whole: 20_000, unit: Unit::Characters },
        choices: Some(ChoiceLimits { most: 13, title: 20, payload: 1_000, text: None }),
        files: FileLimits { bytes: 25 * 1024 * 1024, pictures: 30 },
        albums: true,
        caption: None,
        buttons: None,
        lists: None,
        message_templates: false,
        templates: Some(TemplateLimits {
            buttons: 3,
            button_title: 20,
            button_payload: 1_000,
            button_text: 640,
            cards: 10,
            card_text: 80,
            receipt_lines: 100,
            receipt_text: 300,
            url: 2_000,
            media_from: &["https://www.facebook.com/"],
        }),
        reactions: true,
        typing: true,
        edits: true,
        personas: true,
        receipts: Receipts::Watermark,
        window: WindowPolicy { standard: DAY, human_agent: Some(7 * DAY), comment: Some(7 * DAY) },
        rates: Rates { per_second: 300, media_per_second: 10, default_per_second: 40 },
    };

    #[test]
    fn lengths_are_counted_in_the_unit_of_the_channel() {
        assert_eq!((Unit::Characters.count("ж👍"), Unit::Bytes.count("ж👍")), (3, 6));
        let bytes = Capabilities { text: TextLimits { request: 3, whole: 5, unit: Unit::Bytes }, ..SAMPLE };
        assert!(bytes.request_text("ж").is_ok() && bytes.request_text("жж").is_err());
        let refused = bytes.whole_text("жжж").unwrap_err();
        assert!(refused.reason.contains("6 bytes") && refused.reason.contains("at most 5"), "{refused}");
    }

    #[test]
    fn what_a_channel_does_not_have_is_refused_by_its_name() {
        let plain = Capabilities { name: "Echo", choices: None, templates: None, ..SAMPLE };
        let yes = Choice { title: "Yes".into(), payload: "y".into() };
        assert!(plain.choices(&[]).is_ok());
        assert!(plain.choices(&[yes]).unwrap_err().reason.contains("Echo has no quick replies"));
        let cards = Template::Button { text: "Jam".into(), buttons: Vec::new() };
        let yes = Choice { title: "Yes".into(), payload: "y".into() };
        let adapted = plain.adapted("Shall we?", vec![yes.clone()], Some(cards.clone()));
        assert_eq!(adapted, ("Shall we?\nJam\nYes".into(), Vec::new(), None));
        let all = SAMPLE.adapted("Shall we?", vec![yes.clone()], Some(cards.clone()));
        assert_eq!(all, ("Shall we?".into(), vec![yes], Some(cards.clone())));
        assert!(plain.template(&cards).unwrap_err().reason.contains("Echo has no cards"));
    }
}
