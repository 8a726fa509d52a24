//! The representation of objects in responses and events. They are built only here, so a list, an event and a single
//! response always agree.

mod comment;
mod csat;
mod failure;
mod filled_form;
mod live_event;
mod message;
mod offer;
mod routing;
mod sla;
mod team;
pub mod template;
pub mod wallboard;
pub mod words;

use domain::capabilities::WindowPolicy;
use domain::channel::Channel;
use domain::conversation::{self as model, Conversation};
use domain::failure::Failure;
use domain::id::{ContactId, ConversationId, GatewayId, IdentityId, MessageId, UserId};
use domain::inbound::{FileKind, StoryKind};
use domain::message::{Direction, Kind, SenderKind, Status};
use domain::outbound::Speaker;
use domain::thread_event::{appointment, came_by, close_reason, story_mention, view_once};
use domain::time::Micros;
use domain::window::{Permit, may_send, window};
use serde::Serialize;
use store::table::account::Account;
use store::table::contact;
use store::table::conversation::{self, Details};
use store::table::label::LabelColour;
use utoipa::ToSchema;

use crate::clock::rfc3339;
use crate::directory::Directory;
use crate::engine::Engine;
use crate::urls::Urls;

pub use comment::{CommentView, comments};
pub use csat::CsatView;
pub use failure::FailureView;
pub use filled_form::{FilledForm, FormAnswer};
pub use live_event::{ConnectEnded, ConnectState, LiveEvent};
pub use message::{AttachmentView, MessageView, ReferralView, message, messages, referral};
pub use offer::{OfferView, SenderOfTransfer};
pub use routing::RoutingView;
pub use sla::SlaView;
use words::{HolderKind, WindowGround};

pub use team::{AgentSkillView, AgentView, QueueLoad, StatusView, agent, queue_loads, status};

fn time(at: Option<Micros>) -> Option<String> {
    at.map(rfc3339)
}

/// An object with an id and a name.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Named {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A Page of a conversation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PageView {
    /// Meta's Page id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its picture, on this server.
    pub picture_url: Option<String>,
}

/// A label on a conversation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LabelView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its colour.
    pub colour: LabelColour,
}

/// A contact as one account knows them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct IdentityView {
    /// Its id, for splitting it off.
    #[schema(value_type = String)]
    pub id: IdentityId,
    /// The channel that the customer uses.
    #[schema(value_type = words::Channel)]
    pub channel: Channel,
    /// The channel's id of the account: for Messenger the Page id.
    pub account_id: String,
    /// The account's name.
    pub account_name: String,
    /// The account's id of the person: for Messenger the PSID.
    pub external_id: String,
    /// Since when they refuse marketing messages; left out if these may be sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub marketing_stopped_at: Option<String>,
    /// The messaging window there. Only in contacts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub window: Option<WindowView>,
}

/// A person.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ContactView {
    /// The contact's id.
    #[schema(value_type = String)]
    pub id: ContactId,
    /// Their name; a placeholder until it is known.
    pub name: String,
    /// Their picture, on this server.
    pub picture_url: Option<String>,
    /// Their phone number.
    pub phone: Option<String>,
    /// Their e-mail address.
    pub email: Option<String>,
    /// Their identities, one per account.
    pub identities: Vec<IdentityView>,
}

/// The messaging window: until when bots and people may write.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WindowView {
    /// When the 24 hours end.
    pub closes_at: Option<String>,
    /// When the 7 days for agents end, if the app has that feature.
    pub human_agent_until: Option<String>,
    /// Whether a person may write now.
    pub open: bool,
    /// The rule that allows agents to write now, if there is one.
    pub ground: Option<WindowGround>,
    /// Why a person may not write, and what would open the window, in English.
    pub reason: Option<String>,
    /// The same as a code and its arguments, for clients with their own texts.
    pub cause: Option<Failure>,
}

/// The sender of a message.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SenderView {
    /// The kind of sender.
    pub kind: SenderKind,
    /// The user, for agents.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, nullable = false)]
    pub id: Option<UserId>,
    /// Their name.
    pub name: String,
}

/// The file of the latest message.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LastFileView {
    /// What it is.
    pub kind: FileKind,
    /// Its name; null if the channel gave none.
    pub name: Option<String>,
    /// The duration of a recording in seconds, once it is stored and if it is known.
    pub seconds: Option<u32>,
}

