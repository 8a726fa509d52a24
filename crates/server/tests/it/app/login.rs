//! The logins at Meta, as an administrator goes through them.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{ANNA, APP_ID, INSTAGRAM, LAVKA, NUMBER, TestApp};

/// The fields that someone fills in in one step of a dialog.
pub type Step<'a> = &'a [(&'a str, &'a str)];

const PAGE_PERMISSIONS: Step<'static> = &[
    ("step", "permissions"),
    ("permission", "pages_show_list"),
    ("permission", "pages_messaging"),
    ("permission", "pages_manage_metadata"),
];

impl TestApp {
    /// Goes through Meta's login as `person`, ticking every page, and returns how it ended.
    pub async fn connect(&self, gateway: &str, person: &str) -> Value {
        self.connect_choosing(gateway, person, "all").await
    }

    /// The same with `all` pages of today ticked one by one, or all of the `future` too, which Meta reports as an
    /// empty list.
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

    /// Accepts everything in the dialog, as `person`; returns where it redirects to.
    pub async fn dialog(&self, url: &str, person: &str) -> String {
        self.dialog_choosing(url, person, "all").await
    }

    async fn dialog_choosing(&self, url: &str, person: &str, choice: &str) -> String {
        let steps: [Step; 3] =
            [&[("step", "person"), ("person", person)], &[("step", "pages"), (choice, "on")], PAGE_PERMISSIONS];
        self.walk(url, &steps).await
    }

    /// Goes through a dialog of Meta's step by step; returns where it redirects to.
    async fn walk(&self, dialog: &str, steps: &[Step<'_>]) -> String {
        let no_redirects =
            reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let mut page = no_redirects.get(dialog).send().await.unwrap();
        let mut session = String::new();
        for step in steps {
            let html = page.text().await.unwrap();
            if session.is_empty() {
                session = hidden(&html, "session");
            }
            for (_, permission) in step.iter().filter(|(name, _)| *name == "permission") {
                assert!(html.contains(permission), "{permission} is not asked for: {html}");
            }
            let mut form = vec![("session", session.as_str())];
            form.extend(*step);
            page =
                no_redirects.post(format!("{}/dialog/step", self.sandbox.url())).form(&form).send().await.unwrap();
        }
        match page.headers().get("location") {
            Some(back) => back.to_str().unwrap().to_owned(),
            None => panic!("the dialog leads nowhere: {}", page.text().await.unwrap()),
        }
    }

    /// Goes through the login that connects what is wanted; returns Deskbell's response to the browser that comes
    /// back.
    pub async fn log_in(&self, gateway: &str, wanted: Value, steps: &[Step<'_>]) -> String {
        let begun = self.post(&self.admin, &format!("/gateways/{gateway}/connect"), wanted).await;
        let back = self.walk(begun["url"].as_str().unwrap(), steps).await;
        self.http().get(back).send().await.unwrap().text().await.unwrap()
    }

    /// Connects the Instagram account that belongs to Lavka, and switches it on.
    pub async fn connect_instagram(&self, gateway: &str) {
        let permissions: Vec<(&str, &str)> = PAGE_PERMISSIONS
            .iter()
            .copied()
            .chain(
                ["pages_read_engagement", "instagram_basic", "instagram_manage_messages"]
                    .map(|permission| ("permission", permission)),
            )
            .collect();
        let steps: [Step; 3] =
            [&[("step", "person"), ("person", ANNA)], &[("step", "pages"), ("page", LAVKA)], &permissions];
        let page = self.log_in(gateway, json!({ "channel": "instagram" }), &steps).await;
        assert!(page.contains("1 Instagram account of Anna Admin connected"), "{page}");
        self.switch_on(gateway, INSTAGRAM).await;
    }

    /// Connects the WhatsApp number with a new token of the business's system user, and switches it on.
    pub async fn connect_whatsapp(&self, gateway: &str) {
        let user = json!({ "id": "122090000000001", "name": "Deskbell system user", "app_id": APP_ID,
            "permissions": ["whatsapp_business_management", "whatsapp_business_messaging"],
            "whatsapp": ["102290000000001"] });
        let made = self.control(Method::POST, "/system-users", user).await;
        let token = json!({ "channel": "whatsapp", "token": made["token"] });
        self.post(&self.admin, &format!("/gateways/{gateway}/connect"), token).await;
        self.switch_on(gateway, NUMBER).await;
    }

    /// Switches message retrieval of an account on.
    pub async fn switch_on(&self, gateway: &str, account: &str) {
        let path = format!("/gateways/{gateway}/accounts/{account}");
        let (status, on) = self.call(&self.admin, Method::PATCH, &path, Some(json!({ "subscribed": true }))).await;
        assert_eq!((status, &on["subscribed"]), (StatusCode::OK, &json!(true)), "{on}");
    }
}

/// A hidden field of a form.
fn hidden(page: &str, name: &str) -> String {
    let at = page.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no field {name} in: {page}"));
    let tag = &page[page[..at].rfind('<').unwrap()..];
    let value = tag.split_once("value=\"").unwrap().1;
    value.split('"').next().unwrap().to_owned()
}
