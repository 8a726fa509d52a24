//! Tests of a flow: dialogues with the effects that are expected. Those that must pass are run before it is published.

use domain::audit_detail::AuditDetail;
use domain::flow::{Effect, FlowBody};
use domain::id::{FlowId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::json::json;
use store::table::flow_test::{self, FlowTest};
use store::{Batch, CommitError};
use utoipa::ToSchema;

use super::simulate::{InputOrText, SimulatedInput, SimulationScene, check_inputs, walk};
use super::{row, shaped};
use crate::audit::act_by;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::fields::{Fields, fresh};

/// The most tests of a flow.
const MOST: usize = 200;
/// The maximum number of effects that a test expects.
const MOST_EXPECTED: usize = 500;

/// The inputs and expectations of a test.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Script {
    inputs: Vec<InputOrText>,
    #[serde(default)]
    scene: SimulationScene,
    expected: Vec<Value>,
}

/// A test of a flow.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FlowTest)]
pub struct TestView {
    pub id: String,
    pub name: String,
    /// What the customer does, in this order.
    pub inputs: Vec<InputOrText>,
    pub scene: SimulationScene,
    /// Effects in the order in which they must come; others may come between. A text means that it is sent; an object
    /// means an effect with these fields, such as `{"kind": "join_queue"}`.
    #[schema(value_type = Vec<Object>)]
    pub expected: Vec<Value>,
    /// Whether the flow can't be published while it fails.
    pub must_pass: bool,
    pub version: i64,
}

/// A new test of a flow.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewFlowTest)]
pub struct NewTest {
    pub name: String,
    #[serde(default)]
    pub inputs: Vec<InputOrText>,
    #[serde(default)]
    pub scene: SimulationScene,
    /// Texts that are sent, or objects with the fields of effects.
    #[serde(default)]
    #[schema(value_type = Vec<Object>)]
    pub expected: Vec<Value>,
    #[serde(default)]
    pub must_pass: bool,
}

/// Changes of a test.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FlowTestChange)]
pub struct TestChange {
    pub name: Option<String>,
    pub inputs: Option<Vec<InputOrText>>,
    pub scene: Option<SimulationScene>,
    #[schema(value_type = Option<Vec<Object>>)]
    pub expected: Option<Vec<Value>>,
    pub must_pass: Option<bool>,
    pub version: Option<i64>,
}

/// The body that the tests are run against.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FlowTestRun)]
pub struct TestOrder {
    /// The saved draft if left out.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub body: Option<Value>,
}

/// How the tests went.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FlowTestResults)]
pub struct TestResults {
    pub results: Vec<TestResult>,
}

/// How one test went.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FlowTestResult)]
pub struct TestResult {
    pub test_id: String,
    pub name: String,
    pub passed: bool,
    /// What was expected but did not happen; empty if it passed.
    pub detail: String,
}

fn view(it: FlowTest) -> TestView {
    let Script { inputs, scene, expected } = script(&it);
    let FlowTest { id, name, must_pass, version, .. } = it;
    TestView { id: id.to_string(), name, inputs, scene, expected, must_pass, version }
}

fn script(it: &FlowTest) -> Script {
    serde_json::from_str(&it.body).unwrap_or_default()
}

async fn stored(app: &Engine, flow: FlowId, id: i64) -> Result<FlowTest> {
    flow_test::by_id(&app.store, flow, id).await?.ok_or_else(|| Error::NotFound("test of the flow"))
}

/// The tests of a flow, the oldest first.
pub async fn all(app: &Engine, flow: FlowId) -> Result<Vec<TestView>> {
    row(app, flow).await?;
    Ok(flow_test::list(&app.store, flow).await?.into_iter().map(view).collect())
}

/// One test.
pub async fn one(app: &Engine, flow: FlowId, id: i64) -> Result<TestView> {
    Ok(view(stored(app, flow, id).await?))
}

fn checked(name: &str, script: &Script) -> Result<String> {
    let mut fields = Fields::default();
    let name = fields.name("/name", name, 120);
    if script.expected.len() > MOST_EXPECTED {
        fields.bad("/expected", format!("At most {MOST_EXPECTED} effects are possible."));
    }
    for (index, expected) in script.expected.iter().enumerate() {
        if !expected.is_string() && !expected.is_object() {
            fields.bad(
                &format!("/expected/{index}"),
                "This must be a text that is sent, or an object with fields of an effect.",
            );
        }
    }
    fields.done()?;
    let inputs: Vec<SimulatedInput> = script.inputs.iter().cloned().map(SimulatedInput::from).collect();
    check_inputs("/inputs", &inputs)?;
    Ok(name)
}

