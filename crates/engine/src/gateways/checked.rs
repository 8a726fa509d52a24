//! What administrators send about a gateway, checked: on its own first, then with Meta.

use domain::id::FlowId;
use domain::page_trouble::PageTrouble;
use domain::secret::Secret;
use domain::turn::Templates;
use serde::Deserialize;
use store::Batch;
use store::table::gateway::{self, Gateway, GatewayEdit, GatewayKind, SecretState};
use store::table::{account, connection};
use utoipa::ToSchema;

use crate::clients::graph::Checked;
use crate::directory::{instagram_secret_purpose, secret_purpose};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::fields::{Fields, sent};

/// What new gateways use.
const VERSION: &str = "v26.0";
/// The longest text for customers, in characters: the limit of one message.
const LONGEST_TEXT: usize = 1_900;
/// The default and the longest bot pause after a person answered elsewhere, in minutes.
const BOT_PAUSE: i64 = 30;
const LONGEST_BOT_PAUSE: i64 = 1_440;

/// A new gateway.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGateway {
    pub kind: GatewayKind,
    /// 1 to 100 characters.
    pub name: String,
    /// Meta's App ID: digits.
    pub app_id: String,
    /// Meta's App Secret. It is stored encrypted and never returned.
    #[schema(value_type = String)]
    pub app_secret: Secret,
    /// The flow that greets; "Welcome" if left out.
    #[schema(value_type = Option<String>)]
    pub flow_id: Option<FlowId>,
    /// `vNN.N`; the newest if left out.
    pub api_version: Option<String>,
    /// The configuration of Facebook Login for Business, if the app uses it.
    pub login_config_id: Option<String>,
    /// The id of the app for Instagram Login: digits.
    pub instagram_app_id: Option<String>,
    /// Its secret. It is stored encrypted and never returned.
    #[schema(value_type = Option<String>)]
    pub instagram_app_secret: Option<Secret>,
    /// The configuration of WhatsApp's Embedded Signup.
    pub whatsapp_config_id: Option<String>,
    /// Whether events are to be processed; yes if left out.
    pub enabled: Option<bool>,
    /// Whether the app has Meta's Human Agent feature; no if left out.
    pub human_agent: Option<bool>,
    /// The maximum number of calls per second for one Page, 1 to 300; 40 if left out.
    pub page_rate: Option<i64>,
    /// For how many minutes the bot is paused after a person answered outside Deskbell, 0 to 1440; 30 if left out.
    pub bot_pause_minutes: Option<i64>,
}

/// A new gateway, checked.
#[derive(Debug)]
pub struct Good {
    pub name: String,
    pub app_id: String,
    pub app_secret: Secret,
    pub flow: FlowId,
    pub api_version: String,
    /// Whether the version was entered by the user: then Meta is asked whether it exists.
    pub probe: bool,
    pub login_config_id: Option<String>,
    pub instagram_app_id: Option<String>,
    pub instagram_app_secret: Option<Secret>,
    pub whatsapp_config_id: Option<String>,
    pub enabled: bool,
    pub human_agent: bool,
    pub page_rate: i64,
    pub bot_pause_minutes: i64,
}

/// Changes of a gateway.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GatewayChange {
    pub name: Option<String>,
    pub app_id: Option<String>,
    #[schema(value_type = Option<String>)]
    pub app_secret: Option<Secret>,
    #[schema(value_type = Option<String>)]
    pub flow_id: Option<FlowId>,
    pub api_version: Option<String>,
    /// null: classic Facebook Login.
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<String>)]
    pub login_config_id: Option<Option<String>>,
    /// null: no Instagram Login.
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<String>)]
    pub instagram_app_id: Option<Option<String>>,
    /// Stored encrypted and never returned. null removes it.
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<String>)]
    pub instagram_app_secret: Option<Option<Secret>>,
    /// null: no Embedded Signup.
    #[serde(default, deserialize_with = "sent")]
    #[schema(value_type = Option<String>)]
    pub whatsapp_config_id: Option<Option<String>>,
    pub enabled: Option<bool>,
    /// Whether the app has Meta's Human Agent feature.
    pub human_agent: Option<bool>,
    /// The maximum number of calls per second for one Page, 1 to 300.
    pub page_rate: Option<i64>,
    /// For how many minutes the bot is paused after a person answered outside Deskbell, 0 to 1440; 0 for never.
    pub bot_pause_minutes: Option<i64>,
    pub templates: Option<TemplatesChange>,
    /// Whether agents who have a picture answer under their own names.
    pub personas: Option<bool>,
    /// The version that was edited. If it is no longer the newest, the response is 409.
    pub version: Option<i64>,
}

