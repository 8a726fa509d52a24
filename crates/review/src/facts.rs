//! What this installation knows about itself that App Review asks for, read at once.

use channels::connecting::Connecting;
use domain::channel::{Channel, Login};
use domain::id::GatewayId;
use domain::secret::Secret;
use domain::time::{DAY, Micros};
use store::table::account::Connection;
use store::table::{activity, review};

use super::access;
use super::meta_status::MetaStatus;
use super::operator_answers::OperatorAnswers;
use super::permission::Permission;
use super::way::{Way, listed};
use engine::directory::GatewayEntry;
use engine::engine::Engine;
use engine::retention::rules::{self, Rules};

/// How long a call counts for Meta's form (meta-platform.md §9.3).
pub const FRESH: i64 = 30 * DAY;

/// What customers write to: a Page, an Instagram account, a WhatsApp number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountFact {
    pub channel: Channel,
    pub id: String,
    pub name: String,
    /// Its public handle: `@lavka.shop`, `+380 44 123 4567`. A Page only has its name.
    pub handle: Option<String>,
    /// The login that connected it.
    pub login: Login,
    /// Whether its messages are received.
    pub subscribed: bool,
}

impl AccountFact {
    /// Its handle, else its name in quotation marks.
    pub fn shown(&self) -> String {
        self.handle.clone().unwrap_or_else(|| format!("\"{}\"", self.name))
    }

    /// The address at which customers write to it; None if only its id is known.
    pub fn link(&self) -> Option<String> {
        let handle = self.handle.as_deref();
        match self.channel {
            Channel::MESSENGER => Some(format!("https://m.me/{}", self.id)),
            Channel::INSTAGRAM => Some(format!("https://ig.me/m/{}", handle?.trim_start_matches('@'))),
            Channel::WHATSAPP => {
                let digits: String = handle?.chars().filter(char::is_ascii_digit).collect();
                Some(format!("https://wa.me/{digits}"))
            }
            _ => None,
        }
    }
}

impl From<store::table::account::Account> for AccountFact {
    fn from(account: store::table::account::Account) -> Self {
        let username = account.username.map(|username| format!("@{username}"));
        Self {
            channel: account.channel,
            id: account.account_id,
            name: account.name,
            handle: account.phone.or(username),
            login: account.login,
            subscribed: account.subscribed,
        }
    }
}

/// The last successful call for a permission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The permission, as the Graph client calls it.
    pub permission: String,
    /// What was called.
    pub endpoint: String,
    pub at: Micros,
}

/// The reviewer's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewer {
    /// What they sign in with.
    pub email: String,
    /// Their password; None if it was encrypted with another key.
    pub password: Option<Secret>,
    /// When it ends.
    pub expires_at: Micros,
    /// The code word that starts the review's conversation.
    pub code_word: String,
    /// Links that start it: the Page's name and the address.
    pub links: Vec<(String, String)>,
}

/// Everything that is known.
#[derive(Debug, Clone)]
pub struct Facts {
    pub at: Micros,
    pub gateway: GatewayId,
    pub name: String,
    pub app_id: String,
    /// The address at which browsers and Meta reach this installation, without a trailing slash.
    pub public_url: String,
    /// The gateway's address at Meta.
    pub webhook_url: String,
    /// Whether Facebook Login for Business is used.
    pub login_config: bool,
    /// Whether WhatsApp's Embedded Signup is set up.
    pub embedded_signup: bool,
    /// Whether late answers of people are sent with the Human Agent feature.
    pub human_agent: bool,
    /// Whether the gateway is switched on.
    pub enabled: bool,
    /// `ok`, `refused`, `unchecked`, or `lost`.
    pub secret_state: String,
    /// When Meta last verified the webhook.
    pub webhook_verified_at: Option<Micros>,
    /// When a login last succeeded.
    pub login_ok_at: Option<Micros>,
    /// When the last event arrived.
    pub last_event_at: Option<Micros>,
    /// When a message was last sent.
    pub last_sent_at: Option<Micros>,
    /// What customers write to, by name.
    pub accounts: Vec<AccountFact>,
    /// The ways in which the gateway reaches customers.
    pub ways: Vec<Way>,
    /// The logins that connected them.
    pub logins: Vec<Connection>,
    /// The last successful call for each permission.
    pub uses: Vec<Use>,
    /// How long data is stored.
    pub rules: Rules,
    /// Whether the store is a PostgreSQL server; else it is a file on this computer.
    pub postgres: bool,
    /// Whether an agent is online.
    pub agent_online: bool,
    /// The reviewer's account, if there is one.
    pub reviewer: Option<Reviewer>,
    /// Names of the recordings that were made.
    pub recordings: Vec<String>,
    /// Whether Chromium is available for printing.
    pub prints: bool,
    /// Meta's status when it was last asked.
    pub meta_status: Option<MetaStatus>,
    /// The operator's answer.
    pub operator: OperatorAnswers,
    /// Incremented with each edit of it; 0 before the first.
    pub version: i64,
}