/// Adds a test.
pub async fn create(app: &Engine, by: Option<UserId>, flow: FlowId, new: NewTest) -> Result<TestView> {
    row(app, flow).await?;
    let NewTest { name, inputs, scene, expected, must_pass } = new;
    let script = Script { inputs, scene, expected };
    let name = checked(&name, &script)?;
    if flow_test::list(&app.store, flow).await?.len() >= MOST {
        return Err(Error::conflict(format!("There are {MOST} tests already: delete one first.")));
    }
    let test = FlowTest { id: app.ids.next(), flow, name, body: json(&script), must_pass, version: 1 };
    let mut batch = Batch::new();
    flow_test::insert(&mut batch, &test);
    act_by(app, &mut batch, by, "flow_test.create", format!("flow {flow}"), AuditDetail::named(&test.name));
    app.store.commit(batch).await.map_err(duplicate)?;
    one(app, flow, test.id).await
}

/// Changes a test.
pub async fn update(app: &Engine, by: UserId, flow: FlowId, id: i64, change: TestChange) -> Result<TestView> {
    let before = stored(app, flow, id).await?;
    if change.version.is_some() {
        fresh(change.version, before.version, &one(app, flow, id).await?)?;
    }
    let old = script(&before);
    let script = Script {
        inputs: change.inputs.unwrap_or(old.inputs),
        scene: change.scene.unwrap_or(old.scene),
        expected: change.expected.unwrap_or(old.expected),
    };
    let name = checked(change.name.as_deref().unwrap_or(&before.name), &script)?;
    let must_pass = change.must_pass.unwrap_or(before.must_pass);
    let test = FlowTest { name, body: json(&script), must_pass, ..before };
    let mut batch = Batch::new();
    flow_test::update(&mut batch, &test, change.version);
    act_by(app, &mut batch, Some(by), "flow_test.update", format!("flow {flow}"), AuditDetail::named(&test.name));
    match app.store.commit(batch).await {
        Ok(_) => one(app, flow, id).await,
        Err(CommitError::Conflict) => Err(Error::stale(&one(app, flow, id).await?)),
        Err(error) => Err(duplicate(error)),
    }
}

/// Removes a test.
pub async fn delete(app: &Engine, by: UserId, flow: FlowId, id: i64) -> Result<()> {
    let test = stored(app, flow, id).await?;
    let mut batch = Batch::new();
    flow_test::delete(&mut batch, flow, id);
    act_by(app, &mut batch, Some(by), "flow_test.delete", format!("flow {flow}"), AuditDetail::named(&test.name));
    app.store.commit(batch).await?;
    Ok(())
}

/// Runs all tests of a flow. Nothing leaves the installation unless a scene allows it.
pub async fn run(app: &Engine, flow: FlowId, order: TestOrder) -> Result<TestResults> {
    let current = row(app, flow).await?;
    let body = match order.body {
        Some(body) => shaped("/body", body)?,
        None => domain::flow::parse(&current.draft).map_err(|found| super::invalid("/body", found))?,
    };
    let mut results = Vec::new();
    for test in flow_test::list(&app.store, flow).await? {
        results.push(result(app, &body, &test).await?);
    }
    Ok(TestResults { results })
}

/// The tests that must pass but fail.
pub(super) async fn failures(app: &Engine, flow: FlowId, body: &FlowBody) -> Result<Vec<TestResult>> {
    let mut failed = Vec::new();
    for test in flow_test::list(&app.store, flow).await?.iter().filter(|test| test.must_pass) {
        let result = result(app, body, test).await?;
        if !result.passed {
            failed.push(result);
        }
    }
    Ok(failed)
}