/// The texts to change. Those that are left out stay as they are.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TemplatesChange {
    pub agent_name: Option<String>,
    pub joined: Option<String>,
    pub left: Option<String>,
    pub waiting_again: Option<String>,
    pub closed: Option<String>,
}

fn digits(fields: &mut Fields, pointer: &str, value: &str, what: &str) -> String {
    let value = value.trim();
    if !(1..=30).contains(&value.len()) || !value.bytes().all(|byte| byte.is_ascii_digit()) {
        fields.bad(pointer, format!("{what} is a number of up to 30 digits, as Meta's dashboard shows it."));
    }
    value.to_owned()
}

fn secret(fields: &mut Fields, value: &str) -> Secret {
    if value.trim().is_empty() {
        fields.bad(
            "/app_secret",
            "The App Secret is needed: copy it from App settings, Basic, in Meta's dashboard.",
        );
    }
    secret_at(fields, "/app_secret", value)
}

fn secret_at(fields: &mut Fields, pointer: &str, value: &str) -> Secret {
    let value = value.trim();
    if value.len() > 200 || !value.bytes().all(|byte| byte.is_ascii_graphic()) || value.contains('|') {
        fields.bad(pointer, "Enter a valid App Secret: up to 200 letters and digits, without spaces.");
    }
    value.into()
}

/// `vNN.N`.
fn is_version(text: &str) -> bool {
    let number =
        |text: &str, most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let parts = text.strip_prefix('v').and_then(|rest| rest.split_once('.'));
    parts.is_some_and(|(major, minor)| number(major, 3) && number(minor, 2))
}

fn version(fields: &mut Fields, value: &str) -> String {
    let value = value.trim();
    if !is_version(value) {
        fields.bad("/api_version", format!("An API version is written like {VERSION}."));
    }
    value.to_owned()
}

/// The id of something that a gateway may have.
fn id_of(fields: &mut Fields, (pointer, what): (&str, &str), value: Option<&str>) -> Option<String> {
    let value = value.map(str::trim).filter(|value| !value.is_empty())?;
    Some(digits(fields, pointer, value, what))
}

const LOGIN_CONFIG: (&str, &str) = ("/login_config_id", "A login configuration's id");
const INSTAGRAM_APP: (&str, &str) = ("/instagram_app_id", "An Instagram app ID");
const SIGNUP_CONFIG: (&str, &str) = ("/whatsapp_config_id", "A configuration's id");

fn instagram_secret(fields: &mut Fields, value: Option<&Secret>) -> Option<Secret> {
    let value = value.filter(|value| !value.trim().is_empty())?;
    Some(secret_at(fields, "/instagram_app_secret", value))
}

/// At most the rate of the fastest channel; an account of a slower one has a lower limit (`outbox/pace.rs`).
fn rate(app: &Engine, fields: &mut Fields, value: i64) -> i64 {
    let fastest = app.channels.all().map(|channel| channel.rates.per_second).max().unwrap_or(1);
    fields.between("/page_rate", value, 1, i64::from(fastest));
    value
}

/// The default rate, at which people can still follow along in Meta's inbox, on every channel.
fn usual_rate(app: &Engine) -> i64 {
    i64::from(app.channels.all().map(|channel| channel.rates.default_per_second).min().unwrap_or(1))
}

fn bot_pause(fields: &mut Fields, value: i64) -> i64 {
    fields.between("/bot_pause_minutes", value, 0, LONGEST_BOT_PAUSE);
    value
}

