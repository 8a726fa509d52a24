//! The only client for Meta's Graph API. It follows no redirects, ignores proxies of the environment, adds token and
//! proof to every call, and records when each permission was last used successfully, which App Review asks for.

mod header;
mod token;

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use channels::meta::error::{Class, GraphError};
use channels::meta::graph::{self as meta, Body, Call, Host, Method};
use channels::meta::limits::{CONVERSATIONS_PER_SECOND, Usage, usage};
use channels::meta::signature::appsecret_proof;
use domain::id::GatewayId;
use domain::time::{MINUTE, Micros};
use reqwest::{Client, RequestBuilder, Response, Url, multipart, redirect};
use serde::de::DeserializeOwned;
use store::table::permission_use;
use store::{Batch, Store};

pub use self::token::{AccountToken, TokenCache};
use crate::clock::Clock;
use crate::config::Config;
use crate::directory::GatewayEntry;

/// The time limit for connecting.
const CONNECT: Duration = Duration::from_secs(10);
/// A call that receives nothing for this long is ended.
const STALLED: Duration = Duration::from_secs(20);
/// An upload, from its first byte to the answer.
const UPLOAD: Duration = Duration::from_secs(120);
/// Answers are small; anything larger is not from Meta.
const LARGEST_ANSWER: usize = 8 * 1024 * 1024;

/// A file of the media folder that is sent with a call. It is read while it is sent.
#[derive(Debug, Clone)]
pub struct File {
    pub name: String,
    pub mime: String,
    pub path: std::path::PathBuf,
    pub size: u64,
}

/// How full a quota was and when: by gateway and account; without an account, the app's.
type Fullness = HashMap<(GatewayId, String), (Usage, Micros)>;

#[derive(Debug)]
pub struct Graph {
    clock: Clock,
    /// The store that records the use of permissions.
    store: Store,
    facebook: Url,
    instagram: Url,
    instagram_codes: Url,
    client: Client,
    /// When the use of a permission was last recorded.
    noted: Mutex<HashMap<(GatewayId, &'static str), Micros>>,
    /// How full Meta's quotas were at the last call, by gateway and account.
    fullness: Mutex<Fullness>,
    /// When the Conversations API may next be called for an account.
    turns: Mutex<HashMap<String, Instant>>,
    /// Recently found tokens of accounts.
    pub tokens: TokenCache,
    /// By how many seconds Meta's clock is ahead of ours, as of the last answer.
    skew: AtomicI64,
    versions: header::Versions,
}

/// Nothing is known of Meta's clock yet.
const NO_SKEW: i64 = i64::MIN;

/// Meta refused, or did not answer.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{error}")]
pub struct Refused {
    /// Its error.
    pub error: GraphError,
    /// How long its headers ask to wait.
    pub wait_seconds: Option<u32>,
}

impl From<GraphError> for Refused {
    fn from(error: GraphError) -> Self {
        Self { error, wait_seconds: None }
    }
}

impl Refused {
    /// Meta could not be asked, or has a temporary problem: the result is unknown.
    pub fn is_passing(&self) -> bool {
        matches!(self.error.class(), Class::Retry | Class::Throttled | Class::Uncertain)
    }
}

/// An answer, successful or not.
#[derive(Debug)]
pub struct Answer {
    status: u16,
    /// The body.
    pub body: Bytes,
    usage: Usage,
    /// By how many seconds the answer's `Date` is ahead of our clock.
    skew: Option<i64>,
    /// The version of the API that answered.
    version: Option<String>,
}

/// The result of checking an App ID and its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// They match.
    Good,
    /// They do not match; a sentence.
    Refused(String),
    /// Graph could not be asked.
    Unknown,
}

impl Graph {
    /// A client for the configured Graph address.
    pub fn new(config: &Config, store: Store, clock: Clock) -> Result<Self, reqwest::Error> {
        let direct = Client::builder().no_proxy();
        let client = match super::proxy(config)? {
            Some(proxy) => direct.proxy(proxy),
            None => direct,
        };
        let client = client
            .redirect(redirect::Policy::none())
            .referer(false)
            .connect_timeout(CONNECT)
            .user_agent(concat!("Deskbell/", env!("CARGO_PKG_VERSION")))
            .build()?;
        // The settings were checked when they were read, so the fallback is never used.
        let url = |setting: &str, default: &str| {
            Url::parse(setting).unwrap_or_else(|_| Url::parse(default).expect("this address is one"))
        };
        Ok(Self {
            clock,
            store,
            facebook: url(&config.meta_graph_url, "https://graph.facebook.com"),
            instagram: url(&config.meta_instagram_graph_url, "https://graph.instagram.com"),
            instagram_codes: url(config.instagram_codes_url(), "https://api.instagram.com"),
            client,
            noted: Mutex::default(),
            fullness: Mutex::default(),
            turns: Mutex::default(),
            tokens: TokenCache::default(),
            skew: AtomicI64::new(NO_SKEW),
            versions: header::Versions::default(),
        })
    }

