//! The login at Meta, as an administrator goes through it.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::TestApp;

impl TestApp {
    /// Goes through Meta's login as `person`, ticking every page, and answers how it ended.
    pub async fn connect(&self, gateway: &str, person: &str) -> Value {
        self.connect_choosing(gateway, person, "all").await
    }

    /// The same with `all` pages of today ticked one by one, or all of the `future` too, which Meta tells as none.
    pub async fn connect_choosing(&self, gateway: &str, person: &str, choice: &str) -> Value {
        let begun = self.post(&self.admin, &format!("/gateways/{gateway}/connect"), json!({})).await;
        let location = self.dialog_choosing(begun["url"].as_str().unwrap(), person, choice).await;
        let page = self.client.get(&location).send().await.unwrap();
        assert_eq!(page.status(), StatusCode::OK);
        let attempt = begun["attempt_id"].as_str().unwrap().to_owned();
        let path = format!("/gateways/{gateway}/connect/{attempt}");
        self.until("the login's end", async || {
            let state = self.get(&self.admin, &path).await;
            (state["state"] != "pending").then_some(state)
        })
        .await
    }

    /// Answers the dialog's questions with yes, as `person`; answers where it leads back to.
    pub async fn dialog(&self, url: &str, person: &str) -> String {
        self.dialog_choosing(url, person, "all").await
    }

    async fn dialog_choosing(&self, url: &str, person: &str, choice: &str) -> String {
        let no_redirects =
            reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let page = no_redirects.get(url).send().await.unwrap().text().await.unwrap();
        let step = format!("{}/dialog/step", self.sandbox.url());
        let session = hidden(&page, "session");
        let mut form = vec![
            ("session".to_owned(), session.clone()),
            ("step".into(), "person".into()),
            ("person".into(), person.into()),
        ];
        let page = no_redirects.post(&step).form(&form).send().await.unwrap().text().await.unwrap();
        assert!(page.contains("session"), "{page}");
        form = vec![
            ("session".into(), session.clone()),
            ("step".into(), "pages".into()),
            (choice.into(), "on".into()),
        ];
        let page = no_redirects.post(&step).form(&form).send().await.unwrap().text().await.unwrap();
        form = vec![("session".into(), session), ("step".into(), "permissions".into())];
        for permission in ["pages_show_list", "pages_messaging", "pages_manage_metadata"] {
            assert!(page.contains(permission), "{page}");
            form.push(("permission".into(), permission.into()));
        }
        let response = no_redirects.post(&step).form(&form).send().await.unwrap();
        response.headers()["location"].to_str().unwrap().to_owned()
    }
}

/// A hidden field of a form.
fn hidden(page: &str, name: &str) -> String {
    let at = page.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no field {name} in: {page}"));
    let tag = &page[page[..at].rfind('<').unwrap()..];
    let value = tag.split_once("value=\"").unwrap().1;
    value.split('"').next().unwrap().to_owned()
}
