//! The common parts of the OpenAPI document: names of operations, how to sign in, and the problems that they may
//! return. Handlers describe the rest: parameters, bodies, successful responses, and problems that no rule here
//! covers.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::{Arc, OnceLock};

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::IntoResponse as _;
use axum::routing::{MethodRouter, get};
use engine::view::LiveEvent;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use utoipa::OpenApi as _;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::schema::{Schema, SchemaType, Type};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{
    Components, ContentBuilder, HeaderBuilder, ObjectBuilder, OpenApi, Ref, RefOr, ResponseBuilder,
};

use crate::web::assets::accepts;
use crate::web::problem::ProblemShape;

const PROBLEM: &str = "application/problem+json";
/// Every problem that an operation may declare, and what it means.
const PROBLEMS: [(StatusCode, &str); 15] = [
    (StatusCode::BAD_REQUEST, "The query, or the JSON of the body, cannot be read."),
    (StatusCode::UNAUTHORIZED, "Not signed in, or the sign-in has ended."),
    (StatusCode::FORBIDDEN, "Your role does not allow it, or the request came from another site."),
    (StatusCode::NOT_FOUND, "It does not exist, or you may not see it."),
    (StatusCode::NOT_ACCEPTABLE, "It cannot be had in any form that `Accept` names."),
    (
        StatusCode::CONFLICT,
        "The state does not allow it, or `version` is stale: `current` then has the current object.",
    ),
    (StatusCode::PAYLOAD_TOO_LARGE, "The body is too large."),
    (StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body has a type that this operation does not accept."),
    (StatusCode::RANGE_NOT_SATISFIABLE, "`Range` is outside the file."),
    (StatusCode::UNPROCESSABLE_ENTITY, "Fields are invalid or unknown. `errors` lists them."),
    (StatusCode::TOO_MANY_REQUESTS, "Too many requests. Wait for the seconds in `Retry-After`."),
    (StatusCode::INTERNAL_SERVER_ERROR, "An error in Deskbell. Its log has the details under `request_id`."),
    (StatusCode::BAD_GATEWAY, "Meta or the language model refused it, or could not be reached."),
    (StatusCode::SERVICE_UNAVAILABLE, "The store cannot be reached or is full."),
    (StatusCode::INSUFFICIENT_STORAGE, "The disk is full."),
];

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Deskbell",
        description = "A self-hosted contact centre for Messenger, Instagram and WhatsApp.

Errors are RFC 9457 problems. A method that a path does not know is answered with 405."
    ),
    components(schemas(ProblemShape, LiveEvent))
)]
struct Document;

/// Serves the document. It is public and the same for everyone, so it is compressed only once.
pub fn served<S: Clone + Send + Sync + 'static>(document: &OpenApi) -> MethodRouter<S> {
    let plain = Bytes::from(document.to_pretty_json().unwrap_or_default());
    let small = Arc::new(OnceLock::new());
    get(async move |headers: HeaderMap| {
        let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
        let kind = [(header::CONTENT_TYPE, "application/json"), (header::VARY, "accept-encoding")];
        if accepted.is_some_and(|accepted| accepts(accepted, "gzip")) {
            let small: Bytes = small.get_or_init(|| gzip(&plain)).clone();
            return (kind, [(header::CONTENT_ENCODING, "gzip")], small).into_response();
        }
        (kind, plain).into_response()
    })
}

fn gzip(text: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).and_then(|()| encoder.finish()).expect("a vector takes everything").into()
}

/// The document without any operation.
pub fn empty() -> OpenApi {
    Document::openapi()
}

/// Marks operations behind the guard. `refuses`: some users who are signed in may not even read them.
pub fn guarded(document: &mut OpenApi, refuses: bool) {
    for (method, operation) in operations(document) {
        operation.security = Some(vec![
            SecurityRequirement::new("cookie", [] as [&str; 0]),
            SecurityRequirement::new("token", [] as [&str; 0]),
        ]);
        declare(operation, StatusCode::UNAUTHORIZED);
        // Every signed-in user may read common data; changes must come from our own pages.
        if refuses || method != Method::GET {
            declare(operation, StatusCode::FORBIDDEN);
        }
        if method != Method::GET {
            declare(operation, StatusCode::CONFLICT);
        }
    }
}

