//! Flows: the interpreter beside its templates rendered bare; customers who walk a flow, through webhook to the bot's answer;
//! and runs that sleep, all due at once after an outage.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use domain::flow::{FlowBody, FlowContext, Input, Surroundings, parse_value, step, validate};
use domain::time::Micros;
use minijinja::{Environment, UndefinedBehavior};
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::Options;
use crate::body::{Channel, Maker, What};
use crate::figures::{median, thousands};
use crate::graph::Graph;
use crate::load;
use crate::product::Product;
use crate::traffic::{FEW, TOGETHER};

/// Answers of one customer in the interpreter's runs. Each leads through five nodes.
const ANSWERS: usize = 20_000;
/// Customers who walk a flow.
const WALKERS: usize = 2_000;
/// Questions that each of them answers.
const QUESTIONS: usize = 5;
/// Runs that sleep.
const SLEEPERS: usize = 100_000;
/// Of them are due at once.
const DUE: usize = 10_000;
/// How long they sleep, in seconds: far longer than the bench takes.
const SLEEP: u32 = 86_400;

const GREETING: &str = "Hello {{ contact.first_name | default('there') }}, you wrote: {{ topic | trim }}";
const RECEIPT: &str =
    "{% if topic %}{{ greeting }}. We answer in {{ page.name }} at once{% else %}Hello{% endif %}";

/// Measures and prints.
pub async fn measure(options: Options) -> Result<(), String> {
    let (bare, walked) = interpreter(&options)?;
    println!("\nthe interpreter (median of {} runs)", options.rounds);
    println!("    templates rendered bare/s {:>12}", thousands(bare));
    println!("    nodes/s                   {:>12}", thousands(walked));
    println!("    ratio                     {:>12.2}   (aim 0.30 or more)", walked / bare);
    let folder = tempfile::tempdir().map_err(|error| format!("No temporary folder could be made: {error}."))?;
    let graph = Graph::start()?;
    walk(folder.path(), &graph, &options).await?;
    sleep(folder.path(), &graph, &options).await
}

/// Templates rendered per second, and nodes walked per second: floor and product take turns.
fn interpreter(options: &Options) -> Result<(f64, f64), String> {
    let answers = ANSWERS / options.divisor;
    let (mut bare, mut walked) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        bare.push(render(answers)?);
        walked.push(interpret(answers)?);
    }
    Ok((median(&bare), median(&walked)))
}

/// The two templates of the flow, parsed once and filled in again and again.
fn render(answers: usize) -> Result<f64, String> {
    let failed = |error: minijinja::Error| format!("A template could not be rendered: {error}.");
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.add_template("greeting", GREETING).map_err(failed)?;
    environment.add_template("receipt", RECEIPT).map_err(failed)?;
    let templates = ["greeting", "receipt"].map(|name| environment.get_template(name));
    let [greeting, receipt] = templates;
    let templates = [greeting.map_err(failed)?, receipt.map_err(failed)?];
    let started = Instant::now();
    let mut length = 0;
    for n in 0..answers {
        let inside = |name: &str, value: &str| {
            minijinja::Value::from(BTreeMap::from([(name.to_owned(), value.to_owned())]))
        };
        let values = minijinja::Value::from(BTreeMap::from([
            ("contact".to_owned(), inside("first_name", "Olena")),
            ("page".to_owned(), inside("name", "Bakery")),
            ("topic".to_owned(), minijinja::Value::from(format!("order {n}"))),
            ("greeting".to_owned(), minijinja::Value::from("Hello Olena")),
        ]));
        for template in &templates {
            length += template.render(values.clone()).map_err(failed)?.len();
        }
    }
    let rate = (templates.len() * answers) as f64 / started.elapsed().as_secs_f64();
    if length == 0 { Err("Nothing was rendered.".into()) } else { Ok(rate) }
}