fn flow(app: &Engine, fields: &mut Fields, wanted: Option<FlowId>) -> FlowId {
    let directory = app.directory();
    match wanted {
        Some(flow) if directory.flows.contains_key(&flow) => flow,
        Some(flow) => {
            fields.bad(
                "/flow_id",
                "There is no such flow, or it was never published: choose another, or publish it first.",
            );
            flow
        }
        // The oldest is "Welcome", unless it was deleted.
        None => directory.flows.keys().min().copied().unwrap_or_else(|| {
            fields.bad("/flow_id", "There is no published flow: publish one first.");
            FlowId(0)
        }),
    }
}

fn text(fields: &mut Fields, name: &str, value: Option<&String>) {
    let Some(value) = value else { return };
    let pointer = format!("/templates/{name}");
    if !value.trim().is_empty() {
        fields.template(&pointer, value, LONGEST_TEXT, &Templates::VARIABLES);
    } else if name == "agent_name" {
        fields.bad(&pointer, "Agents need a name; for their own write {{ agent.name }}.");
    }
}

impl NewGateway {
    /// Checks it without asking Meta.
    pub fn checked(self, app: &Engine) -> Result<Good> {
        let mut fields = Fields::default();
        let good = Good {
            name: fields.name("/name", &self.name, 100),
            app_id: digits(&mut fields, "/app_id", &self.app_id, "An App ID"),
            app_secret: secret(&mut fields, &self.app_secret),
            flow: flow(app, &mut fields, self.flow_id),
            probe: self.api_version.is_some(),
            api_version: version(&mut fields, self.api_version.as_deref().unwrap_or(VERSION)),
            login_config_id: id_of(&mut fields, LOGIN_CONFIG, self.login_config_id.as_deref()),
            instagram_app_id: id_of(&mut fields, INSTAGRAM_APP, self.instagram_app_id.as_deref()),
            instagram_app_secret: instagram_secret(&mut fields, self.instagram_app_secret.as_ref()),
            whatsapp_config_id: id_of(&mut fields, SIGNUP_CONFIG, self.whatsapp_config_id.as_deref()),
            enabled: self.enabled.unwrap_or(true),
            human_agent: self.human_agent.unwrap_or(false),
            page_rate: rate(app, &mut fields, self.page_rate.unwrap_or_else(|| usual_rate(app))),
            bot_pause_minutes: bot_pause(&mut fields, self.bot_pause_minutes.unwrap_or(BOT_PAUSE)),
        };
        fields.done()?;
        Ok(good)
    }
}

/// What to check with Meta before saving.
pub struct Checking<'a> {
    /// The API version to ask with.
    pub version: &'a str,
    /// Whether to check that the version exists.
    pub probe: bool,
    /// App ID and App Secret, if they are to be checked.
    pub app: Option<(&'a str, &'a str)>,
}

impl Checking<'_> {
    /// Asks Meta and returns the state of the secret. A refusal is an error; no answer is not.
    pub async fn with_meta(self, app: &Engine) -> Result<SecretState> {
        let probe = async { if self.probe { app.graph.probe_version(self.version).await } else { None } };
        let check = async {
            match self.app {
                Some((id, secret)) => app.graph.check_app(self.version, id, secret).await,
                None => Checked::Unknown,
            }
        };
        let (exists, checked) = tokio::join!(probe, check);
        if exists == Some(false) {
            let detail = format!("Meta knows no API version {}: choose another, such as {VERSION}.", self.version);
            return Err(Error::field("/api_version", detail));
        }
        match checked {
            Checked::Good => Ok(SecretState::Ok),
            Checked::Unknown => Ok(SecretState::Unchecked),
            Checked::Refused(detail) => Err(Error::field("/app_secret", detail)),
        }
    }
}

