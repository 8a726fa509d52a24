//! Recording on a running installation, with the access that Meta's reviewer has there.

use std::path::Path;

use domain::id::GatewayId;
use serde_json::{Value, json};

use super::super::{Failure, Outcome};
use super::record_one;
use crate::app::App;
use ::review::access;
use ::review::film::{FilmSetup, Operator, Sandbox, Tools, real};
use engine::config::Config;

/// A running installation, used by another process.
pub(super) struct Installation {
    /// The place of the film, and its user.
    pub(super) setup: FilmSetup,
    gateway: GatewayId,
    client: reqwest::Client,
}

impl Installation {
    /// Reads the reviewer's access, and the sandbox that plays Meta.
    pub(super) async fn of(config: &Config, gateway: GatewayId) -> Result<Self, Failure> {
        let app = App::open(config.clone()).await?;
        if !app.directory().gateways.contains_key(&gateway) {
            return Err(Failure(format!("There is no gateway {gateway}. `deskbell gateway list` lists them.")));
        }
        let no_access = "It is filmed as Meta's reviewer sees it, and this gateway has no reviewer's access that could be \
            used: give it in Admin, Chat gateways, App Review, then record again.";
        let found = access::of(&app, gateway).await?.ok_or_else(|| Failure(no_access.into()))?;
        let password = found.password.ok_or_else(|| Failure(no_access.into()))?;
        let client = reqwest::Client::builder().no_proxy().build()?;
        let deskbell_url = app.config.public_url.clone();
        let health = client.get(format!("{deskbell_url}/healthz")).send().await;
        if !health.is_ok_and(|answer| answer.status().is_success()) {
            return Err(Failure(format!(
                "{deskbell_url} does not answer: start Deskbell first. What is filmed must run."
            )));
        }
        let url = if real::is_meta(&app.config.meta_dialog_url) {
            String::new()
        } else {
            app.config.meta_dialog_url.clone()
        };
        let sandbox = Sandbox {
            url,
            person: "the owner of the Page".into(),
            page_id: String::new(),
            customer_id: String::new(),
            customer: "The customer".into(),
        };
        let operator = Operator::Reviewer(found.code_word);
        let setup = FilmSetup {
            deskbell_url,
            operator,
            email: found.email,
            password,
            page: "your test Page".into(),
            sandbox,
        };
        Ok(Self { setup, gateway, client })
    }

    /// Whether it uses Facebook itself.
    pub(super) fn is_real(&self) -> bool {
        self.setup.sandbox.url.is_empty()
    }

    /// The address at which a person films it in the browser.
    pub(super) fn screen(&self) -> String {
        format!("{}/admin/gateways/{}/film", self.setup.deskbell_url, self.gateway)
    }

    /// Records one film: with a customer who never wrote before, and a Page that the reviewer has not connected.
    pub(super) async fn record(&self, tools: &Tools, name: &str, out: &Path) -> Outcome {
        self.disconnect().await?;
        let sandbox = &self.setup.sandbox.url;
        let state: Value = self.asked(self.client.get(format!("{sandbox}/control/state"))).await?;
        let (person, page_id, page) = free_page(&state).ok_or_else(|| {
            Failure(
                "No one in the sandbox manages a Page that can be connected and brings no messages yet.".into(),
            )
        })?;
        let request = self.client.post(format!("{sandbox}/control/customers")).json(&json!({"name": "Nina Berg"}));
        let customer = self.asked(request).await?;
        let setup = FilmSetup {
            page,
            sandbox: Sandbox {
                url: sandbox.clone(),
                person,
                page_id,
                customer_id: customer["id"].as_str().unwrap_or_default().to_owned(),
                customer: "Nina Berg".into(),
            },
            ..self.setup.clone()
        };
        record_one(&setup, tools, name, out).await
    }

    /// Removes, as the reviewer, the Pages that their own login connected, so that each film begins without.
    async fn disconnect(&self) -> Outcome {
        let deskbell_url = &self.setup.deskbell_url;
        let who = json!({"email": self.setup.email, "password": self.setup.password});
        let request =
            self.client.post(format!("{deskbell_url}/api/v1/session")).header("origin", deskbell_url).json(&who);
        let answer = request.send().await?.error_for_status()?;
        let cookies = answer.headers().get_all(reqwest::header::SET_COOKIE).iter();
        let pairs = cookies.filter_map(|it| it.to_str().ok()?.split(';').next().map(str::to_owned));
        let cookie = pairs.collect::<Vec<_>>().join("; ");
        let pages = format!("{deskbell_url}/api/v1/gateways/{}/pages", self.gateway);
        let listed = self.asked(self.client.get(&pages).header("cookie", &cookie)).await?;
        for page in listed["items"].as_array().into_iter().flatten() {
            let address = format!("{pages}/{}", page["id"].as_str().unwrap_or_default());
            let request = self.client.delete(address).header("cookie", &cookie).header("origin", deskbell_url);
            request.send().await?.error_for_status()?;
        }
        let request = self.client.delete(format!("{deskbell_url}/api/v1/session")).header("cookie", cookie);
        request.header("origin", deskbell_url).send().await?.error_for_status()?;
        Ok(())
    }

    async fn asked(&self, request: reqwest::RequestBuilder) -> Result<Value, Failure> {
        Ok(request.send().await?.error_for_status()?.json().await?)
    }
}

/// A person of the sandbox with a Page that accepts messages and has no subscribed app: their name, its id and name.
fn free_page(state: &Value) -> Option<(String, String, String)> {
    let people = state["people"].as_array()?;
    state["pages"].as_array()?.iter().find_map(|page| {
        let is_free = page["subscribed_apps"].as_object().is_none_or(serde_json::Map::is_empty);
        let owner = page["roles"].as_object()?.iter().find(|(_, tasks)| {
            let has = |task: &str| tasks.as_array().is_some_and(|all| all.iter().any(|it| it == task));
            has("MESSAGING") && has("MANAGE")
        });
        let (owner, _) = owner.filter(|_| is_free)?;
        let person = people.iter().find(|it| it["id"] == owner.as_str())?;
        let text = |it: &Value| it.as_str().map(str::to_owned);
        Some((text(&person["name"])?, text(&page["id"])?, text(&page["name"])?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_chosen_that_nobody_uses_and_that_takes_messages() {
        let state = json!({
            "people": [{"id": "1", "name": "Anna"}],
            "pages": [
                {"id": "10", "name": "Taken", "roles": {"1": ["MESSAGING", "MANAGE"]}, "subscribed_apps": {"9": []}},
                {"id": "11", "name": "Mute", "roles": {"1": ["ANALYZE"]}, "subscribed_apps": {}},
                {"id": "12", "name": "Free", "roles": {"1": ["MESSAGING", "MANAGE"]}, "subscribed_apps": {}},
            ],
        });
        assert_eq!(free_page(&state), Some(("Anna".into(), "12".into(), "Free".into())));
    }
}
