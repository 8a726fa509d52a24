//! What can be sent on a channel. A channel provides one value of it, and everything else obeys it: no other place
//! contains a limit of a channel, and no code asks which channel it is.

use serde::{Deserialize, Serialize};

use crate::channel::Channel;
use crate::choice_list::ListLimits;
use crate::failure::Failure;
use crate::inbound::FileKind;
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
    /// The longest text that is split. Our own limit: anything longer is a document, not a message.
    pub whole: usize,
    /// The unit of both.
    pub unit: Unit,
}

/// Choices to tap under a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChoiceLimits {
    /// The maximum number under one message.
    pub most: usize,
    /// The longest title.
    pub title: usize,
    /// The longest payload.
    pub payload: usize,
    /// The longest text that they can be under, on channels where only a text can have choices; None if they can be
    /// under any message.
    pub text: Option<usize>,
}

/// Files of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KindLimits {
    /// The largest file, in bytes.
    pub bytes: u64,
    /// The media types that are accepted; `image/*` means all pictures, `*/*` everything.
    pub types: &'static [&'static str],
}

impl KindLimits {
    fn takes(&self, mime: &str) -> bool {
        let kind = mime.split('/').next().unwrap_or_default();
        self.types.iter().any(|one| *one == mime || *one == "*/*" || one.strip_suffix("/*") == Some(kind))
    }
}

/// Files in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileLimits {
    /// The limits for each kind. A kind that is not listed cannot be sent; stickers without limits of their own count
    /// as pictures.
    pub kinds: &'static [(FileKind, KindLimits)],
    /// The maximum number of pictures in one request, and of files in one message.
    pub pictures: usize,
}

impl FileLimits {
    /// The limits for a kind; None if it cannot be sent.
    pub fn of(&self, kind: FileKind) -> Option<&'static KindLimits> {
        let find = |kind| self.kinds.iter().find(|(known, _)| *known == kind).map(|(_, limits)| limits);
        find(kind).or_else(|| find(FileKind::Image).filter(|_| kind == FileKind::Sticker))
    }

    /// The largest file of any kind, in bytes.
    pub fn largest(&self) -> u64 {
        self.kinds.iter().map(|(_, limits)| limits.bytes).max().unwrap_or(0)
    }
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

/// How long we may write to a customer, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WindowPolicy {
    /// How long after the customer's last action bots and people may answer.
    pub standard: i64,
    /// How long a person may answer, if the business has the feature; None where the channel has no such feature.
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
    /// Private replies to comments in an hour; 0 where comments have none.
    pub private_replies_per_hour: u32,
    /// The default for a new gateway: a rate at which people can still follow along in the channel's own inbox.
    pub default_per_second: u32,
}

/// What a channel can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// Which channel.
    pub channel: Channel,
    /// Its name on screens.
    pub name: &'static str,
    /// Texts.
    pub text: TextLimits,
    /// Quick replies; None if it has none.
    pub choices: Option<ChoiceLimits>,
    /// Limits for files.
    pub files: FileLimits,
    /// Whether several pictures can be one message.
    pub albums: bool,
    /// The longest text that a file can carry itself; None if a text is always a message of its own.
    pub caption: Option<usize>,
    /// The kinds of [`crate::special::Special`] that it has, by their words.
    pub specials: &'static [&'static str],
    /// Buttons under a text that report a tap to us, where they are not quick replies; None if it has none.
    pub buttons: Option<ChoiceLimits>,
    /// Lists to choose from; None if it has none.
    pub lists: Option<ListLimits>,
    /// Whether it has message templates, which it approves in advance.
    pub message_templates: bool,
    /// Cards and buttons; None if it has none.
    pub templates: Option<TemplateLimits>,
    /// Whether we can react to a message with an emoji.
    pub reactions: bool,
    /// The emoji that it accepts as reactions; empty if it accepts any.
    pub reaction_emoji: &'static [&'static str],
    /// Whether "is writing" can be shown.
    pub typing: bool,
    /// Whether customers can edit what they wrote.
    pub edits: bool,
    /// Whether a message can show the name and picture of the agent.
    pub personas: bool,
    /// Receipts.
    pub receipts: Receipts,
    /// How exact the times of its events are, in microseconds.
    pub time_step: i64,
    /// The messaging window.
    pub window: WindowPolicy,
    /// Rates.
    pub rates: Rates,
}

