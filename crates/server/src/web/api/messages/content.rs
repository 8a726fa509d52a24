//! The content of an agent's message in the API: everything that Messenger would refuse is refused here, with the
//! pointer, the limit and the value.

use domain::choice_list::ChoiceList;
use domain::id::{ConversationId, MediumId, MessageId};
use domain::inbound::FileKind;
use domain::message::File;
use domain::message_template::TemplateToSend;
use domain::outbound::Choice;
use domain::special::{ContactCard, Link, Place, Special};
use domain::template::{MediaType, Template};
use domain::turn::OutgoingContent;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::web::api::conversations::visible;
use crate::web::auth::Principal;
use crate::web::problem::{Answer, Problem};
use engine::messages::{in_thread, unsent_upload};
use engine::view::template::TemplateShape;
use engine::{fields, message_templates};

/// A message of an agent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SayIn {
    /// The text, up to 20,000 characters. A text that is too long for one Messenger message is sent as several.
    text: Option<String>,
    /// Uploaded files, up to 30. Pictures are sent together, other files one by one.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    attachment_ids: Vec<MediumId>,
    /// Choices to tap, up to 13. They are shown below the last part.
    #[serde(default)]
    quick_replies: Vec<ChoiceIn>,
    /// Cards and buttons; or, on channels with message templates, one of these by its name.
    #[schema(value_type = Option<AnyTemplateShape>)]
    template: Option<AnyTemplate>,
    /// Buttons under the text, on channels with buttons; `GET /channels` has the limits.
    #[serde(default)]
    buttons: Vec<ButtonIn>,
    /// A list to choose from, on channels with lists.
    list: Option<ChoiceList>,
    /// A place on the map, on channels with `location`. It cannot be combined with other content.
    location: Option<Place>,
    /// Contacts to share, on channels with `contacts`. They cannot be combined with other content.
    #[serde(default)]
    contacts: Vec<ContactCard>,
    /// A button under the text that opens a web page, on channels with `link`.
    link: Option<Link>,
    /// A button under the text with which the customer sends their location, on channels with `ask_location`.
    #[serde(default)]
    ask_location: bool,
    /// A heart, on channels with `heart`. It cannot be combined with other content.
    #[serde(default)]
    heart: bool,
    /// The message that it answers.
    #[schema(value_type = Option<String>)]
    reply_to: Option<MessageId>,
    /// When to send it: a moment in the future, at most a year ahead. It is sent then if the window is still open.
    #[schema(format = DateTime)]
    send_at: Option<String>,
    /// The sender's own key. A repeated key returns the same message and sends nothing.
    pub(super) client_id: Option<String>,
}

/// A template of either kind.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum AnyTemplate {
    /// A message template. Only these have a name.
    Approved(TemplateToSend),
    /// Cards and buttons.
    Cards(Template),
}

/// The same, for the API's description.
#[derive(Debug, ToSchema)]
#[schema(as = AnyTemplate)]
#[serde(untagged)]
#[expect(dead_code, reason = "it only describes")]
enum AnyTemplateShape {
    /// A message template.
    Approved(TemplateToSend),
    /// Cards and buttons.
    Cards(Box<TemplateShape>),
}

/// A button under a text.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReplyButton)]
struct ButtonIn {
    /// What the channel returns when it is tapped. The customer does not see it.
    id: String,
    /// What is shown, and returned as the customer's text.
    title: String,
}

/// A choice: only its title, or also a payload that the customer does not see.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(untagged)]
enum ChoiceIn {
    /// Its title, up to 20 characters, which is also the payload.
    Title(String),
    /// Its title and its payload.
    Full(ChoiceShape),
}

/// A choice and its payload.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChoiceShape {
    /// The title, up to 20 characters.
    title: String,
    /// The payload, up to 1,000 characters. The customer does not see it.
    payload: String,
}

impl SayIn {
    /// Whether it refers to nothing that is stored: no upload, no other message.
    pub(super) fn is_plain_text(&self) -> bool {
        self.attachment_ids.is_empty()
            && self.template.is_none()
            && self.reply_to.is_none()
            && self.buttons.is_empty()
            && self.list.is_none()
            && self.contacts.is_empty()
            && ![self.location.is_some(), self.link.is_some(), self.ask_location, self.heart].contains(&true)
    }

    /// The special message that this is, if it is one.
    fn special(&mut self) -> Answer<Option<Box<Special>>> {
        let contacts = std::mem::take(&mut self.contacts);
        let kinds = [
            self.location.take().map(Special::Location),
            (!contacts.is_empty()).then_some(Special::Contacts { contacts }),
            self.link.take().map(Special::Link),
            self.ask_location.then_some(Special::AskLocation),
            self.heart.then_some(Special::Heart),
        ];
        let mut kinds = kinds.into_iter().flatten();
        let Some(special) = kinds.next() else { return Ok(None) };
        let is_more = kinds.next().is_some()
            || !self.attachment_ids.is_empty()
            || !self.quick_replies.is_empty()
            || !self.buttons.is_empty()
            || self.list.is_some()
            || self.template.is_some();
        if is_more {
            let detail = "This is a whole message: send files, choices and everything else on their own.";
            return Err(Problem::field(format!("/{}", special.word()), detail));
        }
        Ok(Some(Box::new(special)))
    }