/// Runs the tests of a file: an export of ours. Also returns the name of its flow.
pub async fn run_file(app: &Engine, file: &Value) -> Result<(String, Vec<TestResult>)> {
    let body = shaped("", file.get("body").unwrap_or(file).clone())?;
    let mut results = Vec::new();
    for (index, test) in file["tests"].as_array().into_iter().flatten().enumerate() {
        let new: NewTest = serde_json::from_value(test.clone()).map_err(|error| {
            Error::field(format!("/tests/{index}"), format!("This test can't be read: {error}."))
        })?;
        let NewTest { name, inputs, scene, expected, must_pass } = new;
        let body_of_test = json(&Script { inputs, scene, expected });
        let test = FlowTest { id: 0, flow: FlowId(0), name, body: body_of_test, must_pass, version: 1 };
        results.push(result(app, &body, &test).await?);
    }
    Ok((file["name"].as_str().unwrap_or_default().to_owned(), results))
}

async fn result(app: &Engine, body: &FlowBody, test: &FlowTest) -> Result<TestResult> {
    let Script { inputs, scene, expected } = script(test);
    let inputs = inputs.into_iter().map(SimulatedInput::from).collect();
    let detail = match walk(app, body, &scene, inputs).await {
        Ok((steps, _)) => {
            let effects: Vec<&Effect> = steps.iter().flat_map(|step| &step.effects).collect();
            first_missing(&expected, &effects)
        }
        Err(Error::Refused { detail, .. }) => Some(detail),
        Err(error) => return Err(error),
    };
    let (test_id, name) = (test.id.to_string(), test.name.clone());
    Ok(TestResult { test_id, name, passed: detail.is_none(), detail: detail.unwrap_or_default() })
}

/// The first expected effect that does not happen, in order; None if all do.
pub fn first_missing(expected: &[Value], effects: &[&Effect]) -> Option<String> {
    let mut rest = effects.iter();
    for (index, wanted) in expected.iter().enumerate() {
        let left: Vec<String> = rest.clone().map(|effect| described(effect)).collect();
        if !rest.any(|effect| fits(wanted, effect)) {
            let came = if left.is_empty() {
                "nothing more came".to_owned()
            } else {
                format!("there came: {}", left.join(" · "))
            };
            let wanted = wanted.as_str().map_or_else(|| wanted.to_string(), |text| format!("\"{text}\""));
            return Some(format!("Number {} of what is expected, {wanted}, did not come; {came}.", index + 1));
        }
    }
    None
}

fn fits(wanted: &Value, effect: &Effect) -> bool {
    match wanted {
        Value::String(text) => match effect {
            Effect::Say { text: sent, .. } | Effect::SendTemplate { text: sent, .. } => {
                sent.contains(text.as_str())
            }
            _ => false,
        },
        wanted => serde_json::to_value(effect).is_ok_and(|effect| has(&effect, wanted)),
    }
}

/// Whether a value has all the expected fields.
fn has(value: &Value, wanted: &Value) -> bool {
    match (value, wanted) {
        (Value::Object(value), Value::Object(wanted)) => {
            wanted.iter().all(|(name, wanted)| value.get(name).is_some_and(|value| has(value, wanted)))
        }
        (Value::Array(value), Value::Array(wanted)) => {
            value.len() == wanted.len() && value.iter().zip(wanted).all(|(value, wanted)| has(value, wanted))
        }
        (value, wanted) => value == wanted,
    }
}

fn described(effect: &Effect) -> String {
    match effect {
        Effect::Say { text, .. } => format!("\"{}\"", text.chars().take(60).collect::<String>()),
        other => {
            let value = serde_json::to_value(other).unwrap_or_default();
            value["kind"].as_str().unwrap_or_default().to_owned()
        }
    }
}

fn duplicate(error: CommitError) -> Error {
    match error {
        CommitError::Duplicate => Error::taken("/name", "This flow has a test of this name already."),
        error => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn effects_are_expected_in_order_with_others_between() {
        let say = |text: &str| Effect::Say { text: text.into(), choices: Vec::new(), template: None };
        let close = Effect::Close { text: None, reason: Some("done".into()) };
        let (hello, more) = (say("Hello Ann!"), say("How can we help?"));
        let effects = [&hello, &more, &close];
        let missing = |expected: Value| first_missing(expected.as_array().unwrap(), &effects);
        assert_eq!(missing(json!(["Hello", {"kind": "close", "reason": "done"}])), None);
        assert_eq!(missing(json!([])), None);
        let found = missing(json!(["How can", "Hello"])).unwrap();
        assert!(
            found.starts_with("Number 2 of what is expected, \"Hello\", did not come; there came: close"),
            "{found}"
        );
        assert!(missing(json!([{"kind": "close", "reason": "else"}])).is_some());
    }
}