/// Refused by Deskbell, before anything was sent to the channel: a sentence with the limit and the value, and what to
/// do.
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
    /// A refusal that applies to the whole of what was checked.
    pub fn new(failure: Failure) -> Self {
        let words = failure.english();
        let reason = words.reason.trim_end_matches('.').to_owned();
        Self { reason, action: words.action, pointer: String::new(), failure: Box::new(failure) }
    }

    /// The same refusal, with the place inside of something larger.
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
    /// A message of a flow in the form that the channel supports: choices that it cannot show become lines of the
    /// text, and without cards only their headline is left. Where a text cannot have buttons, a card carries them. A
    /// customer can type a choice's title as well as tap it.
    pub fn adapted(
        &self,
        text: &str,
        choices: Vec<Choice>,
        template: Option<Template>,
    ) -> (String, Vec<Choice>, Option<Template>) {
        let (before, template) = match (template, self.templates) {
            (Some(template), Some(limits)) => limits.adapted(template),
            (template, _) => (None, template),
        };
        let taken = template.as_ref().is_some_and(|template| self.has_template(template));
        let mut lines: Vec<&str> = vec![text];
        lines.extend(before.as_deref());
        if !taken {
            lines.extend(template.as_ref().and_then(Template::headline));
        }
        let fit = self.choices.is_some() && self.choices(&choices).is_ok();
        if !fit {
            lines.extend(choices.iter().map(|choice| choice.title.as_str()));
        }
        lines.retain(|line| !line.trim().is_empty());
        let text = lines.join("\n");
        let choices = if fit { choices } else { Vec::new() };
        (text, choices, template.filter(|_| taken))
    }

    fn has_template(&self, template: &Template) -> bool {
        self.templates.is_some_and(|limits| limits.types.contains(&template.word()))
    }

    /// Whether we may react with this emoji; None removes the reaction.
    pub fn reaction(&self, emoji: Option<&str>) -> Result<(), Refused> {
        let channel = || self.name.to_owned();
        // An emoji with and without the variation selector is the same.
        let same = |one: &str| emoji.is_some_and(|emoji| emoji.trim_end_matches('\u{fe0f}') == one);
        match emoji {
            _ if !self.reactions => Err(Refused::new(Failure::NoReactions { channel: channel() })),
            Some(emoji) if !self.reaction_emoji.is_empty() && !self.reaction_emoji.iter().any(|one| same(one)) => {
                let taken = self.reaction_emoji.join(" ");
                Err(Refused::new(Failure::ReactionNotTaken { channel: channel(), emoji: emoji.to_owned(), taken }))
            }
            _ => Ok(()),
        }
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
        if let Some(special) = &content.special {
            special.check(content.text.as_deref(), self)?;
        }
        if content.approved.is_some() && !self.message_templates {
            return Err(Refused::new(Failure::NotOnChannel { channel: self.name.into() }).at("/template"));
        }
        match &content.template {
            Some(template) => self.template(template).map_err(|refused| refused.at("/template")),
            None => Ok(()),
        }
    }

    /// Checks a whole text, which may be sent in several parts.
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

    /// Checks buttons: choices of which fewer are possible, and with shorter titles. A channel that has no such buttons shows them
    /// as quick replies, but no more of them than it has buttons on a card.
    pub fn buttons(&self, buttons: &[Choice]) -> Result<(), Refused> {
        let quick_replies = self.choices.map(|limits| ChoiceLimits { most: self.most_buttons(), ..limits });
        Capabilities { choices: self.buttons.or(quick_replies), ..*self }.choices(buttons)
    }

    /// The largest number of buttons below a text; 0 if the channel has none.
    pub fn most_buttons(&self) -> usize {
        self.buttons.map_or_else(|| self.templates.map_or(0, |limits| limits.buttons), |buttons| buttons.most)
    }

    /// Checks the text of a request that has choices under it.
    pub fn text_with_choices(&self, text: &str) -> Result<(), Refused> {
        match self.choices.and_then(|limits| limits.text) {
            Some(limit) => self.within(text, limit),
            None => Ok(()),
        }
    }

    /// Checks the caption of a file.
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

    /// Checks a file: its kind, its media type (empty if it is not known), and its size in bytes.
    pub fn file(&self, kind: FileKind, mime: &str, bytes: u64) -> Result<(), Refused> {
        if bytes == 0 {
            return Err(Refused::new(Failure::FileEmpty {}));
        }
        let limits = self.files.of(kind);
        if !limits.is_some_and(|limits| mime.is_empty() || limits.takes(mime)) {
            let types = limits.map_or(&[] as &[&str], |limits| limits.types);
            return Err(Refused::new(Failure::FileTypeNotTaken {
                channel: self.name.into(),
                kind,
                mime: mime.to_owned(),
                types: types.iter().map(|one| (*one).to_owned()).collect(),
            }));
        }
        let limit = limits.map_or(0, |limits| limits.bytes);
        if bytes > limit {
            return Err(Refused::new(Failure::FileTooLarge { channel: self.name.into(), bytes, limit }));
        }
        Ok(())
    }

    /// Checks how many pictures are sent together.
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
            self.is_distinct(choice, &choices[..index], count)
                .map_err(|refused| refused.at(&format!("/{index}")))?;
        }
        Ok(())
    }

    /// Checks a choice against those before it. A channel with buttons of its own returns the id of the one that was tapped, and
    /// takes no two with the same id, nor two buttons with the same title. What does not fit under a text as buttons becomes a
    /// list, whose rows may have the same title.
    fn is_distinct(&self, choice: &Choice, before: &[Choice], count: usize) -> Result<(), Refused> {
        let Some(buttons) = self.buttons else { return Ok(()) };
        let (channel, title) = (self.name.to_owned(), choice.title.clone());
        if before.iter().any(|other| other.payload == choice.payload) {
            return Err(Refused::new(Failure::ChoicePayloadTwice { channel, title }));
        }
        if count <= buttons.most && before.iter().any(|other| other.title == choice.title) {
            return Err(Refused::new(Failure::ChoiceTitleTwice { channel, title }));
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
pub(crate) mod tests;