    /// Builds the content. The turn decides whether the channel accepts it.
    pub(super) async fn content(
        mut self,
        app: &App,
        who: &Principal,
        id: ConversationId,
    ) -> Answer<OutgoingContent> {
        let send_at = match self.send_at.as_deref() {
            Some(text) => Some(fields::moment_ahead("/send_at", text, app.clock.now())?),
            None => None,
        };
        let special = self.special()?;
        let text = self.text.filter(|text| !text.trim().is_empty());
        if text.is_none() && self.attachment_ids.is_empty() && self.template.is_none() && special.is_none() {
            return Err(Problem::field("/text", "There is nothing to send: write something or add a file."));
        }
        // No channel accepts more, so the uploads are not even searched for.
        let most_files = app.channels.all().map(|channel| channel.files.pictures).max().unwrap_or_default();
        if self.attachment_ids.len() > most_files {
            let count = self.attachment_ids.len();
            let detail = format!("There are {count} files; a message has at most {most_files}.");
            return Err(Problem::field("/attachment_ids", detail));
        }
        let mut choices: Vec<Choice> = self.quick_replies.into_iter().map(ChoiceIn::choice).collect();
        let mut text = text;
        let mut approved = None;
        let cards = match self.template {
            Some(AnyTemplate::Approved(to_send)) => {
                if text.is_some() || !self.attachment_ids.is_empty() || !choices.is_empty() {
                    let detail =
                        "A template with a name is a whole message: send text, files and choices on their own.";
                    return Err(Problem::field("/template", detail));
                }
                let it = visible(app, who, id).await?;
                let (filled, words) = message_templates::fill(app, it.gateway, &it.account, &to_send).await?;
                (text, approved) = (Some(words), Some(Box::new(filled)));
                None
            }
            Some(AnyTemplate::Cards(cards)) => Some(cards),
            None => None,
        };
        if !self.buttons.is_empty() || self.list.is_some() {
            let kinds = [!choices.is_empty(), !self.buttons.is_empty(), self.list.is_some(), approved.is_some()];
            if kinds.iter().filter(|there| **there).count() > 1
                || !self.attachment_ids.is_empty()
                || cards.is_some()
            {
                let detail =
                    "Buttons and lists belong to a text: send files and other choices as separate messages.";
                return Err(Problem::field(if self.list.is_some() { "/list" } else { "/buttons" }, detail));
            }
        }
        if !self.buttons.is_empty() {
            let it = visible(app, who, id).await?;
            let buttons = self.buttons.into_iter().map(|it| Choice { title: it.title, payload: it.id });
            choices = buttons.collect();
            app.channels
                .capabilities(it.account.channel)
                .buttons(&choices)
                .map_err(|refused| Problem::field(format!("/buttons{}", refused.pointer), refused.to_string()))?;
        }
        if self.list.is_some() && text.is_none() {
            return Err(Problem::field("/text", "A list needs a text above it: write one."));
        }
        let template = cards;
        if template.is_some() && !self.attachment_ids.is_empty() {
            let detail = "A template and files are two messages: send them one after the other.";
            return Err(Problem::field("/attachment_ids", detail));
        }
        if let Some(reply_to) = self.reply_to {
            in_thread(app, id, reply_to).await.map_err(|_| {
                Problem::field("/reply_to", "The message that this answers is not in this conversation.")
            })?;
        }
        let mut files = Vec::with_capacity(self.attachment_ids.len());
        for (index, medium) in self.attachment_ids.iter().enumerate() {
            files.push(upload(app, who, id, *medium, &files, format!("/attachment_ids/{index}")).await?);
        }
        if let Some(Template::Media { media_type, attachment_id: Some(medium), .. }) = &template {
            let file = upload(app, who, id, *medium, &files, "/template/attachment_id".into()).await?;
            let wanted = match media_type {
                MediaType::Image => FileKind::Image,
                MediaType::Video => FileKind::Video,
            };
            if file.kind != wanted {
                let detail = format!("This file is no {}, but media_type says so.", wanted.word());
                return Err(Problem::field("/template/media_type", detail));
            }
            files.push(file);
        }
        Ok(OutgoingContent {
            text,
            files,
            choices,
            template,
            list: self.list.map(Box::new),
            special,
            approved,
            reply_to: self.reply_to,
            client_id: self.client_id,
            send_at,
        })
    }
}

impl ChoiceIn {
    fn choice(self) -> Choice {
        match self {
            ChoiceIn::Title(title) => Choice { payload: title.clone(), title },
            ChoiceIn::Full(ChoiceShape { title, payload }) => Choice { title, payload },
        }
    }
}

async fn upload(
    app: &App,
    who: &Principal,
    id: ConversationId,
    medium: MediumId,
    taken: &[File],
    pointer: String,
) -> Answer<File> {
    let file = unsent_upload(app, who.user.id, id, medium, taken).await?;
    file.ok_or_else(|| {
        Problem::field(pointer, "There is no such upload for this conversation, or it was sent already.")
    })
}