impl Facts {
    /// Reads all facts about a gateway. They contain the reviewer's password, so they are not for everyone.
    pub async fn read(app: &Engine, known: &GatewayEntry) -> Result<Self, store::Error> {
        let mut facts = Self::in_public(app, known).await?;
        facts.recordings = super::archive::recordings(app, facts.gateway).await;
        facts.reviewer = access::of(app, facts.gateway).await?.map(|it| Reviewer {
            email: it.email,
            password: it.password,
            expires_at: it.expires_at,
            code_word: it.code_word,
            links: it.links.into_iter().map(|link| (link.page_name, link.url)).collect(),
        });
        Ok(facts)
    }

    /// Reads the facts for public pages: nothing about the reviewer.
    pub async fn in_public(app: &Engine, known: &GatewayEntry) -> Result<Self, store::Error> {
        let row = &known.row;
        let found = review::snapshot(&app.store, row.id).await?;
        let activity = activity::of_gateway(&app.store, row.id).await?;
        let fresh = found.gateway.unwrap_or_else(|| row.clone());
        let (answers, version) = review::answers(&app.store, row.id).await?;
        let uses =
            found.uses.into_iter().map(|it| Use { permission: it.permission, endpoint: it.endpoint, at: it.at });
        let accounts: Vec<AccountFact> = found.accounts.into_iter().map(Into::into).collect();
        let ways = Way::used(&fresh, &accounts);
        Ok(Self {
            at: app.clock.now(),
            gateway: row.id,
            name: fresh.name,
            app_id: fresh.app_id,
            public_url: app.config.public_url.clone(),
            webhook_url: app.urls.webhook(&row.uri),
            login_config: fresh.login_config_id.is_some(),
            embedded_signup: fresh.whatsapp_config_id.is_some(),
            human_agent: fresh.human_agent,
            enabled: fresh.enabled,
            secret_state: if known.secret.is_some() { fresh.secret_state.word() } else { "lost" }.to_owned(),
            webhook_verified_at: fresh.webhook_verified_at,
            login_ok_at: fresh.login_ok_at,
            last_event_at: activity.last_event(row.id),
            last_sent_at: activity.last_sent(row.id),
            accounts,
            ways,
            logins: found.connections,
            uses: uses.collect(),
            rules: rules::read(&rules::stored(app).await?),
            postgres: app.config.database_url.starts_with("postgres"),
            agent_online: app.roster().iter().any(|agent| agent.status == domain::agent::Status::Online),
            reviewer: None,
            recordings: Vec::new(),
            prints: film::tools::chromium(app.config.chromium.as_deref()).is_ok(),
            meta_status: found.meta_status.and_then(|it| MetaStatus::read(it.at, &it.json)),
            operator: OperatorAnswers::read(&answers),
            version,
        })
    }

    /// The last successful call for a permission.
    pub fn used(&self, permission: Permission) -> Option<&Use> {
        self.uses.iter().find(|it| it.permission == permission.name())
    }

    /// Whether it still counts for Meta's form.
    pub fn is_fresh(&self, used: &Use) -> bool {
        self.at.since(used.at) <= FRESH
    }

    /// Whether customers are reached in this way.
    pub fn has(&self, way: Way) -> bool {
        self.ways.contains(&way)
    }

    /// Whether nothing but Messenger is used.
    pub fn is_messenger_alone(&self) -> bool {
        self.ways == [Way::Messenger]
    }

    /// One way for each app that customers write with.
    pub fn by_app(&self) -> Vec<Way> {
        let mut ways = self.ways.clone();
        ways.dedup_by_key(|way| way.app());
        ways
    }

    /// The apps that customers write with, as "Messenger or Instagram".
    pub fn apps(&self, last: &str) -> String {
        listed(&self.by_app().into_iter().map(Way::app).collect::<Vec<_>>(), last)
    }

