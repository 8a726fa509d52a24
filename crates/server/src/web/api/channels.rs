//! What can be sent on each channel: the same values that the domain obeys.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use domain::capabilities::{Capabilities, KindLimits};
use domain::time::SECOND;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::web::auth::Principal;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// How long a text may be.
#[derive(Debug, Serialize, ToSchema)]
struct TextOut {
    /// The longest text that the channel takes as one message.
    limit: usize,
    /// The longest text that can be sent: it reaches the customer as several messages.
    whole: usize,
    /// The unit: `characters` (UTF-16 code units) or `bytes`.
    unit: &'static str,
}

/// Files of one kind.
#[derive(Debug, Serialize, ToSchema)]
struct FilesOut {
    /// The largest file, in bytes.
    limit: u64,
    /// The accepted media types; `image/*` means all pictures, `*/*` everything.
    types: &'static [&'static str],
}

/// How long the parts of cards and choices may be, in the unit of `text`; null where the channel has none.
#[derive(Debug, Serialize, ToSchema)]
struct PartsOut {
    /// The text of a quick reply.
    quick_reply_title: Option<usize>,
    /// The text above quick replies; null where they can be under anything.
    quick_reply_text: Option<usize>,
    /// The label of a button.
    button_title: Option<usize>,
    /// The text above buttons.
    button_text: Option<usize>,
    /// What opens a list.
    list_button: Option<usize>,
    /// A row of a list.
    list_title: Option<usize>,
    /// More about a row.
    list_description: Option<usize>,
    /// Title and subtitle of a card.
    card_text: Option<usize>,
    /// The largest number of cards side by side.
    cards: Option<usize>,
}

/// How long we may write to a customer, in seconds.
#[derive(Debug, Serialize, ToSchema)]
struct PolicyOut {
    /// Since the customer's last action, by agents and the bot.
    standard_seconds: i64,
    /// The same by a person, if the business has that feature; null if the channel has none.
    human_agent_seconds: Option<i64>,
    /// After a comment, by its one private reply; null where the channel has no comments.
    comment_seconds: Option<i64>,
}

/// What can be sent on a channel.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChannelCapabilities)]
struct ChannelOut {
    #[schema(value_type = engine::view::words::Channel)]
    channel: domain::channel::Channel,
    /// Its name on screens.
    name: &'static str,
    text: TextOut,
    /// The largest number of quick replies below a message; 0 if the channel has none.
    quick_replies: usize,
    /// The largest number of buttons below a text; 0 if the channel has none.
    buttons: usize,
    /// The largest number of rows in a list; 0 if the channel has none.
    lists: usize,
    /// The special messages that can be sent: `location`, `contacts`, `link`, `ask_location`, `heart`.
    specials: &'static [&'static str],
    /// Whether cards can be sent.
    templates: bool,
    /// Whether it has message templates: texts that it approves in advance, which can be sent when the window is closed.
    message_templates: bool,
    parts: PartsOut,
    /// The types of cards and buttons that can be sent.
    template_types: &'static [&'static str],
    /// Whether agents can react with an emoji.
    reactions: bool,
    /// The emoji that can be used; empty if any can.
    reaction_emoji: &'static [&'static str],
    /// Whether the customer can be shown that an agent is writing.
    typing: bool,
    /// Whether customers can edit what they wrote.
    edits: bool,
    /// Whether messages can show the name and picture of the agent.
    personas: bool,
    /// Whether a conversation can be passed to the channel's own inbox at Meta.
    inbox: bool,
    /// What receipts are for: each `message`, or everything up to a `watermark`.
    receipts: &'static str,
    /// The largest number of files in one message.
    most_files: usize,
    /// By kind of file; a kind that is not listed cannot be sent.
    files: BTreeMap<&'static str, FilesOut>,
    window: PolicyOut,
}

impl From<&KindLimits> for FilesOut {
    fn from(it: &KindLimits) -> Self {
        Self { limit: it.bytes, types: it.types }
    }
}

impl ChannelOut {
    fn new(it: &Capabilities, inbox: bool) -> Self {
        Self {
            channel: it.channel,
            name: it.name,
            text: TextOut { limit: it.text.request, whole: it.text.whole, unit: it.text.unit.word() },
            quick_replies: it.choices.map_or(0, |choices| choices.most),
            buttons: it.most_buttons(),
            lists: it.lists.map_or(0, |lists| lists.rows),
            specials: it.specials,
            templates: it.templates.is_some(),
            message_templates: it.message_templates,
            parts: PartsOut {
                quick_reply_title: it.choices.map(|choices| choices.title),
                quick_reply_text: it.choices.and_then(|choices| choices.text),
                button_title: it
                    .buttons
                    .map(|buttons| buttons.title)
                    .or(it.templates.map(|templates| templates.button_title)),
                button_text: it
                    .buttons
                    .and_then(|buttons| buttons.text)
                    .or(it.templates.map(|templates| templates.button_text)),
                list_button: it.lists.map(|lists| lists.button),
                list_title: it.lists.map(|lists| lists.title),
                list_description: it.lists.map(|lists| lists.description),
                card_text: it.templates.map(|templates| templates.card_text),
                cards: it.templates.map(|templates| templates.cards),
            },
            template_types: it.templates.map_or(&[], |templates| templates.types),
            reactions: it.reactions,
            reaction_emoji: it.reaction_emoji,
            typing: it.typing,
            edits: it.edits,
            personas: it.personas,
            inbox,
            receipts: it.receipts.word(),
            most_files: it.files.pictures,
            files: it.files.kinds.iter().map(|(kind, of)| (kind.word(), FilesOut::from(of))).collect(),
            window: PolicyOut {
                standard_seconds: it.window.standard / SECOND,
                human_agent_seconds: it.window.human_agent.map(|longest| longest / SECOND),
                comment_seconds: it.window.comment.map(|longest| longest / SECOND),
            },
        }
    }
}

/// The channels.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChannelList)]
struct ChannelsOut {
    items: Vec<ChannelOut>,
}

/// What can be sent on each channel.
#[utoipa::path(get, path = "/channels", tag = "messages", responses((status = 200, body = ChannelsOut)))]
async fn list(State(app): State<App>, _: Principal) -> Json<ChannelsOut> {
    let has_inbox = |channel| app.channels.get(channel).is_some_and(|known| known.inbox().is_some());
    let items = app.channels.all().map(|it| ChannelOut::new(it, has_inbox(it.channel)));
    Json(ChannelsOut { items: items.collect() })
}