/// A flow that asks, remembers, compares and answers, and asks again.
fn loop_of_answers() -> Result<FlowBody, String> {
    let body = json!({"schema": 2, "start": "ask", "nodes": {
        "ask": {"type": "ask", "text": "What is it about?", "variable": "topic", "next": "set"},
        "set": {"type": "set", "variable": "greeting", "value": GREETING, "next": "which"},
        "which": {"type": "condition", "variable": "topic", "is": "equals", "value": "nothing", "then": "ask", "else": "receipt"},
        "receipt": {"type": "send", "text": RECEIPT, "next": "back"},
        "back": {"type": "jump", "next": "ask"},
    }});
    let flow = parse_value(body).map_err(|problems| format!("The flow can't be read: {problems:?}"))?;
    let errors: Vec<_> = validate(&flow, &channels::messenger::MESSENGER)
        .into_iter()
        .filter(domain::flow::Problem::is_error)
        .collect();
    if errors.is_empty() { Ok(flow) } else { Err(format!("The flow has errors: {errors:?}")) }
}

/// Nodes per second.
fn interpret(answers: usize) -> Result<f64, String> {
    let flow = loop_of_answers()?;
    let surroundings = Surroundings::default();
    let context = FlowContext {
        contact_name: Some("Olena Kovalenko"),
        page_name: "Bakery",
        now: Micros(0),
        capabilities: &channels::messenger::MESSENGER,
        message_templates: None,
        marketing_stopped: false,
        more: &surroundings,
    };
    let mut run = step(&flow, None, Input::Start, &context).run;
    let mut effects = 0;
    let started = Instant::now();
    for n in 0..answers {
        let text = format!("order {n}");
        let answer = Input::Said { text: Some(&text), payload: None, other: None };
        let stepped = step(&flow, run, answer, &context);
        effects += stepped.effects.len();
        run = stepped.run;
    }
    let nodes = flow.nodes.len() * answers;
    let rate = nodes as f64 / started.elapsed().as_secs_f64();
    if effects == 2 * answers { Ok(rate) } else { Err(format!("{answers} answers had {effects} effects.")) }
}

/// Customers walk a flow of questions: from the first webhook until the bot's last answer is waiting to be sent.
async fn walk(data: &Path, graph: &Graph, options: &Options) -> Result<(), String> {
    let mut product = Product::start(data, graph).await?;
    product.connect().await?;
    let questions: serde_json::Map<String, Value> = (1..=QUESTIONS)
        .map(|n| {
            let next = if n == QUESTIONS { "end".to_owned() } else { format!("q{}", n + 1) };
            let text = format!("Question {n} of {QUESTIONS}, {{{{ contact.first_name }}}}: how was it?");
            (format!("q{n}"), json!({"type": "ask", "text": text, "variable": format!("a{n}"), "next": next}))
        })
        .chain([("end".to_owned(), json!({"type": "send", "text": "Thank you, {{ contact.first_name }}!"}))])
        .collect();
    product.use_flow("Questions", json!({"schema": 2, "start": "q1", "nodes": questions})).await?;
    let walkers = WALKERS / options.divisor;
    let mut maker = Maker::new(&product.webhook_url, "walk");
    // The profiles of all are known before the clock runs.
    post(&mut maker, 0..walkers, "Hello").await?;
    product.drained().await?;
    product.silent().await?;
    let before = graph.messages();
    let started = Instant::now();
    for _ in 0..QUESTIONS {
        post(&mut maker, 0..walkers, "Well, thank you").await?;
        product.drained().await?;
    }
    let rate = (QUESTIONS * walkers) as f64 / started.elapsed().as_secs_f64();
    product.silent().await?;
    product.check().await?;
    let answered = graph.messages() - before;
    if answered != QUESTIONS * walkers {
        return Err(format!("{} answers of customers got {answered} of the bot.", QUESTIONS * walkers));
    }
    println!("\nwebhook to the bot's answer in the outbox, turns/s");
    println!(
        "    {} customers answer {QUESTIONS} questions {:>9}   (aim 2,000)",
        thousands(walkers as f64),
        thousands(rate)
    );
    Ok(())
}