    /// Makes a call with any token, or none, and parses the answer.
    pub async fn read<T: DeserializeOwned>(
        &self,
        known: &GatewayEntry,
        token: Option<&str>,
        call: Call,
    ) -> Result<T, Refused> {
        let answer = self.ask(known, token, &call, None, None).await?;
        Ok(meta::read(answer.status, &answer.body)?)
    }

    /// Makes a call on behalf of the app. An error includes its body, which has more numbers.
    pub async fn as_app<T: DeserializeOwned>(
        &self,
        known: &GatewayEntry,
        call: Call,
    ) -> Result<T, (Refused, Bytes)> {
        let secret = known.secret.as_ref().map(|secret| secret.0.as_str()).unwrap_or_default();
        let token = meta::app_token(&known.row.app_id, secret);
        let answer = self.exchange(&known.row.api_version, Some(secret), Some(&token), &call, None).await;
        let answer = answer.map_err(|error| (error.into(), Bytes::new()))?;
        self.note(known, &call, &answer, None);
        let wait_seconds = answer.usage.wait_seconds();
        meta::read(answer.status, &answer.body).map_err(|error| (Refused { error, wait_seconds }, answer.body))
    }

    /// Whether an App ID and a secret match.
    pub async fn check_app(&self, version: &str, app_id: &str, secret: &str) -> Checked {
        let token = meta::app_token(app_id, secret);
        let answer = self.exchange(version, Some(secret), Some(&token), &meta::app_node(app_id), None).await;
        let read = answer.and_then(|answer| meta::read::<meta::Person>(answer.status, &answer.body));
        match read {
            Ok(node) if node.id == app_id => Checked::Good,
            Ok(_) => Checked::Unknown,
            // A refusal without a code comes from a proxy, not from Meta.
            Err(error) if error.code == 0 || Refused::from(error.clone()).is_passing() => Checked::Unknown,
            Err(error) => Checked::Refused(format!(
                "Meta does not accept this App Secret for the App ID {app_id}: copy both again from App settings, \
                Basic (code {}).",
                error.code
            )),
        }
    }

    /// Whether an API version exists; None when Graph could not be asked.
    pub async fn probe_version(&self, version: &str) -> Option<bool> {
        let answer = self.exchange(version, None, None, &meta::version_probe(), None).await.ok()?;
        match meta::version_exists(answer.status, &answer.body) {
            Ok(exists) => Some(exists),
            Err(error) => {
                tracing::info!(version, code = error.code, "the probe of an API version gave no answer");
                None
            }
        }
    }

    /// By how many seconds Meta's clock is ahead of ours; None before the first call.
    pub fn skew(&self) -> Option<i64> {
        Some(self.skew.load(Ordering::Relaxed)).filter(|skew| *skew != NO_SKEW)
    }

    /// The API version with which Meta answers a gateway, if it differs from the requested one.
    pub fn answers_as(&self, known: &GatewayEntry) -> Option<String> {
        self.versions.instead(known.row.id, &known.row.api_version)
    }

    /// How full Meta's quotas were at the last call of a gateway that reported it, in percent.
    pub fn fullness(&self, gateway: GatewayId) -> Option<(u32, Micros)> {
        let map = self.fullness.lock().expect("nothing panics while it is held");
        let of_it = map.iter().filter(|((known, _), _)| *known == gateway);
        of_it.map(|(_, (usage, at))| (usage.percent, *at)).max_by_key(|(percent, at)| (*percent, *at))
    }

    /// What Meta's headers reported at the last call for an account, or for the app if there was none for the
    /// account.
    pub fn usage(&self, gateway: GatewayId, account: &str) -> Option<(Usage, Micros)> {
        let map = self.fullness.lock().expect("nothing panics while it is held");
        let app = || map.get(&(gateway, String::new()));
        map.get(&(gateway, account.to_owned())).or_else(app).copied()
    }

