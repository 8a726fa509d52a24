//! Reading a Graph call: JSON, forms with JSON in strings, multipart; tokens wherever clients put them (§11.3).

use super::error::GraphError;
use crate::shared::Shared;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{HeaderMap, Method, header};
use bytes::Bytes;
use serde_json::{Map, Value};

/// The largest body: a document of WhatsApp's, 100 MB, with its frame.
const BODY_LIMIT: usize = 110 * 1024 * 1024;

/// One file of a multipart body.
#[derive(Debug, Clone)]
pub struct Upload {
    /// Name of the form field.
    pub field: String,
    pub name: String,
    /// Content type that the client gave, if any.
    pub mime: Option<String>,
    pub bytes: Bytes,
}

/// One Graph call, no matter where its parameters were.
#[derive(Debug, Clone)]
pub struct Call {
    /// `GET`, `POST`, `DELETE`.
    pub method: String,
    /// `v26.0`, or none.
    pub version: Option<String>,
    /// Path without the version.
    pub segments: Vec<String>,
    /// Query and body together; the body wins.
    pub params: Map<String, Value>,
    /// Files of a multipart body.
    pub files: Vec<Upload>,
    /// The access token from query, body or `Authorization` header.
    pub token: Option<String>,
    /// A call of Instagram's own host (§1.10), which is served under a path.
    pub instagram: bool,
}

/// Where Instagram's own host is served.
pub const INSTAGRAM_HOST: &str = "/instagram-graph";

impl Call {
    pub async fn read(shared: &Shared, request: Request) -> Result<Self, GraphError> {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let query = request.uri().query().unwrap_or_default().to_owned();
        let headers = request.headers().clone();
        let mut params = Map::new();
        for (name, value) in form_pairs(&query) {
            params.insert(name, Value::String(value));
        }
        let mut files = Vec::new();
        if method != Method::GET {
            read_body(shared, request, &headers, &mut params, &mut files).await?;
        }
        let mut call = Self::new(method.as_str(), &path, params);
        call.files = files;
        if call.token.is_none() {
            let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
            call.token = header
                .and_then(|value| value.strip_prefix("Bearer ").or_else(|| value.strip_prefix("OAuth ")))
                .map(|token| token.trim().to_owned());
        }
        Ok(call)
    }

    /// A call from its parts; batches are made of these.
    pub fn new(method: &str, path: &str, params: Map<String, Value>) -> Self {
        let own = path.strip_prefix(INSTAGRAM_HOST).filter(|rest| rest.is_empty() || rest.starts_with('/'));
        let (instagram, path) = (own.is_some(), own.unwrap_or(path));
        let mut segments: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(decode).collect();
        let version = segments.first().filter(|first| looks_like_version(first)).cloned();
        if version.is_some() {
            segments.remove(0);
        }
        let mut call = Self {
            method: method.to_owned(),
            version,
            segments,
            params,
            files: Vec::new(),
            token: None,
            instagram,
        };
        // Old clients tunnel DELETE and GET through POST.
        if let Some(tunnelled) = call.text("method").filter(|_| method == "POST") {
            call.method = tunnelled.to_ascii_uppercase();
        }
        call.token = call.text("access_token");
        call
    }

    /// The address of this call, in links to further pages.
    pub fn address(&self, base_url: &str) -> String {
        let host = if self.instagram { INSTAGRAM_HOST } else { "" };
        let version = self.version.as_deref().unwrap_or("v21.0");
        format!("{base_url}{host}/{version}{}", self.path())
    }

    /// The path without the host and the version, as faults and logs name it.
    pub fn path(&self) -> String {
        format!("/{}", self.segments.join("/"))
    }