/// Runs sleep. The server is stopped and started again: what they cost, and how soon those that are due continue.
async fn sleep(data: &Path, graph: &Graph, options: &Options) -> Result<(), String> {
    let (sleepers, due) = (SLEEPERS / options.divisor, DUE / options.divisor);
    let product = Product::start(data, graph).await?;
    let awake = product.memory();
    let wait = json!({"schema": 2, "start": "wait", "nodes": {
        "wait": {"type": "wait", "seconds": SLEEP, "next": "mark"},
        "mark": {"type": "label", "add": ["Woken"], "next": "people"},
        "people": {"type": "join_queue"},
    }});
    product.call("POST", "/labels", Some(json!({"name": "Woken", "colour": "#3366cc"}))).await?;
    let webhook = product.use_flow("Sleep", wait).await?;
    let mut maker = Maker::new(&webhook, "sleep");
    eprintln!("  {} runs fall asleep", thousands(sleepers as f64));
    let first = WALKERS;
    for begin in (0..sleepers).step_by(10_000) {
        post(&mut maker, first + begin..first + (begin + 10_000).min(sleepers), "Hello").await?;
        product.drained().await?;
    }
    drop(product);
    let asleep = Product::start(data, graph).await?;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let memory = asleep.memory();
    drop(asleep);
    let file = data.join("deskbell.db");
    let made = make_due(&file, due).map_err(|error| format!("No run could be made due: {error}."))?;
    if made != due {
        return Err(format!("Only {made} runs are asleep."));
    }
    let product = Product::start(data, graph).await?;
    let started = Instant::now();
    product
        .until("the runs that are due have continued", async || {
            waiting(&file).map(|count| count >= due).map_err(|error| format!("They were not counted: {error}."))
        })
        .await?;
    let took = started.elapsed().as_secs_f64();
    println!("\n{} runs sleep", thousands(sleepers as f64));
    println!("    memory before any, and with all after a start, MB {awake:>9.1} {memory:>9.1}");
    println!("    {} that are due at once continue within, s {took:>9.2}   (aim 5)", thousands(due as f64));
    drop(product);
    Ok(())
}

/// Posts one message of each customer, several in one POST.
async fn post(maker: &mut Maker, customers: std::ops::Range<usize>, text: &str) -> Result<(), String> {
    let events: Vec<String> =
        customers.map(|customer| maker.event(Channel::Messenger, customer, What::Text(text))).collect();
    let requests = events.chunks(TOGETHER).map(|events| maker.post(Channel::Messenger, events)).collect();
    load::run(maker.host(), requests, FEW).await.map(drop)
}

/// The deadlines of some sleeping runs pass while no server runs.
fn make_due(file: &Path, count: usize) -> rusqlite::Result<usize> {
    let database = Connection::open(file)?;
    database.busy_timeout(Duration::from_secs(10))?;
    database.execute(
        "UPDATE conversation SET due_at = 1, data = json_set(data, '$.run.deadline', 1)
         WHERE id IN (SELECT id FROM conversation WHERE due_at IS NOT NULL AND state = 'bot'
             AND json_extract(data, '$.run.node') = 'wait' ORDER BY id LIMIT ?1)",
        [i64::try_from(count).unwrap_or(i64::MAX)],
    )
}

/// Conversations whose run has continued: they wait in a queue.
fn waiting(file: &Path) -> rusqlite::Result<usize> {
    let database = Connection::open_with_flags(file, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    database.busy_timeout(Duration::from_secs(10))?;
    let count: i64 =
        database.query_row("SELECT count(*) FROM conversation WHERE state = 'queued'", [], |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flow_that_is_measured_answers_each_time() {
        interpret(10).unwrap();
        render(10).unwrap();
    }
}