    /// Whether too many calls are waiting for the Conversations API of an account, so that a caller that is not
    /// urgent should try later.
    pub fn is_in_line(&self, account: &str) -> bool {
        let turns = self.turns.lock().expect("nothing panics while it is held");
        turns.get(account).is_some_and(|next| *next > Instant::now() + Duration::from_secs(2))
    }

    /// Waits until a call for this account may use the Conversations API: Meta allows two a second, counting all callers
    /// (meta-platform.md §4.3).
    pub async fn turn(&self, account: &str) {
        let turn = {
            let mut turns = self.turns.lock().expect("nothing panics while it is held");
            let at = Instant::now();
            turns.retain(|_, next| *next > at);
            let turn = turns.get(account).copied().unwrap_or(at);
            turns.insert(account.to_owned(), turn + Duration::from_secs(1) / CONVERSATIONS_PER_SECOND);
            turn
        };
        tokio::time::sleep_until(turn.into()).await;
    }

    /// Makes a call on behalf of an account, with this token, at the host of the account's login.
    pub async fn ask_as_account(
        &self,
        known: &GatewayEntry,
        token: &AccountToken,
        call: Call,
        file: Option<&File>,
    ) -> Result<Answer, Refused> {
        let call = call.through(token.login);
        self.ask(known, Some(&token.secret.0), &call, file, Some(token)).await
    }

    async fn ask(
        &self,
        known: &GatewayEntry,
        token: Option<&str>,
        call: &Call,
        file: Option<&File>,
        account: Option<&AccountToken>,
    ) -> Result<Answer, Refused> {
        let secret = known.secret.as_ref().map(|secret| secret.0.as_str());
        let answer = self.exchange(&known.row.api_version, secret, token, call, file).await?;
        self.note(known, call, &answer, account);
        let wait_seconds = answer.usage.wait_seconds();
        match meta::read::<meta::Sent>(answer.status, &answer.body) {
            Ok(_) => Ok(answer),
            Err(error) => Err(Refused { error, wait_seconds }),
        }
    }

    /// One request and its answer, successful or not. Nothing secret is logged: paths contain only ids.
    async fn exchange(
        &self,
        version: &str,
        secret: Option<&str>,
        token: Option<&str>,
        call: &Call,
        file: Option<&File>,
    ) -> Result<Answer, GraphError> {
        let started = Instant::now();
        let answer = match self.request(version, secret, token, call, file) {
            Some(request) => receive(&self.clock, request, if file.is_some() { UPLOAD } else { STALLED }).await,
            None => Err(GraphError { status: 400, ..GraphError::default() }),
        };
        if let Some(skew) = answer.as_ref().ok().and_then(|answer| answer.skew) {
            self.skew.store(skew, Ordering::Relaxed);
        }
        let error = match &answer {
            Ok(answer) => meta::read::<meta::Sent>(answer.status, &answer.body).err(),
            Err(error) => Some(error.clone()),
        };
        let result = error.as_ref().map_or("ok", |error| error.class().word());
        metrics::counter!("deskbell_graph_calls_total", "endpoint" => call.endpoint, "result" => result)
            .increment(1);
        metrics::histogram!("deskbell_graph_seconds", "endpoint" => call.endpoint).record(started.elapsed());
        let error = error.unwrap_or_default();
        tracing::debug!(
            endpoint = call.endpoint,
            status = answer.as_ref().map_or(0, |answer| answer.status),
            code = error.code,
            subcode = error.subcode,
            trace = error.fbtrace_id.as_deref(),
            millis = started.elapsed().as_millis(),
            "asked Graph"
        );
        answer
    }