impl GatewayChange {
    /// Checks it without asking Meta.
    pub fn checked(mut self, app: &Engine) -> Result<Self> {
        let mut fields = Fields::default();
        self.name = self.name.map(|name| fields.name("/name", &name, 100));
        self.app_id = self.app_id.map(|id| digits(&mut fields, "/app_id", &id, "An App ID"));
        self.app_secret = self.app_secret.map(|value| secret(&mut fields, &value));
        self.flow_id = self.flow_id.map(|id| flow(app, &mut fields, Some(id)));
        self.api_version = self.api_version.map(|value| version(&mut fields, &value));
        self.page_rate = self.page_rate.map(|value| rate(app, &mut fields, value));
        self.bot_pause_minutes = self.bot_pause_minutes.map(|value| bot_pause(&mut fields, value));
        let mut id =
            |what, value: Option<Option<String>>| value.map(|value| id_of(&mut fields, what, value.as_deref()));
        self.login_config_id = id(LOGIN_CONFIG, self.login_config_id);
        self.instagram_app_id = id(INSTAGRAM_APP, self.instagram_app_id);
        self.whatsapp_config_id = id(SIGNUP_CONFIG, self.whatsapp_config_id);
        let instagram = self.instagram_app_secret;
        self.instagram_app_secret = instagram.map(|value| instagram_secret(&mut fields, value.as_ref()));
        if let Some(it) = &self.templates {
            text(&mut fields, "agent_name", it.agent_name.as_ref());
            text(&mut fields, "joined", it.joined.as_ref());
            text(&mut fields, "left", it.left.as_ref());
            text(&mut fields, "waiting_again", it.waiting_again.as_ref());
            text(&mut fields, "closed", it.closed.as_ref());
        }
        fields.done()?;
        Ok(self)
    }

    /// Checks changed values with Meta. Returns the new state of the secret, if it changes.
    pub async fn check_with_meta(&self, app: &Engine, before: &Gateway) -> Result<Option<SecretState>> {
        let new_id = self.app_id.as_ref().filter(|id| **id != before.app_id);
        let new_version = self.api_version.as_ref().filter(|version| **version != before.api_version);
        let current = app.cipher.open(&before.app_secret, &secret_purpose(before.id)).map(Secret);
        let secret = self.app_secret.as_ref().or(current.as_ref());
        let pair = (new_id.is_some() || self.app_secret.is_some()).then_some(());
        let pair = match (pair, secret) {
            (None, _) => None,
            (Some(()), Some(secret)) => Some((new_id.unwrap_or(&before.app_id).as_str(), &**secret)),
            (Some(()), None) => {
                return Err(Error::field(
                    "/app_secret",
                    "The App Secret is lost: type it together with the App ID.",
                ));
            }
        };
        if pair.is_none() && new_version.is_none() {
            return Ok(None);
        }
        let checking = Checking {
            version: new_version.unwrap_or(&before.api_version),
            probe: new_version.is_some(),
            app: pair,
        };
        let state = checking.with_meta(app).await?;
        Ok(pair.map(|_| state))
    }

    /// Saves the change.
    pub async fn write(
        &self,
        app: &Engine,
        batch: &mut Batch,
        before: &Gateway,
        secret_state: Option<SecretState>,
    ) -> Result<()> {
        let id = before.id;
        let mut texts: Templates = before.templates.clone();
        if let Some(new) = &self.templates {
            for (text, new) in [
                (&mut texts.agent_name, &new.agent_name),
                (&mut texts.joined, &new.joined),
                (&mut texts.left, &new.left),
                (&mut texts.waiting_again, &new.waiting_again),
                (&mut texts.closed, &new.closed),
            ] {
                if let Some(new) = new {
                    new.trim().clone_into(text);
                }
            }
        }
        let app_secret = match &self.app_secret {
            Some(secret) => app.cipher.seal(secret, &secret_purpose(id)),
            None => before.app_secret.0.clone(),
        };
        let instagram_app_secret = match &self.instagram_app_secret {
            Some(Some(secret)) => app.cipher.seal(secret, &instagram_secret_purpose(id)),
            Some(None) => String::new(),
            None => before.instagram_app_secret.0.clone(),
        };
        let login_config_id = self.login_config_id.as_ref().unwrap_or(&before.login_config_id);
        let instagram_app_id = self.instagram_app_id.as_ref().unwrap_or(&before.instagram_app_id);
        let whatsapp_config_id = self.whatsapp_config_id.as_ref().unwrap_or(&before.whatsapp_config_id);
        let edit = GatewayEdit {
            name: self.name.as_ref().unwrap_or(&before.name),
            app_id: self.app_id.as_ref().unwrap_or(&before.app_id),
            app_secret: &app_secret,
            secret_state: secret_state.unwrap_or(before.secret_state),
            flow: self.flow_id.unwrap_or(before.flow),
            api_version: self.api_version.as_ref().unwrap_or(&before.api_version),
            login_config_id: login_config_id.as_deref(),
            enabled: self.enabled.unwrap_or(before.enabled),
            templates: &texts,
            human_agent: self.human_agent.unwrap_or(before.human_agent),
            page_rate: self.page_rate.unwrap_or(before.page_rate),
            bot_pause_minutes: self.bot_pause_minutes.unwrap_or(before.bot_pause_minutes),
            instagram_app_id: instagram_app_id.as_deref(),
            instagram_app_secret: &instagram_app_secret,
            whatsapp_config_id: whatsapp_config_id.as_deref(),
        };
        gateway::update(batch, id, &edit, Some(before.version));
        if let Some(personas) = self.personas {
            gateway::set_personas(batch, id, personas);
        }
        if self.app_id.as_ref().is_some_and(|new| *new != before.app_id) {
            self.strangers(app, batch, before).await?;
        }
        Ok(())
    }