/// Completes the whole document.
pub fn finish(document: &mut OpenApi) {
    name_operations(document);
    for (path, item) in &mut document.paths.paths {
        for (_, operation) in methods(item) {
            declare_by_shape(path, operation);
            share_problems(operation);
            describe_binaries(operation);
            describe_answers(operation);
        }
    }
    require_answered_fields(document);
    let components = document.components.get_or_insert_with(Components::new);
    for (status, description) in PROBLEMS {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        let mut response = ResponseBuilder::new().description(description).content(PROBLEM, content);
        if status == StatusCode::TOO_MANY_REQUESTS {
            let seconds = ObjectBuilder::new().schema_type(Type::Integer).build();
            response = response.header("Retry-After", HeaderBuilder::new().schema(Some(seconds)).build());
        }
        components.responses.insert(name(status), response.build().into());
    }
    let cookie = ApiKeyValue::with_description("deskbell", "On https its name is `__Host-deskbell`.");
    components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    components.add_security_scheme("token", SecurityScheme::Http(token));
}

fn methods(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    [
        (Method::GET, &mut item.get),
        (Method::POST, &mut item.post),
        (Method::PUT, &mut item.put),
        (Method::PATCH, &mut item.patch),
        (Method::DELETE, &mut item.delete),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

fn operations(document: &mut OpenApi) -> impl Iterator<Item = (Method, &mut Operation)> {
    document.paths.paths.values_mut().flat_map(methods)
}

/// Names each operation by its method and path: handlers of different nouns have the same names.
fn name_operations(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        let noun: Vec<_> = path
            .trim_start_matches("/api/v1")
            .split(['/', '-', '{', '}'])
            .filter(|part| !part.is_empty())
            .collect();
        for (method, operation) in methods(item) {
            operation.operation_id = Some(format!("{}_{}", method.as_str().to_lowercase(), noun.join("_")));
        }
    }
}

/// The name of a shared problem: `NotFound`.
fn name(status: StatusCode) -> String {
    status.canonical_reason().unwrap_or("Problem").replace(' ', "")
}

fn declare(operation: &mut Operation, status: StatusCode) {
    let shared = RefOr::Ref(Ref::new(format!("#/components/responses/{}", name(status))));
    operation.responses.responses.insert(status.as_str().to_owned(), shared);
}

/// Problems that follow from what an operation reads.
fn declare_by_shape(path: &str, operation: &mut Operation) {
    declare(operation, StatusCode::INTERNAL_SERVER_ERROR);
    declare(operation, StatusCode::SERVICE_UNAVAILABLE);
    if path.contains('{') {
        declare(operation, StatusCode::NOT_FOUND);
    }
    let reads_query = serde_json::to_value(&operation.parameters)
        .is_ok_and(|list| list.as_array().into_iter().flatten().any(|one| one["in"] == "query"));
    if reads_query || operation.request_body.is_some() {
        declare(operation, StatusCode::BAD_REQUEST);
    }
    if operation.request_body.is_some() {
        declare(operation, StatusCode::PAYLOAD_TOO_LARGE);
        declare(operation, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        declare(operation, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

/// Replaces problems that handlers declare by the shared ones; `4XX` is dropped, because the rules are more precise.
fn share_problems(operation: &mut Operation) {
    operation.responses.responses.remove("4XX");
    let declared: Vec<_> = operation.responses.responses.keys().cloned().collect();
    for (status, _) in PROBLEMS {
        if declared.iter().any(|code| code == status.as_str()) {
            declare(operation, status);
        }
    }
}

/// OpenAPI requires a description of every answer: where the handler gives none, it is HTTP's name of the status.
fn describe_answers(operation: &mut Operation) {
    for (status, answer) in &mut operation.responses.responses {
        let RefOr::T(answer) = answer else { continue };
        if answer.description.is_empty() {
            let reason = status.parse::<StatusCode>().ok().and_then(|status| status.canonical_reason());
            answer.description = reason.unwrap_or("The answer").to_owned();
        }
    }
}

/// Bodies that are neither JSON nor a form are bytes.
fn describe_binaries(operation: &mut Operation) {
    let bytes = || Some(RefOr::T(Schema::Object(ObjectBuilder::new().schema_type(SchemaType::AnyValue).build())));
    let is_binary =
        |media: &str| !media.contains("json") && !media.starts_with("text/") && !media.contains("form");
    let answers = operation.responses.responses.values_mut().filter_map(|answer| match answer {
        RefOr::T(answer) => Some(answer.content.iter_mut()),
        RefOr::Ref(_) => None,
    });
    let sent = match &mut operation.request_body {
        Some(RefOr::T(body)) => Some(body.content.iter_mut()),
        _ => None,
    };
    for (media, content) in answers.flatten().chain(sent.into_iter().flatten()) {
        if is_binary(media)
            && let RefOr::T(content) = content
        {
            content.schema = bytes();
        }
    }
}

/// Responses contain every nullable field; only requests may omit it. A field that responses omit is marked `nullable
/// = false` in its struct.
fn require_answered_fields(document: &mut OpenApi) {
    let whole = serde_json::to_value(&*document).unwrap_or_default();
    let mut read = BTreeSet::new();
    for item in whole["paths"].as_object().into_iter().flat_map(|paths| paths.values()) {
        for operation in item.as_object().into_iter().flat_map(|methods| methods.values()) {
            collect(&operation["requestBody"], &whole, &mut read);
        }
    }
    let Some(components) = &mut document.components else { return };
    for (name, schema) in &mut components.schemas {
        if !read.contains(name) {
            require(schema);
        }
    }
}

/// The names of the schemas that a part of the document refers to.
fn collect(part: &Value, whole: &Value, found: &mut BTreeSet<String>) {
    match part {
        Value::Object(fields) => {
            let name = fields.get("$ref").and_then(Value::as_str).and_then(|to| to.rsplit('/').next());
            if let Some(name) = name
                && found.insert(name.to_owned())
            {
                collect(&whole["components"]["schemas"][name], whole, found);
            }
            fields.values().for_each(|field| collect(field, whole, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, whole, found)),
        _ => {}
    }
}

fn require(schema: &mut RefOr<Schema>) {
    let RefOr::T(schema) = schema else { return };
    match schema {
        Schema::Object(object) => {
            for (name, property) in &mut object.properties {
                require(property);
                if takes_null(property) && !object.required.contains(name) {
                    object.required.push(name.clone());
                }
            }
        }
        Schema::Array(array) => {
            if let utoipa::openapi::schema::ArrayItems::RefOrSchema(items) = &mut array.items {
                require(items);
            }
        }
        Schema::OneOf(list) => list.items.iter_mut().for_each(require),
        Schema::AllOf(list) => list.items.iter_mut().for_each(require),
        Schema::AnyOf(list) => list.items.iter_mut().for_each(require),
        _ => {}
    }
}

fn takes_null(schema: &RefOr<Schema>) -> bool {
    let null = |kind: &SchemaType| match kind {
        SchemaType::Type(kind) => *kind == Type::Null,
        SchemaType::Array(kinds) => kinds.contains(&Type::Null),
        SchemaType::AnyValue => false,
    };
    match schema {
        RefOr::T(Schema::Object(object)) => null(&object.schema_type),
        RefOr::T(Schema::Array(array)) => null(&array.schema_type),
        RefOr::T(Schema::OneOf(list)) => list.items.iter().any(takes_null),
        _ => false,
    }
}