/// The latest message by the customer or a person. Automatic texts do not count.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LastMessageView {
    /// The message.
    #[schema(value_type = String)]
    pub id: MessageId,
    /// Its text, shortened.
    pub text: String,
    /// What kind of thing it is.
    pub kind: Kind,
    /// Its direction.
    pub direction: Direction,
    /// The sender.
    pub sender: SenderView,
    /// When it was written.
    pub created_at: String,
    /// Its state.
    pub status: Status,
    /// Its first file.
    pub file: Option<LastFileView>,
    /// How it relates to a story.
    pub story: Option<StoryKind>,
    /// Whether it contained a view-once photo or video.
    pub view_once: bool,
}

/// A conversation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ConversationView {
    /// Its id.
    #[schema(value_type = String)]
    pub id: ConversationId,
    /// Its state.
    pub state: model::State,
    /// The channel that the customer uses.
    #[schema(value_type = words::Channel)]
    pub channel: Channel,
    /// The gateway that it came through.
    #[schema(value_type = String)]
    pub gateway_id: GatewayId,
    /// The account that the customer wrote to.
    pub account: PageView,
    /// The same, under its old name.
    pub page: PageView,
    /// The customer.
    pub contact: ContactView,
    /// Its labels, by name.
    pub labels: Vec<LabelView>,
    /// The queue that it waits in or came from.
    pub queue: Option<Named>,
    /// The agent who holds it; for a closed one, the agent who held it last.
    pub agent: Option<Named>,
    /// The choices of routing so far, the latest last.
    pub routing: Vec<RoutingView>,
    /// When it comes back to its agent, who snoozed it.
    pub snoozed_until: Option<String>,
    /// Colleagues who read and write alongside the agent.
    pub participants: Vec<Named>,
    /// Colleagues whom the agent has invited and who have not answered yet.
    pub invitations: Vec<OfferView>,
    /// The number of scheduled messages.
    pub scheduled: usize,
    /// The agent to whom it is offered now.
    pub offer: Option<OfferView>,
    /// The messaging window.
    pub window: WindowView,
    /// When it began.
    pub created_at: String,
    /// When it was last active.
    pub last_activity_at: String,
    /// When it joined the queue.
    pub queued_at: Option<String>,
    /// Conversations of queues with a higher priority are offered first.
    pub priority: i64,
    /// When the agent who holds it accepted; for a closed one, the agent who held it last.
    pub accepted_at: Option<String>,
    /// When it was closed.
    pub closed_at: Option<String>,
    /// When wrap-up ends automatically.
    pub wrap_up_until: Option<String>,
    /// What agents filled in, in the form of its queue.
    pub form: FilledForm,
    /// Why it was closed.
    pub close_reason: Option<String>,
    /// How satisfied the customer is; null until they have answered.
    pub csat: Option<CsatView>,
    /// The customer's first text.
    pub first_text: Option<String>,
    /// The latest message by the customer or an agent.
    pub last_message: Option<LastMessageView>,
    /// The number of messages of the customer that no agent has read.
    pub unread: u32,
    /// Whether it belongs to an isolated queue, so that only users who serve that queue see it.
    pub isolated: bool,
    /// Since when the customer has been waiting for an agent's answer.
    pub answer_due_since: Option<String>,
    /// What is due according to the targets of its queue.
    pub sla: SlaView,
    /// The app that answers instead of Deskbell; null while Deskbell may answer.
    pub held_by: Option<HolderView>,
    /// Until when the bot is paused, because a person answered outside Deskbell.
    pub bot_paused_until: Option<String>,
    /// What brought the customer here the first time.
    pub first_referral: Option<ReferralView>,
    /// What brought the customer here most recently.
    pub latest_referral: Option<ReferralView>,
    /// Increases with each change.
    pub version: i64,
}

/// Another app that controls the conversation. Meta would refuse messages from Deskbell.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct HolderView {
    /// Meta's own inbox, or another app.
    pub kind: HolderKind,
    /// Meta's id of the app, if known.
    pub app_id: Option<String>,
    /// Its name.
    pub name: String,
}

/// A contact without a known name, of which no channel is known.
pub const NAMELESS: &str = "Nameless customer";