    fn request(
        &self,
        version: &str,
        secret: Option<&str>,
        token: Option<&str>,
        call: &Call,
        file: Option<&File>,
    ) -> Option<RequestBuilder> {
        let (host, version) = match call.host {
            Host::Facebook => (&self.facebook, Some(version)),
            Host::Instagram => (&self.instagram, Some(version)),
            Host::InstagramTokens => (&self.instagram, None),
            Host::InstagramCodes => (&self.instagram_codes, None),
        };
        let mut url = host.clone();
        // Ids come from other systems: each is encoded so that it stays one segment of the path.
        url.path_segments_mut().ok()?.pop_if_empty().extend(version).extend(call.path.split('/'));
        {
            let mut query = url.query_pairs_mut();
            query.extend_pairs(&call.query);
            // The proof uses Facebook's app secret (meta-platform.md §1.8); Instagram Login has a different secret.
            if let (Host::Facebook, Some(secret), Some(token)) = (call.host, secret, token) {
                query.append_pair("appsecret_proof", &appsecret_proof(secret, token));
            }
        }
        if url.query() == Some("") {
            url.set_query(None);
        }
        let method = match call.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut request = self.client.request(method, url);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        Some(match &call.body {
            Body::None => request,
            Body::Form(fields) => request.form(fields),
            Body::Json(text) => {
                request.header(reqwest::header::CONTENT_TYPE, "application/json").body(text.clone())
            }
            Body::Multipart { fields, file_field, .. } => {
                let File { name, mime, path, size } = file?;
                // The file was removed in the meantime: it was checked before.
                let opened = tokio::fs::File::from_std(std::fs::File::open(path).ok()?);
                let part = multipart::Part::stream_with_length(opened, *size).file_name(name.clone());
                let part = part.mime_str(mime).ok()?;
                let form = fields
                    .iter()
                    .fold(multipart::Form::new(), |form, (name, value)| form.text(name.clone(), value.clone()));
                request.multipart(form.part(*file_field, part))
            }
        })
    }

    /// Records the quotas, and the use of a permission: at most once a minute, in the background.
    fn note(&self, known: &GatewayEntry, call: &Call, answer: &Answer, account: Option<&AccountToken>) {
        let (gateway, at) = (known.row.id, self.clock.now());
        self.versions.note(gateway, &known.row.api_version, answer.version.as_deref());
        if answer.usage != Usage::default() {
            // Calls that are not for the account itself count for the app.
            let own = account.filter(|account| call.path.split('/').next() == Some(account.node.as_str()));
            let of = own.map(|account| account.account_id.clone()).unwrap_or_default();
            let mut map = self.fullness.lock().expect("nothing panics while it is held");
            map.insert((gateway, of), (answer.usage, at));
        }
        let mut fresh = Vec::new();
        if !call.permissions.is_empty() && meta::is_evidence(call, answer.status, &answer.body) {
            let mut noted = self.noted.lock().expect("nothing panics while it is held");
            for &permission in &call.permissions {
                let last = noted.entry((gateway, permission)).or_default();
                if at.since(*last) >= MINUTE {
                    *last = at;
                    fresh.push(permission);
                }
            }
        }
        if fresh.is_empty() {
            return;
        }
        let (store, endpoint) = (self.store.clone(), call.endpoint);
        tokio::spawn(async move {
            let mut batch = Batch::new();
            for permission in fresh {
                permission_use::note(&mut batch, gateway, permission, endpoint, at);
            }
            if let Err(error) = store.commit(batch).await {
                tracing::warn!(%error, "the use of a permission could not be written down");
            }
        });
    }
}

async fn receive(clock: &Clock, request: RequestBuilder, longest: Duration) -> Result<Answer, GraphError> {
    let response = match tokio::time::timeout(longest, request.send()).await {
        Ok(Ok(response)) => response,
        // Without a connection nothing was sent, so it is safe to try again.
        Ok(Err(error)) if error.is_connect() || error.is_builder() => {
            return Err(GraphError { is_transient: true, ..GraphError::no_answer() });
        }
        _ => return Err(GraphError::no_answer()),
    };
    let status = response.status().as_u16();
    let headers =
        response.headers().iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let usage = usage(headers);
    let date = response.headers().get(reqwest::header::DATE).and_then(|value| value.to_str().ok());
    let skew = date.and_then(|date| header::ahead(date, clock.now()));
    let version = response.headers().get("facebook-api-version").and_then(|value| value.to_str().ok());
    let version = version.map(str::to_owned);
    match body(response).await {
        Some(body) => Ok(Answer { status, body, usage, skew, version }),
        None => Err(GraphError { status, ..GraphError::no_answer() }),
    }
}

async fn body(mut response: Response) -> Option<Bytes> {
    let mut body = BytesMut::new();
    while let Some(chunk) = tokio::time::timeout(STALLED, response.chunk()).await.ok()?.ok()? {
        if body.len() + chunk.len() > LARGEST_ANSWER {
            return None;
        }
        body.extend_from_slice(&chunk);
    }
    Some(body.freeze())
}
