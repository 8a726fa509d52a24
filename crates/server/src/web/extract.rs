//! Extractors that return every mistake in a request as a problem.

mod objects;

use axum::RequestExt as _;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Multipart, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

use self::objects::Objects;
use crate::web::problem::{FieldError, Problem};
use crate::web::sentence;

#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        if !is(request.headers(), "application/json") {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "This route reads JSON: send it with Content-Type: application/json.",
            ));
        }
        let bytes: Bytes = request.extract().await.map_err(|error: BytesRejection| unread(error.status()))?;
        read(&bytes).map(Body)
    }
}

/// A JSON body that may be left out.
#[derive(Debug)]
pub struct OptionalBody<T>(pub T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for OptionalBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let bytes: Bytes = request.extract().await.map_err(|error: BytesRejection| unread(error.status()))?;
        if bytes.is_empty() { Ok(Self(T::default())) } else { read(&bytes).map(Self) }
    }
}

#[derive(Debug)]
pub struct Form(pub Multipart);

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is(request.headers(), "multipart/form-data") {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "This route reads a form: send it with Content-Type: multipart/form-data.",
            ));
        }
        let form = Multipart::from_request(request, state).await;
        form.map(Self)
            .map_err(|_| Problem::unreadable("The form cannot be read: its Content-Type names no boundary."))
    }
}

/// Whether a request's body has this type, whatever the parameters.
pub fn is(headers: &HeaderMap, media: &str) -> bool {
    let sent = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    sent.split(';').next().is_some_and(|sent| sent.trim().eq_ignore_ascii_case(media))
}

/// A body that did not arrive completely.
pub fn unread(status: StatusCode) -> Problem {
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(status, "The body is too large for this route.");
    }
    Problem::unreadable("The body broke off half-way: send it again.")
}

/// Reads JSON: 400 for invalid JSON, 422 with a pointer for values that do not fit.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(Objects(&mut reader)).map_err(|error| {
        let inner = error.inner();
        // Where a string is expected, serde_json reports a number as a syntax error.
        if !inner.is_data() && serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_err() {
            return Problem::unreadable(format!("The body is not JSON: {inner}."));
        }
        let sentence = sentence::of(&inner.to_string());
        let pointer = pointer(error.path(), sentence.field.as_deref());
        Problem::fields(vec![FieldError { pointer, detail: sentence.text }])
    })?;
    reader.end().map_err(|error| Problem::unreadable(format!("The body is not JSON: {error}.")))?;
    Ok(value)
}

/// serde's path as a JSON pointer, extended by one field if the path does not include it.
fn pointer(path: &serde_path_to_error::Path, field: Option<&str>) -> String {
    let mut pointer = String::new();
    let mut last = None;
    for segment in path {
        let key = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => escaped(key),
            // The variant of an enum is part of the value, not a place in it.
            Segment::Enum { .. } | Segment::Unknown => continue,
        };
        pointer = format!("{pointer}/{key}");
        last = Some(key);
    }
    match field.map(escaped) {
        Some(field) if last.as_ref() != Some(&field) => format!("{pointer}/{field}"),
        _ => pointer,
    }
}

/// A key, escaped for a JSON pointer.
fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
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
            .map_err(|error| unreadable_query(&error.body_text()))
    }
}

fn unreadable_query(message: &str) -> Problem {
    let message = message.strip_prefix("Failed to deserialize query string: ").unwrap_or(message);
    // serde puts the parameter with the wrong value before the message.
    let named = message.split_once(": ").filter(|(name, _)| !name.contains([' ', '`']));
    let (name, message) = named.map_or((None, message), |(name, message)| (Some(name), message));
    let sentence = sentence::of(message);
    if let Some(rest) = sentence.text.strip_prefix("There is no field ") {
        return Problem::unreadable(format!("There is no parameter {rest}"));
    }
    match sentence.field.as_deref().or(name) {
        Some(name) => Problem::unreadable(format!("{name}: {}", sentence.text)),
        None => Problem::unreadable(sentence.text),
    }
}