/// A contact without a known name.
pub fn nameless(app: &Engine, channel: Channel) -> String {
    if channel == Channel::MESSENGER {
        return "Facebook user".to_owned();
    }
    format!("{} user", app.channels.capabilities(channel).name)
}

/// A conversation as in responses and events.
pub async fn conversation(app: &Engine, it: &Conversation) -> Result<ConversationView, store::Error> {
    let details = conversation::details(&app.store, std::slice::from_ref(it)).await?.pop();
    Ok(shown(app, it, details.unwrap_or_default()))
}

fn shown(app: &Engine, it: &Conversation, details: Details) -> ConversationView {
    let directory = app.directory();
    let Details { mut identities, last_user_at, labels, agent_name, last_status, last_seconds } = details;
    if it.isolated {
        // Its reader may be a guest, who must not see other Pages.
        identities.retain(|identity| identity.id == it.identity);
    }
    let page = directory.account(it.gateway, &it.account.id);
    let account = PageView {
        id: it.account.id.clone(),
        name: page.map(|page| page.name.clone()).unwrap_or_default(),
        picture_url: page.and_then(|page| page_picture_url(&app.urls, page)),
    };
    let queue = it.queue.map(|id| Named {
        id: id.to_string(),
        name: directory.queue(id).map(|queue| queue.name.clone()).unwrap_or_default(),
    });
    let holder = it.agent.or(if it.state.is_open() { None } else { it.last_agent });
    let agent = holder.map(|id| Named { id: id.to_string(), name: agent_name.unwrap_or_default() });
    let data = &it.data;
    let contact = contact_view(app, it.contact, &identities);
    let customer = contact.name.clone();
    ConversationView {
        id: it.id,
        state: it.state,
        channel: it.account.channel,
        gateway_id: it.gateway,
        page: account.clone(),
        account,
        contact,
        labels: labels
            .into_iter()
            .map(|label| LabelView { id: label.id.to_string(), name: label.name, colour: label.colour })
            .collect(),
        queue,
        agent,
        routing: data.routing.iter().map(RoutingView::from).collect(),
        snoozed_until: time(data.snooze.and_then(|snooze| snooze.until)),
        participants: data
            .participants
            .iter()
            .map(|it| Named { id: it.agent.to_string(), name: it.name.clone() })
            .collect(),
        invitations: data.invitations.iter().map(offer::invitation).collect(),
        scheduled: data.scheduled.len(),
        offer: data.offer.as_ref().map(|it| offer::offer(app, it)),
        window: window_view(
            it.state.is_open(),
            &app.channels.capabilities(it.account.channel).window,
            last_user_at,
            human_agent(&directory, it.gateway),
            app.clock.now(),
        ),
        created_at: rfc3339(it.created_at),
        last_activity_at: rfc3339(it.last_activity_at),
        queued_at: time(it.queued_at),
        priority: it.priority,
        accepted_at: time(data.accepted_at),
        closed_at: time(it.closed_at),
        wrap_up_until: time(data.wrap_until),
        form: FilledForm::of(&directory, it),
        close_reason: data.close_reason.as_ref().map(close_reason),
        csat: data.csat.as_ref().and_then(CsatView::of),
        first_text: data.first_text.clone().or_else(|| data.first_booking.as_ref().map(appointment)),
        last_message: data.last_message.as_ref().map(|last| LastMessageView {
            id: last.id,
            // What has no text gets its English here, as in the thread.
            text: match (data.latest_referral.as_deref(), &last.booking) {
                _ if !last.text.is_empty() => last.text.clone(),
                (Some(referral), _) if last.kind == Kind::Referral => came_by(referral),
                (_, Some(booking)) => appointment(booking),
                _ if last.story == Some(StoryKind::Mention) => story_mention(),
                _ if last.view_once => view_once(),
                _ => String::new(),
            },
            story: last.story,
            view_once: last.view_once,
            kind: last.kind,
            direction: last.direction,
            sender: SenderView {
                kind: last.sender,
                id: last.sender_user,
                name: if last.sender == SenderKind::Contact { customer } else { last.sender_name.clone() },
            },
            created_at: rfc3339(last.at),
            status: last_status.unwrap_or(last.status),
            file: last.file.as_ref().map(|file| LastFileView {
                kind: file.kind,
                name: Some(file.name.clone()).filter(|name| !name.is_empty()),
                seconds: last_seconds,
            }),
        }),
        unread: it.unread,
        isolated: it.isolated,
        answer_due_since: time(data.waiting_since(last_status)),
        sla: sla::sla(&directory, it, last_status, app.clock.now()),
        held_by: data.held_by.as_ref().map(|holder| HolderView {
            kind: if holder.inbox { HolderKind::Inbox } else { HolderKind::App },
            app_id: holder.app.clone(),
            name: holder.name(),
        }),
        bot_paused_until: time(data.bot_paused_until.filter(|until| *until > app.clock.now())),
        first_referral: data.first_referral.as_deref().map(|it| referral(it, None)),
        latest_referral: data.latest_referral.as_deref().map(|it| referral(it, None)),
        version: it.version,
    }
}

