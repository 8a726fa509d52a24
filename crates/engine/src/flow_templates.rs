//! The message templates that flows refer to: those of one account for a turn, those of all accounts for the editor.

use std::collections::BTreeSet;

use domain::channel::Account;
use domain::flow::FlowBody;
use domain::id::GatewayId;
use domain::message_template::MessageTemplate;
use store::Error;
use store::table::message_template;

use crate::engine::Engine;

/// The templates that a flow refers to, if an account has them. Reads nothing for a flow without templates.
pub(crate) async fn of_account(
    app: &Engine,
    gateway: GatewayId,
    account: &Account,
    flow: &FlowBody,
) -> Result<Vec<MessageTemplate>, Error> {
    let named = distinct(flow);
    if named.is_empty() || !app.channels.capabilities(account.channel).message_templates {
        return Ok(Vec::new());
    }
    let Some(business) = app.directory().business_of(gateway, &account.id) else { return Ok(Vec::new()) };
    let found = message_template::some(&app.store, gateway, &business, &named).await?;
    Ok(found.into_iter().map(|found| found.template).collect())
}

/// The templates that a flow refers to, of all accounts: those that can be sent come first.
pub(crate) async fn of_all_accounts(app: &Engine, flow: &FlowBody) -> Result<Vec<MessageTemplate>, Error> {
    let named = distinct(flow);
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let found = message_template::named(&app.store, &named).await?;
    let mut templates: Vec<_> = found.into_iter().map(|found| found.template).collect();
    templates.sort_by_key(|template| !template.is_approved());
    Ok(templates)
}

/// The names and languages of a flow's templates, each once.
fn distinct(flow: &FlowBody) -> BTreeSet<(&str, &str)> {
    flow.message_templates().map(|(_, named)| (named.name.as_str(), named.language.as_str())).collect()
}
