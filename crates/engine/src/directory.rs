//! What every request and turn needs and what rarely changes: gateways, Pages, queues, flows and agents. Read into
//! memory as a whole, and replaced as a whole when one of them has changed.

use std::collections::HashMap;
use std::sync::Arc;

use domain::agent::Agent;
use domain::conversation::FlowRef;
use domain::flow::FlowBody;
use domain::id::{FlowId, GatewayId, QueueId, UserId};
use domain::time::Micros;
use domain::turn::QueueFacts;
use store::table::gateway::{self, Gateway};
use store::table::page::{self, Page};
use store::table::queue::{self, Queue};
use store::table::reviewer::{self, Reviewer};
use store::table::{agent, flow};
use store::{Error, Store};

use crate::secrets::Cipher;

/// A gateway as requests need it: with its secret in clear, if the key fits.
#[derive(Debug, Clone)]
pub struct GatewayEntry {
    pub row: Gateway,
    /// The App Secret; None when it was sealed with another key, and must be typed again.
    pub secret: Option<Secret>,
}

/// A secret in memory; never shown by `{:?}`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("••••")
    }
}

/// One reading of all of it.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    pub gateways: HashMap<GatewayId, Arc<GatewayEntry>>,
    /// By the last part of their address.
    pub by_uri: HashMap<String, GatewayId>,
    /// By gateway and Meta's Page id.
    pub pages: HashMap<(GatewayId, String), Page>,
    /// In order of age: the first is the one for those that name none.
    pub queues: Vec<Queue>,
    /// What new runs begin with.
    pub flows: HashMap<FlowId, (i64, Arc<FlowBody>)>,
    /// Everybody who takes chats.
    pub agents: Vec<Agent>,
    /// Meta's reviewers, those too whose access is over and being cleared away.
    pub reviewers: Vec<Reviewer>,
}

/// What an App Secret is sealed for.
pub fn secret_purpose(id: GatewayId) -> String {
    format!("gateway {id} app_secret")
}

/// What a token of a gateway is sealed for.
pub fn token_purpose(id: GatewayId) -> String {
    format!("gateway {id} token")
}

impl Directory {
    /// Reads all of it.
    pub async fn read(store: &Store, cipher: &Cipher) -> Result<Self, Error> {
        let mut it = Self::default();
        for row in gateway::list(store).await? {
            let secret = cipher.open(&row.app_secret, &secret_purpose(row.id)).map(Secret);
            it.by_uri.insert(row.uri.clone(), row.id);
            it.gateways.insert(row.id, Arc::new(GatewayEntry { row, secret }));
        }
        for page in page::all(store).await? {
            it.pages.insert((page.gateway, page.page.clone()), page);
        }
        it.queues = queue::list(store).await?;
        for version in flow::published(store).await? {
            match domain::flow::parse(&version.body) {
                Ok(body) => {
                    it.flows.insert(version.flow, (version.number, Arc::new(body)));
                }
                Err(problems) => {
                    tracing::error!(
                        flow = version.flow.0,
                        problems = problems.len(),
                        "a published flow cannot be read"
                    );
                }
            }
        }
        it.agents = agent::list(store).await?;
        it.reviewers = reviewer::list(store).await?;
        Ok(it)
    }

    /// The gateway that an address belongs to.
    pub fn gateway_at(&self, uri: &str) -> Option<&Arc<GatewayEntry>> {
        self.gateways.get(self.by_uri.get(uri)?)
    }

    /// One page of a gateway.
    pub fn page(&self, gateway: GatewayId, page: &str) -> Option<&Page> {
        self.pages.get(&(gateway, page.to_owned()))
    }

    pub fn queue(&self, id: QueueId) -> Option<&Queue> {
        self.queues.iter().find(|queue| queue.id == id)
    }

    pub fn agent(&self, user: UserId) -> Option<&Agent> {
        self.agents.iter().find(|agent| agent.user == user)
    }

    /// The flow that a gateway's new runs begin with.
    pub fn flow_of(&self, gateway: GatewayId) -> Option<(FlowRef, Arc<FlowBody>)> {
        let flow = self.gateways.get(&gateway)?.row.flow;
        let (version, body) = self.flows.get(&flow)?;
        Some((FlowRef { flow, version: *version }, Arc::clone(body)))
    }

    /// The flow that new runs of a conversation begin with: a review has one of its own.
    pub fn flow_for(&self, gateway: GatewayId, review: Option<UserId>) -> Option<(FlowRef, Arc<FlowBody>)> {
        let own = review.and_then(|user| self.reviewer(user)).and_then(|reviewer| {
            let (version, body) = self.flows.get(&reviewer.flow)?;
            Some((FlowRef { flow: reviewer.flow, version: *version }, Arc::clone(body)))
        });
        own.or_else(|| self.flow_of(gateway))
    }

    /// A reviewer's access, by their user.
    pub fn reviewer(&self, user: UserId) -> Option<&Reviewer> {
        self.reviewers.iter().find(|reviewer| reviewer.user == user)
    }

    /// The access to a gateway that holds at `at`.
    pub fn reviewer_of(&self, gateway: GatewayId, at: Micros) -> Option<&Reviewer> {
        self.reviewers.iter().find(|reviewer| reviewer.gateway == gateway && reviewer.lives(at))
    }

    /// The queues that an agent serves: for a reviewer the one of their review, for all others those of customers.
    pub fn served_by(&self, user: UserId, is_reviewer: bool) -> Vec<QueueId> {
        self.queues.iter().filter(|queue| self.serves(user, is_reviewer, queue)).map(|queue| queue.id).collect()
    }

    fn serves(&self, user: UserId, is_reviewer: bool, queue: &Queue) -> bool {
        if !is_reviewer {
            return queue.served_by(user, None);
        }
        // A reviewer without access serves nothing, which is not the same as being a colleague.
        self.reviewer(user).is_some_and(|reviewer| queue.served_by(user, Some(reviewer.gateway)))
    }

    /// How many agents of a queue are online now.
    pub fn online(&self, queue: &Queue) -> usize {
        self.agents
            .iter()
            .filter(|agent| agent.takes_chats() && self.serves(agent.user, agent.reviewer, queue))
            .count()
    }

    /// The queues as a turn may know them.
    pub fn queue_facts(&self) -> Vec<QueueFacts> {
        self.queues
            .iter()
            .map(|queue| QueueFacts {
                id: queue.id,
                name: queue.name.clone(),
                priority: queue.priority,
                offer_seconds: queue.offer_seconds,
                missed_limit: queue.missed_limit,
                wrap_up_seconds: queue.wrap_up_seconds,
                online: self.online(queue) > 0,
                review_of: queue.review_of,
            })
            .collect()
    }
}