/// Several conversations, in the same order.
pub async fn conversations(app: &Engine, list: &[Conversation]) -> Result<Vec<ConversationView>, store::Error> {
    let details = conversation::details(&app.store, list).await?;
    Ok(list.iter().zip(details).map(|(it, details)| shown(app, it, details)).collect())
}

/// Whether a gateway's app has the Human Agent feature.
pub fn human_agent(directory: &Directory, gateway: GatewayId) -> bool {
    directory.gateways.get(&gateway).is_some_and(|known| known.row.human_agent)
}

/// The messaging window of one identity, whether or not a conversation is open there.
pub fn identity_window(app: &Engine, it: &contact::Identity) -> WindowView {
    let policy = &app.channels.capabilities(it.address.account.channel).window;
    let human_agent = human_agent(&app.directory(), it.gateway);
    window_view(true, policy, it.last_user_at, human_agent, app.clock.now())
}

fn window_view(
    is_open: bool,
    policy: &WindowPolicy,
    last_user_at: Option<Micros>,
    human_agent: bool,
    now: Micros,
) -> WindowView {
    let window = window(last_user_at, policy, human_agent);
    let (ground, cause) = match may_send(now, &window, policy, Speaker::Agent) {
        Permit::Response => (Some(WindowGround::Response), None),
        Permit::HumanAgent => (Some(WindowGround::HumanAgent), None),
        Permit::Closed(why) => (None, Some(why)),
    };
    WindowView {
        closes_at: time(window.closes_at),
        human_agent_until: time(window.human_agent_until),
        open: cause.is_none() && is_open,
        ground,
        reason: cause.as_ref().map(|why| why.english().to_string()),
        cause,
    }
}

/// The address of a Page's picture, if Meta gave one.
pub fn page_picture_url(urls: &Urls, page: &Account) -> Option<String> {
    page.picture_url.as_ref().map(|_| urls.page_picture(page.gateway, &page.account_id))
}

/// A contact as in responses.
pub fn contact_view(app: &Engine, id: ContactId, identities: &[contact::Identity]) -> ContactView {
    let directory = app.directory();
    let first = identities.first();
    // A customer whom we wrote to first is known only by their number.
    let number = || identities.iter().find_map(|one| one.phone.as_ref()).map(|digits| format!("+{digits}"));
    let unnamed = || first.map_or_else(|| NAMELESS.to_owned(), |one| nameless(app, one.address.account.channel));
    ContactView {
        id,
        name: first.and_then(|one| one.name.clone()).or_else(number).unwrap_or_else(unnamed),
        picture_url: first.and_then(|one| one.picture).map(|id| app.urls.medium(id)),
        phone: first.and_then(|one| one.contact_phone.clone()),
        email: first.and_then(|one| one.contact_email.clone()),
        identities: identities
            .iter()
            // A customer who only wrote a comment has no id for messages yet.
            .filter(|one| one.comment().is_none())
            .map(|one| IdentityView {
                id: one.id,
                channel: one.address.account.channel,
                account_id: one.address.account.id.clone(),
                account_name: directory
                    .account(one.gateway, &one.address.account.id)
                    .map(|page| page.name.clone())
                    .unwrap_or_default(),
                external_id: one.address.user.clone(),
                marketing_stopped_at: time(one.marketing_stopped_at),
                window: None,
            })
            .collect(),
    }
}
