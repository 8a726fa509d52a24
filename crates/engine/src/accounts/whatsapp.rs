//! WhatsApp numbers: connected by Embedded Signup, whose code is exchanged like Facebook Login's, or by the pasted
//! token of a system user. The token names the business accounts that were granted (meta-platform.md §1.6, §3.8).

use channels::meta::error::Class;
use channels::meta::graph::{
    self, CORE_NUMBER_FIELDS, Debugged, NUMBER_FIELDS, Person, PhoneNumber, Portfolio, TokenFacts,
};
use channels::meta::oauth;
use domain::account_details::AccountDetails;
use domain::channel::{Channel, Login};
use domain::page_trouble::PageProblem;
use domain::secret::Secret;

use super::{Found, FoundAccount, every, facebook, shortened};
use crate::clients::graph::Refused;
use crate::directory::GatewayEntry;
use crate::engine::Engine;
use crate::error::{Error, Result};

/// The channel of its numbers.
pub const CHANNEL: Channel = Channel::WHATSAPP;

/// The address of Embedded Signup.
pub fn dialog(app: &Engine, known: &GatewayEntry, state: &str) -> Result<String> {
    let config = known.row.whatsapp_config_id.as_deref().ok_or_else(|| {
        Error::conflict(
            "This gateway has no configuration of WhatsApp's Embedded Signup. Enter its id in the gateway's Meta tab, or paste the \
             token of a system user to whom the WhatsApp account was assigned.",
        )
    })?;
    Ok(facebook::dialog_with(app, known, oauth::Login::EmbeddedSignup(config), state))
}

/// What Meta knows about a pasted token, or why it cannot be used.
pub async fn check_pasted(app: &Engine, known: &GatewayEntry, token: &str) -> Result<TokenFacts> {
    let bad = |detail: String| Error::field("/token", detail);
    let answer = app.graph.as_app::<Debugged>(known, graph::debug_token(token)).await;
    let facts = match answer {
        Ok(answer) => answer.data.unwrap_or_default(),
        Err((refused, _)) if refused.is_passing() => {
            return Err(Error::Unavailable(
                "Meta cannot be reached at the moment, so the token was not checked. Try again soon.".into(),
            ));
        }
        // Meta refuses to inspect a token of another app.
        Err((refused, _)) if refused.error.class() != Class::TokenDead => {
            return Err(bad("This token is not of this gateway's app. Generate it for that app.".into()));
        }
        Err(_) => {
            return Err(Error::conflict("Meta does not accept the App Secret: type it again in the Meta tab."));
        }
    };
    if !facts.is_valid {
        return Err(bad(
            "Meta does not accept this token: it is not complete, has expired or was revoked. Generate a new one."
                .into(),
        ));
    }
    if !facts.app_id.is_empty() && facts.app_id != known.row.app_id {
        let detail = format!(
            "This token is of the app {}, not of {}. Generate it for this gateway's app.",
            facts.app_id, known.row.app_id
        );
        return Err(bad(detail));
    }
    let missing = app.channels.connecting(CHANNEL).missing(Login::Facebook, &facts.scopes);
    if !missing.is_empty() {
        let detail = format!("This token lacks {}. Generate one with these permissions.", missing.join(" and "));
        return Err(bad(detail));
    }
    Ok(facts)
}