    /// A parameter as text: Meta takes numbers and booleans for strings and the other way round (§12.11).
    pub fn text(&self, name: &str) -> Option<String> {
        match self.params.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        }
    }

    /// A parameter as JSON: given as JSON or as text that holds JSON.
    pub fn json(&self, name: &str) -> Result<Option<Value>, GraphError> {
        match self.params.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
            Some(Value::String(text)) => serde_json::from_str(text)
                .or_else(|_| serde_json::from_str(&text.replace('\'', "\"")))
                .map(Some)
                .map_err(|_| GraphError::parameter(format_args!("param {name} must be a JSON object"))),
            Some(other) => Ok(Some(other.clone())),
        }
    }

    /// A parameter as a list: a JSON array, a text that holds one, or a comma list.
    pub fn list(&self, name: &str) -> Option<Vec<String>> {
        let value = match self.params.get(name)? {
            Value::String(text) if text.trim_start().starts_with('[') => serde_json::from_str(text).ok()?,
            Value::String(text) => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                return Some(items.map(str::to_owned).collect());
            }
            other => other.clone(),
        };
        let items = value.as_array()?.iter();
        // `fields` of an app subscription come as strings or as objects with a name (§1.9).
        Some(items.filter_map(|item| item.as_str().or_else(|| item["name"].as_str()).map(str::to_owned)).collect())
    }
}

async fn read_body(
    shared: &Shared,
    request: Request,
    headers: &HeaderMap,
    params: &mut Map<String, Value>,
    files: &mut Vec<Upload>,
) -> Result<(), GraphError> {
    let mime = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if mime.starts_with("multipart/form-data") {
        return read_multipart(shared, request, params, files).await;
    }
    let body = axum::body::to_bytes(request.into_body(), BODY_LIMIT)
        .await
        .map_err(|_| GraphError::parameter("The request is too large").status(413))?;
    let text = String::from_utf8_lossy(&body);
    if mime.starts_with("application/json") || text.trim_start().starts_with('{') {
        if text.trim().is_empty() {
            return Ok(());
        }
        match serde_json::from_str(&text) {
            Ok(Value::Object(object)) => params.extend(object),
            _ => {
                return Err(GraphError::parameter("The request body is not a valid JSON object"));
            }
        }
    } else {
        for (name, value) in form_pairs(&text) {
            params.insert(name, Value::String(value));
        }
    }
    Ok(())
}

async fn read_multipart(
    shared: &Shared,
    request: Request,
    params: &mut Map<String, Value>,
    files: &mut Vec<Upload>,
) -> Result<(), GraphError> {
    let unreadable = |_| GraphError::parameter("The multipart body cannot be read");
    let mut request = request;
    axum::extract::DefaultBodyLimit::apply(axum::extract::DefaultBodyLimit::max(BODY_LIMIT), &mut request);
    let mut multipart = Multipart::from_request(request, shared)
        .await
        .map_err(|_| GraphError::parameter("The multipart body cannot be read"))?;
    while let Some(field) = multipart.next_field().await.map_err(unreadable)? {
        let name = field.name().unwrap_or_default().to_owned();
        let (file_name, mime) = (field.file_name().map(str::to_owned), field.content_type().map(str::to_owned));
        let bytes = field.bytes().await.map_err(unreadable)?;
        if file_name.is_some() || name == "filedata" {
            let file_name = file_name.unwrap_or_else(|| "file".to_owned());
            files.push(Upload { field: name, name: file_name, mime, bytes });
        } else {
            params.insert(name, Value::String(String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
    Ok(())
}

/// The pairs of a query or form.
pub fn form_pairs(text: &str) -> Vec<(String, String)> {
    // reqwest's Url brings the WHATWG parser along: no further dependency for forms.
    reqwest::Url::parse(&format!("http://form/?{}", text.replace('#', "%23")))
        .map(|url| url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())).collect())
        .unwrap_or_default()
}

fn decode(segment: &str) -> String {
    if !segment.contains('%') {
        return segment.to_owned();
    }
    form_pairs(&format!("x={}", segment.replace('+', "%2B").replace('&', "%26")))
        .pop()
        .map_or_else(|| segment.to_owned(), |(_, value)| value)
}

fn looks_like_version(segment: &str) -> bool {
    segment.strip_prefix('v').and_then(|rest| rest.split_once('.')).is_some_and(|(major, minor)| {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits(major) && digits(minor)
    })
}