/// Ids in the path. Anything else is a 404.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        path.map(|path| Path(path.0)).map_err(|_| Problem::not_found("thing"))
    }
}

/// `limit` and `cursor` of a list.
#[derive(Debug, Clone, Default, serde::Deserialize)]
pub struct Paging {
    /// 1 to 200, else 50.
    pub limit: Option<i64>,
    /// Where to continue, from the previous response.
    pub cursor: Option<String>,
}

impl Paging {
    /// The checked limit.
    pub fn limit(&self) -> Result<i64, Problem> {
        match self.limit {
            None => Ok(50),
            Some(limit @ 1..=200) => Ok(limit),
            Some(_) => Err(Problem::unreadable("limit must be a number from 1 to 200.")),
        }
    }

    /// The cursor of a list, if it is a single number.
    pub fn number(&self) -> Result<Option<i64>, Problem> {
        self.read(|cursor| cursor.parse().ok())
    }

    /// The cursor of a list, if it consists of two numbers.
    pub fn pair(&self) -> Result<Option<(i64, i64)>, Problem> {
        self.read(|cursor| {
            let (a, b) = cursor.split_once('-')?;
            Some((a.parse().ok()?, b.parse().ok()?))
        })
    }

    /// The cursor of a list, if it consists of three numbers, the first of which may be negative.
    pub fn triple(&self) -> Result<Option<(i64, i64, i64)>, Problem> {
        self.read(|cursor| {
            let (a, rest) = cursor.split_once('_')?;
            let (b, c) = rest.split_once('_')?;
            Some((a.parse().ok()?, b.parse().ok()?, c.parse().ok()?))
        })
    }

    fn read<T>(&self, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Problem> {
        let Some(cursor) = &self.cursor else { return Ok(None) };
        parse(cursor)
            .map(Some)
            .ok_or_else(|| Problem::unreadable("This cursor is not one that a list answered: begin without it."))
    }
}

/// A list in the API.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Items<T> {
    /// The items.
    pub items: Vec<T>,
    /// What to pass as `cursor` for the next page, or null.
    pub next: Option<String>,
}

impl<T> Items<T> {
    /// A list that is short enough for a single page.
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

    #[test]
    fn an_array_is_no_object_wherever_it_is() {
        let array = read::<Shape>(b"[\"a\"]").unwrap_err();
        assert_eq!(
            (array.status, array.detail.as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, "This must be an object.")
        );
        let nested = read::<Vec<Option<Shape>>>(b"[null,{\"name\":\"a\"},[\"a\"]]").unwrap_err();
        assert_eq!((nested.errors[0].pointer.as_str(), nested.detail.as_str()), ("/2", "This must be an object."));
    }

    #[test]
    fn pointers_lead_to_the_field_even_where_it_is_missing_or_unknown() {
        let pointer = |json: &[u8]| read::<Shape>(json).unwrap_err().errors[0].pointer.clone();
        assert_eq!(pointer(b"{}"), "/name");
        assert_eq!(pointer(b"{\"name\":\"a\",\"a/b~\":1}"), "/a~1b~0");
        assert_eq!(pointer(b"7"), "");
        let list = read::<Vec<Shape>>(b"[{\"name\":\"a\"},{}]").unwrap_err();
        assert_eq!(list.errors[0].pointer, "/1/name");
    }

    #[tokio::test]
    async fn a_query_that_cannot_be_read_names_the_parameter() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Asked {
            #[expect(dead_code, reason = "only read")]
            limit: Option<i64>,
        }
        let detail = async |query: &str| {
            let (mut parts, ()) =
                axum::http::Request::builder().uri(format!("/?{query}")).body(()).unwrap().into_parts();
            Query::<Asked>::from_request_parts(&mut parts, &()).await.unwrap_err().detail
        };
        assert_eq!(detail("limit=ten").await, "limit: This must be a whole number.");
        assert_eq!(detail("colour=1").await, "There is no parameter \"colour\": possible are limit.");
        assert_eq!(detail("limit=1&limit=2").await, "limit: This is there twice.");
    }
}
