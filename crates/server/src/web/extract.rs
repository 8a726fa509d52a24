//! What requests carry, read so that every mistake is answered as a problem.

use axum::RequestExt as _;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use serde::de::DeserializeOwned;

use crate::web::problem::{FieldError, Problem};

/// A JSON body.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let json = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|value| value.to_ascii_lowercase().starts_with("application/json"));
        if !json {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "This route reads JSON: send it with Content-Type: application/json.",
            ));
        }
        let bytes: Bytes = request.extract().await.map_err(|_| {
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large for this route (1 MiB at most).")
        })?;
        read(&bytes).map(Body)
    }
}

/// Reads JSON: 400 for what is no JSON, 422 with a pointer for what does not fit.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        use serde_json::error::Category;
        let inner = error.inner();
        match inner.classify() {
            Category::Data => {
                let pointer = pointer(&error.path().to_string());
                Problem::fields(vec![FieldError { pointer, detail: plain(&inner.to_string()) }])
            }
            _ => Problem::unreadable(format!("The body is not JSON: {inner}.")),
        }
    })?;
    reader.end().map_err(|error| Problem::unreadable(format!("The body is not JSON: {error}.")))?;
    Ok(value)
}

/// serde's path (`nodes.greet.options[1]`) as a JSON pointer (`/nodes/greet/options/1`).
fn pointer(path: &str) -> String {
    if path == "." {
        return String::new();
    }
    format!("/{}", path.replace('[', ".").replace(']', "").replace('.', "/"))
}

/// serde's words without the place in the text, which the pointer tells better.
fn plain(message: &str) -> String {
    let message = message.split(" at line ").next().unwrap_or(message);
    let mut letters = message.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// The query of the address.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        axum::extract::Query::<T>::from_request_parts(parts, state)
            .await
            .map(|query| Query(query.0))
            .map_err(|error| Problem::unreadable(format!("The query cannot be read: {}.", error.body_text())))
    }
}

/// Ids in the path. What is no id names nothing: 404.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        path.map(|path| Path(path.0)).map_err(|_| Problem::not_found("thing"))
    }
}

/// Tells "not sent" from "sent as null" in a PATCH: `Option<Option<T>>`.
pub fn sent<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: serde::Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    serde::Deserialize::deserialize(deserializer).map(Some)
}

/// `limit` and `cursor` of a list.
#[derive(Debug, Clone, Default, serde::Deserialize)]
pub struct Paging {
    /// 1 to 200, else 50.
    pub limit: Option<i64>,
    /// Where to go on from, as the answer before gave it.
    pub cursor: Option<String>,
}

impl Paging {
    /// How many, checked.
    pub fn limit(&self) -> Result<i64, Problem> {
        match self.limit {
            None => Ok(50),
            Some(limit @ 1..=200) => Ok(limit),
            Some(_) => Err(Problem::unreadable("limit must be a number from 1 to 200.")),
        }
    }

    /// The two numbers that our cursors are made of.
    pub fn pair(&self) -> Result<Option<(i64, i64)>, Problem> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        cursor
            .split_once('-')
            .and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)))
            .map(Some)
            .ok_or_else(|| Problem::unreadable("This cursor is not one that a list answered: begin without it."))
    }
}

/// A list as the API answers it.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Items<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the rest begins, or null.
    pub next: Option<String>,
}

impl<T> Items<T> {
    /// A list that is short enough to be whole.
    pub fn whole(items: Vec<T>) -> axum::Json<Self> {
        axum::Json(Self { items, next: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Shape {
        #[expect(dead_code, reason = "only read")]
        name: String,
    }

    #[test]
    fn bad_json_is_400_and_bad_fields_are_422_with_their_place() {
        assert_eq!(read::<Shape>(b"{").unwrap_err().status, StatusCode::BAD_REQUEST);
        assert_eq!(read::<Shape>(b"{\"name\":\"a\"} x").unwrap_err().status, StatusCode::BAD_REQUEST);
        let unknown = read::<Shape>(b"{\"name\":\"a\",\"colour\":1}").unwrap_err();
        assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(unknown.errors[0].detail.contains("colour"), "{unknown:?}");
        let wrong = read::<Shape>(b"{\"name\":4}").unwrap_err();
        assert_eq!(wrong.errors[0].pointer, "/name");
    }
}
