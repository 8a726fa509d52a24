//! Rows that many tests need.

use domain::channel::{Account, Address};
use domain::conversation::{Conversation, ConversationData, State};
use domain::decision::{Decision, Send};
use domain::failure::{ChannelError, ErrorCase, Failure};
use domain::id::{ContactId, ConversationId, GatewayId, IdentityId, MessageId, OutboxId, UserId};
use domain::message::{Direction, Kind, Message, MessageData, Sender, SenderKind, Status};
use domain::outbound::{Part, Speaker};
use domain::role::Role;
use domain::time::Micros;
use domain::visibility::Viewer;
use store::table::contact::Identity;
use store::table::{agent, identity, record, user};
use store::{Batch, CommitError, Store};

/// The gateway of all rows.
pub const GATEWAY: GatewayId = GatewayId(9);
/// The Page of all rows.
pub const PAGE: &str = "200";

/// The same as an account.
pub fn account() -> Account {
    Account::page(PAGE)
}

/// A customer of it.
pub fn address(user: &str) -> Address {
    Address::new(account(), user)
}

/// Commits what `write` puts into a batch.
pub async fn commit(store: &Store, write: impl FnOnce(&mut Batch)) -> Result<Vec<u64>, CommitError> {
    let mut batch = Batch::new();
    write(&mut batch);
    store.commit(batch).await
}

/// The same for a batch that must be refused.
pub async fn conflict(store: &Store, write: impl FnOnce(&mut Batch)) {
    let result = commit(store, write).await;
    assert!(matches!(result, Err(CommitError::Conflict)), "{result:?}");
}

/// The same for a batch with a key that is taken.
pub async fn duplicate(store: &Store, write: impl FnOnce(&mut Batch)) {
    let result = commit(store, write).await;
    assert!(matches!(result, Err(CommitError::Duplicate)), "{result:?}");
}

/// A user who is an agent.
pub async fn agent(store: &Store, id: i64, name: &str, role: Role) -> UserId {
    let email = format!("{name}@example.org");
    let user = UserId(id);
    commit(store, |batch| {
        let new = user::NewUser { id: user, email: &email, name, role, password: "hash", agent: true };
        user::insert(batch, &new, Micros(1));
        agent::add(batch, user, Micros(1));
    })
    .await
    .unwrap();
    user
}

/// A customer with an identity and contact of the same number.
pub async fn customer(store: &Store, number: i64) -> Identity {
    let it = newcomer(number);
    commit(store, |batch| identity::insert(batch, &it)).await.unwrap();
    it
}

/// The same, not written yet.
pub fn newcomer(number: i64) -> Identity {
    Identity {
        id: IdentityId(number),
        gateway: GATEWAY,
        address: address(&format!("psid-{number}")),
        contact: ContactId(number),
        last_user_at: None,
        profile_tries: 0,
        profile_next_at: None,
        name: None,
        picture: None,
        created_at: Micros(number),
        phone: None,
        marketing_stopped_at: None,
        contact_phone: None,
        contact_email: None,
        channel_name: None,
        known_as: None,
    }
}

/// A conversation of a customer, not written yet.
pub fn conversation(id: i64, customer: &Identity, state: State) -> Conversation {
    Conversation {
        id: ConversationId(id),
        identity: customer.id,
        contact: customer.contact,
        gateway: GATEWAY,
        account: account(),
        state,
        queue: None,
        agent: None,
        last_agent: None,
        priority: 0,
        created_at: Micros(id),
        last_activity_at: Micros(id),
        queued_at: None,
        closed_at: (state == State::Closed).then_some(Micros(id)),
        unread: 0,
        isolated: false,
        data: ConversationData::default(),
        version: 1,
    }
}

/// A decision that begins a conversation.
pub fn begun(conversation: Conversation) -> Decision {
    Decision {
        conversation,
        created: true,
        messages: Vec::new(),
        mids: Vec::new(),
        labels: vec![],
        calls: vec![],
        changes: Vec::new(),
        sends: Vec::new(),
        agents: Vec::new(),
        wait: Vec::new(),
        events: Vec::new(),
        routing: false,
        window_at: None,
        flow_failures: Vec::new(),
    }
}

/// Writes a decision.
pub async fn write(store: &Store, decision: &Decision) {
    let mut batch = Batch::new();
    record::decision(&mut batch, decision, Micros(1));
    store.commit(batch).await.unwrap();
}

/// A message of a conversation that is waiting to be sent.
pub fn outgoing(id: i64, conversation: &Conversation) -> Message {
    Message {
        id: MessageId(id),
        conversation: conversation.id,
        identity: conversation.identity,
        kind: Kind::Text,
        direction: Direction::Out,
        sender: Sender { kind: SenderKind::Agent, name: "Ann".into(), user: None },
        text: Some(format!("Hello {id}")),
        data: MessageData { parts: 1, ..MessageData::default() },
        status: Status::Queued,
        error: None,
        at: Micros(id),
        client_id: Some(format!("key-{id}")),
    }
}

/// The request that sends a message.
pub fn request(id: i64, message: &Message, speaker: Speaker) -> Send {
    Send {
        id: OutboxId(id),
        message: Some(message.id),
        part_no: 0,
        part: Part::Text { text: message.text.clone().unwrap_or_default(), choices: Vec::new() },
        speaker,
        reply_to: None,
    }
}

/// A reason.
pub fn failure(trace: &str) -> Failure {
    let trace = Some(trace.into());
    Failure::Channel(ChannelError { case: ErrorCase::UnknownCode, code: 1, subcode: 0, trace })
}

/// A user who sees everything.
pub fn supervisor() -> Viewer {
    Viewer { user: UserId(99), role: Role::Supervisor, queues: Vec::new() }
}