    /// The noun for the main kind of account: a Page, or what the gateway has instead.
    pub fn noun(&self) -> &'static str {
        Connecting::of(self.ways[0].channel()).noun
    }

    /// The accounts of a channel.
    pub fn of_channel(&self, channel: Channel) -> impl Iterator<Item = &AccountFact> {
        self.accounts.iter().filter(move |account| account.channel == channel)
    }

    /// The agents' screen.
    pub fn workspace(&self) -> String {
        format!("{}/workspace", self.public_url)
    }

    /// The base address of the gateway's screens.
    pub fn screens(&self) -> String {
        format!("{}/admin/gateways/{}", self.public_url, self.gateway)
    }

    /// The address of one of the public pages.
    pub fn legal_url(&self, page: &str) -> String {
        format!("{}/legal/{}/{page}", self.public_url, self.gateway)
    }

    /// The public host of this installation.
    pub fn host(&self) -> String {
        let url = reqwest::Url::parse(&self.public_url).ok();
        url.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_else(|| self.public_url.clone())
    }

    /// The account of a kind that the review is shown on: the first that is switched on, else the first.
    pub fn main_account(&self, is_kind: impl Fn(&AccountFact) -> bool) -> Option<&AccountFact> {
        let kind = || self.accounts.iter().filter(|account| is_kind(account));
        kind().find(|account| account.subscribed).or(kind().next())
    }

    /// The Page that the review is shown on.
    pub fn main_page(&self) -> Option<&AccountFact> {
        self.main_account(|account| account.channel == Channel::MESSENGER)
    }

    /// Who is responsible, in the operator's words; None if not answered.
    pub fn responsible(&self) -> Option<&str> {
        self.operator.answer("responsible")
    }

    /// The name of the business in our texts: its own name, else that of its Page or another account.
    pub fn business(&self) -> &str {
        let account = || self.main_page().or(self.main_account(|_| true)).map(|account| account.name.as_str());
        self.responsible().or_else(account).unwrap_or("our business")
    }

    /// Whether a review is needed; None while it isn't known who will write.
    pub fn needs_review(&self) -> Option<bool> {
        use super::operator_answers::{Connectors, Writers};
        match (self.operator.writers, self.operator.connectors) {
            (Some(Writers::Public), _) | (_, Some(Connectors::Others)) => Some(true),
            (Some(Writers::Role), Some(Connectors::Role)) => Some(false),
            _ => None,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An account of Lavka's that is switched on.
    pub fn account(channel: Channel, id: &str, handle: Option<&str>) -> AccountFact {
        let handle = handle.map(str::to_owned);
        AccountFact {
            channel,
            id: id.into(),
            name: "Lavka".into(),
            handle,
            login: Login::Facebook,
            subscribed: true,
        }
    }

    /// [`sample`] with an Instagram account that was found through its Page.
    pub fn with_instagram() -> Facts {
        let mut facts = sample();
        facts.accounts.push(account(Channel::INSTAGRAM, "17841400000000001", Some("@lavka.shop")));
        facts.ways.push(Way::InstagramByPage);
        facts
    }

    /// An installation before anything was done for the review.
    pub fn sample() -> Facts {
        Facts {
            at: Micros(1_795_373_361_000_000),
            gateway: GatewayId(7),
            name: "Lavka".into(),
            app_id: "100".into(),
            public_url: "https://desk.example".into(),
            webhook_url: "https://desk.example/chat/abc".into(),
            login_config: false,
            embedded_signup: false,
            human_agent: false,
            enabled: true,
            secret_state: "ok".into(),
            webhook_verified_at: None,
            login_ok_at: None,
            last_event_at: None,
            last_sent_at: None,
            accounts: vec![account(Channel::MESSENGER, "200", None)],
            ways: vec![Way::Messenger],
            logins: Vec::new(),
            uses: Vec::new(),
            rules: Rules::default(),
            postgres: false,
            agent_online: false,
            reviewer: None,
            recordings: Vec::new(),
            prints: true,
            meta_status: None,
            operator: OperatorAnswers::default(),
            version: 0,
        }
    }

    #[test]
    fn a_review_is_needed_for_whoever_has_no_role_on_the_app() {
        use super::super::operator_answers::{Connectors, Writers};
        let needs = |writers, connectors| {
            let mut facts = sample();
            (facts.operator.writers, facts.operator.connectors) = (writers, connectors);
            facts.needs_review()
        };
        assert_eq!(needs(None, None), None);
        assert_eq!(needs(Some(Writers::Public), None), Some(true));
        assert_eq!(needs(Some(Writers::Role), None), None);
        assert_eq!(needs(Some(Writers::Role), Some(Connectors::Role)), Some(false));
        assert_eq!(needs(Some(Writers::Role), Some(Connectors::Others)), Some(true));
    }
}