/// Adds the numbers of every business account that a token has access to.
pub(super) async fn numbers(
    app: &Engine,
    known: &GatewayEntry,
    token: &str,
    facts: Option<&TokenFacts>,
    found: &mut Found,
) -> std::result::Result<(), Refused> {
    found.channels.push(CHANNEL);
    let mut accounts = facts.map(TokenFacts::whatsapp_accounts_picked).unwrap_or_default();
    if accounts.is_empty() {
        accounts = of_portfolios(app, known, token, found).await;
    }
    let missing = app.channels.connecting(CHANNEL).missing(Login::Facebook, &found.scopes);
    let person = found.name();
    for account in accounts {
        let business = app.graph.read::<Person>(known, Some(token), graph::whatsapp_account(&account)).await;
        let business = business.ok().and_then(|business| business.name);
        let list = |fields: &'static str| {
            let account = account.clone();
            move |after: Option<&str>| graph::phone_numbers(&account, fields, after)
        };
        let listed = match every::<PhoneNumber>(app, known, token, list(NUMBER_FIELDS)).await {
            Err(refused) if refused.error.code == 100 => every(app, known, token, list(CORE_NUMBER_FIELDS)).await,
            listed => listed,
        };
        match listed {
            Ok((numbers, whole)) => {
                found.whole &= whole;
                for number in numbers.into_iter().filter(|number| !number.id.is_empty()) {
                    let scopes = (!missing.is_empty())
                        .then(|| PageProblem::ScopesMissing { account: person.clone(), scopes: missing.clone() });
                    let problem =
                        scopes.or_else(|| number.is_unregistered().then_some(PageProblem::NotRegistered {}));
                    found.accounts.push(of_number(&account, business.clone(), number, token, problem));
                }
            }
            Err(refused) if refused.is_passing() => return Err(refused),
            Err(refused) => {
                tracing::warn!(
                    account,
                    code = refused.error.code,
                    "the numbers of a WhatsApp account could not be read"
                );
                found.whole = false;
            }
        }
    }
    Ok(())
}

fn of_number(
    account: &str,
    business_name: Option<String>,
    number: PhoneNumber,
    token: &str,
    problem: Option<PageProblem>,
) -> FoundAccount {
    let details = details(&number, business_name);
    let name = number.verified_name.as_deref().or(number.display_phone_number.as_deref()).unwrap_or(&number.id);
    FoundAccount {
        channel: CHANNEL,
        name: shortened(name),
        username: None,
        phone: number.display_phone_number,
        picture_url: None,
        node: number.id.clone(),
        account_id: number.id,
        parent_id: Some(account.to_owned()),
        details,
        token: Some(Secret(token.to_owned())),
        tasks: Vec::new(),
        problem,
    }
}

fn details(number: &PhoneNumber, business_name: Option<String>) -> AccountDetails {
    AccountDetails {
        quality: number.quality_rating.clone(),
        messaging_limit: number.messaging_limit_tier.clone(),
        name_status: number.name_status.clone(),
        status: number.status.clone(),
        platform: number.platform_type.clone(),
        business_name,
    }
}

/// Meta's current details of a number; None if Meta does not report them.
pub async fn read_details(
    app: &Engine,
    known: &GatewayEntry,
    token: &str,
    number: &str,
    before: &AccountDetails,
) -> Option<AccountDetails> {
    let read = app.graph.read::<PhoneNumber>(known, Some(token), graph::phone_number(number)).await.ok()?;
    (read.id == number && read.display_phone_number.is_some())
        .then(|| details(&read, before.business_name.clone()))
}

/// The business accounts of the person's portfolios: if all of them were selected, the token names none.
async fn of_portfolios(app: &Engine, known: &GatewayEntry, token: &str, found: &mut Found) -> Vec<String> {
    let mut accounts = Vec::new();
    let Ok((businesses, _)) = every::<Person>(app, known, token, graph::businesses).await else {
        found.whole = false;
        return accounts;
    };
    for business in businesses {
        for which in [Portfolio::Owned, Portfolio::Client] {
            let call = |after: Option<&str>| graph::business_whatsapp_accounts(&business.id, which, after);
            match every::<Person>(app, known, token, call).await {
                Ok((of_business, whole)) => {
                    found.whole &= whole;
                    accounts.extend(of_business.into_iter().map(|account| account.id));
                }
                Err(_) => found.whole = false,
            }
        }
    }
    accounts.sort();
    accounts.dedup();
    accounts
}