    /// Marks tokens of another app, which are useless for this one.
    async fn strangers(&self, app: &Engine, batch: &mut Batch, before: &Gateway) -> Result<()> {
        let id = before.id;
        gateway::forget_app(batch, id);
        for account in connection::of_gateway(&app.store, id).await? {
            connection::revoke(batch, id, account.id);
        }
        for page in account::of_gateway(&app.store, id).await? {
            account::set_trouble(batch, id, &page.account_id, Some(&PageTrouble::AppChanged {}));
        }
        Ok(())
    }

    /// The names of the changed fields, for the audit log: never the values.
    pub fn fields(&self) -> impl Iterator<Item = &'static str> + use<> {
        let names = [
            ("name", self.name.is_some()),
            ("app_id", self.app_id.is_some()),
            ("app_secret", self.app_secret.is_some()),
            ("flow_id", self.flow_id.is_some()),
            ("api_version", self.api_version.is_some()),
            ("login_config_id", self.login_config_id.is_some()),
            ("instagram_app_id", self.instagram_app_id.is_some()),
            ("instagram_app_secret", self.instagram_app_secret.is_some()),
            ("whatsapp_config_id", self.whatsapp_config_id.is_some()),
            ("enabled", self.enabled.is_some()),
            ("human_agent", self.human_agent.is_some()),
            ("page_rate", self.page_rate.is_some()),
            ("bot_pause_minutes", self.bot_pause_minutes.is_some()),
            ("templates", self.templates.is_some()),
            ("personas", self.personas.is_some()),
        ];
        names.into_iter().filter(|(_, changes)| *changes).map(|(name, _)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_written_as_metas() {
        for good in ["v26.0", "v9.0", "v100.12"] {
            assert!(is_version(good), "{good}");
        }
        for bad in ["26.0", "v26", "v.0", "v26.", "v26.0 ", "v26.0/../x", "v1000.0", "V26.0", ""] {
            assert!(!is_version(bad), "{bad}");
        }
    }

    #[test]
    fn ids_and_secrets_are_checked_by_their_looks() {
        let errors = |check: &dyn Fn(&mut Fields)| {
            let mut fields = Fields::default();
            check(&mut fields);
            fields.done().is_err()
        };
        assert!(!errors(&|fields| drop(digits(fields, "/app_id", " 123456 ", "An App ID"))));
        assert!(errors(&|fields| drop(digits(fields, "/app_id", "12a", "An App ID"))));
        assert!(errors(&|fields| drop(digits(fields, "/app_id", "", "An App ID"))));
        assert!(!errors(&|fields| drop(secret(fields, "0123abcd"))));
        assert!(errors(&|fields| drop(secret(fields, "with space"))));
        assert!(errors(&|fields| drop(secret(fields, ""))));
        assert!(!errors(&|fields| drop(id_of(fields, LOGIN_CONFIG, Some(" ")))));
        assert!(errors(&|fields| drop(id_of(fields, INSTAGRAM_APP, Some("12a")))));
        assert!(errors(&|fields| text(fields, "joined", Some(&"{{ agent.name".to_owned()))));
        assert!(!errors(&|fields| text(fields, "joined", Some(&String::new()))));
        assert!(errors(&|fields| text(fields, "agent_name", Some(&String::new()))));
    }
}
