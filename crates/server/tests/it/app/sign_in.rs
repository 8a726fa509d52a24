//! Users with passwords, and their sessions.

use domain::role::Role;
use serde_json::{Value, json};

use super::TestApp;

/// The password of [`TestApp::person`].
pub const PASSWORD: &str = "correct horse";

/// The session cookie that an answer sets, as a browser sends it back.
pub fn cookie(answer: &reqwest::Response) -> String {
    let set = answer.headers()["set-cookie"].to_str().unwrap();
    set.split(';').next().unwrap().to_owned()
}

impl TestApp {
    /// Adds a user with the password "correct horse"; their e-mail address is the name at example.org.
    pub async fn person(&self, name: &str, role: Role) -> Value {
        let email = format!("{}@example.org", name.to_lowercase());
        let new = json!({ "email": email, "name": name, "role": role.word(), "password": PASSWORD });
        self.post(&self.admin, "/users", new).await
    }

    /// Tries to sign in, with these headers besides.
    pub async fn sign_in(&self, email: &str, password: &str, headers: &[(&str, &str)]) -> reqwest::Response {
        let mut request = self.client.post(format!("{}/api/v1/session", self.url)).header("origin", &self.url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.json(&json!({ "email": email, "password": password })).send().await.unwrap()
    }

    /// The same with an address that nothing else holds.
    pub async fn sign_in_owned(&self, email: String, password: &str) -> reqwest::Response {
        self.sign_in(&email, password, &[]).await
    }

    /// Creates an API token of a [`TestApp::person`], in a session of theirs.
    pub async fn makes_token(&self, email: &str, name: &str) -> Value {
        let cookie = cookie(&self.sign_in(email, PASSWORD, &[]).await);
        let request = self.client.post(format!("{}/api/v1/tokens", self.url)).header("cookie", cookie);
        let answer = request.header("origin", &self.url).json(&json!({ "name": name })).send().await.unwrap();
        assert_eq!(answer.status(), reqwest::StatusCode::CREATED);
        answer.json().await.unwrap()
    }

    /// Adds a user and signs them in: their cookie.
    pub async fn signed_in(&self, name: &str, role: Role) -> String {
        let user = self.person(name, role).await;
        cookie(&self.sign_in(user["email"].as_str().unwrap(), PASSWORD, &[]).await)
    }
}
