//! What is already connected in a demo: a gateway with an account on each channel, connected by the same logins and
//! use cases as in Admin.

use domain::channel::Channel;
use domain::secret::Secret;
use engine::connect::{self, AttemptState, Wanted};
use engine::directory::GatewayEntry;
use engine::gateways::{self, NewGateway};
use engine::pages::subscribe;
use engine::users::By;
use reqwest::Client;
use sandbox::seed::{
    DEMO_APP_ID, DEMO_APP_SECRET, DEMO_INSTAGRAM_APP_ID, DEMO_INSTAGRAM_APP_SECRET, DEMO_INSTAGRAM_ID,
    DEMO_NUMBER_ID, DEMO_PAGE_ID, DEMO_PERSON_ID, DEMO_SIGNUP_CONFIG_ID, DEMO_SYSTEM_USER_TOKEN,
};
use serde_json::{Value, json};
use store::table::account;
use store::table::gateway::GatewayKind;
use store::table::user::User;

use super::super::{Failure, Outcome, failure};
use crate::app::App;

/// Creates the gateway, connects the Page, its Instagram account and the WhatsApp number, and switches all three on.
pub(super) async fn connect(app: &App, client: &Client, sandbox: &str, owner: &User) -> Outcome {
    let new = NewGateway {
        kind: GatewayKind::Meta,
        name: "Lavka".into(),
        app_id: DEMO_APP_ID.into(),
        app_secret: Secret(DEMO_APP_SECRET.into()),
        flow_id: None,
        api_version: None,
        login_config_id: None,
        instagram_app_id: Some(DEMO_INSTAGRAM_APP_ID.into()),
        instagram_app_secret: Some(Secret(DEMO_INSTAGRAM_APP_SECRET.into())),
        whatsapp_config_id: Some(DEMO_SIGNUP_CONFIG_ID.into()),
        enabled: None,
        human_agent: Some(true),
        page_rate: None,
        bot_pause_minutes: None,
    };
    let made = gateways::create(app, owner.id, new).await.map_err(failure)?;
    super::paste(client, sandbox, &made.webhook_url).await?;
    let id = made.id.parse().map_err(|_| Failure(format!("The gateway's id is {}, which is no id.", made.id)))?;
    let known = gateways::known(app, id).map_err(failure)?;
    for channel in [Channel::MESSENGER, Channel::INSTAGRAM] {
        log_in(app, client, sandbox, owner, &known, channel).await?;
    }
    let token = Secret(DEMO_SYSTEM_USER_TOKEN.into());
    let wanted = Wanted { channel: Some(Channel::WHATSAPP), login: None, token: Some(token.clone()) };
    connect::paste(app, owner.id, &known, &wanted, &token).await.map_err(failure)?;
    for account in [DEMO_PAGE_ID, DEMO_INSTAGRAM_ID, DEMO_NUMBER_ID] {
        let found = account::one(&app.store, id, account).await?;
        let row = found.ok_or_else(|| Failure(format!("The sandbox's account {account} was not connected.")))?;
        subscribe::on(app, &known, &row, Some(owner.id), false).await.map_err(failure)?;
    }
    Ok(())
}

/// Logs in to Facebook as Anna and selects the Page.
async fn log_in(
    app: &App,
    client: &Client,
    sandbox: &str,
    owner: &User,
    known: &GatewayEntry,
    channel: Channel,
) -> Outcome {
    let by = By { user: owner.id, session: None, token: None };
    let wanted = Wanted { channel: Some(channel), ..Wanted::default() };
    let begun = connect::begin(app, by, known, &wanted).await.map_err(failure)?;
    let order = json!({ "url": begun.url, "person_id": DEMO_PERSON_ID, "page_ids": [DEMO_PAGE_ID] });
    let answer = client.post(format!("{sandbox}/control/log-in")).json(&order).send().await?.error_for_status()?;
    let back: Value = answer.json().await?;
    client.get(back["location"].as_str().unwrap_or_default()).send().await?.error_for_status()?;
    let attempt = begun.attempt_id.parse().unwrap_or_default();
    let ended = connect::outcome(app, owner, known.row.id, attempt).await.map_err(failure)?;
    match ended.state {
        AttemptState::Done => Ok(()),
        AttemptState::Pending | AttemptState::Failed => Err(Failure(ended.message)),
    }
}
