//! Reads Webitel's simple chat flows: a JSON array of steps. Steps without a counterpart here are left out, each with
//! a sentence.

use serde_json::{Map, Value, json};

/// The most steps that are read.
const MOST: usize = 500;

/// A flow that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Converted {
    /// Its body, in our format.
    pub body: Value,
    /// What could not be converted, each as a sentence.
    pub left_out: Vec<String>,
}

/// Converts a flow; a sentence if the JSON is not one.
pub fn convert(schema: &Value) -> Result<Converted, String> {
    // Exports of the API have the array in their field `schema`.
    let steps = schema.as_array().or_else(|| schema["schema"].as_array());
    let steps = steps.ok_or("A Webitel flow is a JSON array of steps, such as [{\"sendText\": \"Hello\"}].")?;
    let mut read =
        Reader { nodes: Map::new(), tags: Vec::new(), keywords: Vec::new(), left_out: Vec::new(), made: 0 };
    let start = read.list(steps, None);
    read.link_tags();
    let Some(start) = start else {
        return Err("None of its steps could be taken over.".into());
    };
    let mut body = json!({ "schema": 2, "start": start, "nodes": read.nodes });
    if !read.keywords.is_empty() {
        body["keywords"] = Value::Array(read.keywords);
    }
    Ok(Converted { body, left_out: read.left_out })
}

struct Reader {
    nodes: Map<String, Value>,
    /// Tags, and the nodes that have them.
    tags: Vec<(String, String)>,
    keywords: Vec<Value>,
    left_out: Vec<String>,
    made: usize,
}

impl Reader {
    /// Reads a list of steps from its end, so that each knows what comes next. Returns the first node.
    fn list(&mut self, steps: &[Value], after: Option<String>) -> Option<String> {
        let mut next = after;
        for (index, step) in steps.iter().enumerate().rev() {
            if self.made >= MOST {
                self.leave("Steps after the first 500 were left out.");
                return next;
            }
            next = self.step(step, steps.get(..index).unwrap_or_default(), next);
        }
        next
    }

    fn leave(&mut self, detail: impl Into<String>) {
        let detail = detail.into();
        if !self.left_out.contains(&detail) {
            self.left_out.push(detail);
        }
    }

    /// Adds a node of this type.
    fn node(&mut self, step: &Value, kind: &str, fields: Value) -> String {
        self.made += 1;
        let id =
            match step["tag"].as_str().map(plain_id).filter(|id| !id.is_empty() && !self.nodes.contains_key(id)) {
                Some(tag) => tag,
                None => format!("{kind}_{}", self.made),
            };
        let mut node = json!({ "type": kind });
        if let (Some(node), Value::Object(fields)) = (node.as_object_mut(), fields) {
            node.extend(fields.into_iter().filter(|(_, value)| !value.is_null()));
        }
        self.nodes.insert(id.clone(), node);
        if let Some(tag) = step["tag"].as_str() {
            self.tags.push((tag.to_owned(), id.clone()));
        }
        id
    }

    fn step(&mut self, step: &Value, _: &[Value], next: Option<String>) -> Option<String> {
        const BESIDE: [&str; 7] = ["tag", "break", "async", "limit", "trace", "_id", "id"];
        let Some((name, arguments)) =
            step.as_object().and_then(|step| step.iter().find(|(name, _)| !BESIDE.contains(&name.as_str())))
        else {
            return next;
        };
        for (field, what) in [("async", "runs beside the others"), ("limit", "has a limit of its runs")] {
            if step.get(field).is_some_and(|value| value != &Value::Bool(false)) {
                self.leave(format!("A step \"{name}\" {what}: here it runs like any other."));
            }
        }
        let next = if step["break"] == json!(true) { None } else { next };
        Some(match name.as_str() {
            "sendText" => {
                let text = self.text(arguments);
                self.node(step, "send", json!({ "text": text, "next": next }))
            }
            "sendMessage" => {
                let text = self.text(&arguments["text"]);
                if !arguments["file"].is_null()
                    || !arguments["buttons"].is_null()
                    || !arguments["inline"].is_null()
                {
                    self.leave("Files and buttons of \"sendMessage\" were left out; its text is sent.");
                }
                self.node(step, "send", json!({ "text": text, "next": next }))
            }
            "menu" => return self.menu(step, arguments, next),
            "recvMessage" => {
                let variable = variable(arguments["set"].as_str().unwrap_or("answer"));
                let timeout =
                    arguments["timeout"].as_u64().or_else(|| arguments["timeout"].as_str()?.parse().ok());
                let fields = json!({
                    "text": "…", "variable": variable, "next": next,
                    "timeout_seconds": timeout.map(|it| it.clamp(1, 86_400)),
                    "on_timeout": timeout.and(next.clone()),
                });
                self.leave(
                    "\"recvMessage\" asks nothing itself: write the question into the steps that say \"…\".",
                );
                self.node(step, "ask", fields)
            }
            "if" => {
                let then =
                    self.list(arguments["then"].as_array().map(Vec::as_slice).unwrap_or_default(), next.clone());
                let otherwise =
                    self.list(arguments["else"].as_array().map(Vec::as_slice).unwrap_or_default(), next);
                let expression = expression(arguments["expression"].as_str().unwrap_or_default());
                if expression.contains("&") || expression.contains('(') {
                    self.leave(format!("The expression \"{expression}\" uses functions: check its condition."));
                }
                self.node(step, "condition", json!({ "expression": expression, "then": then, "else": otherwise }))
            }
            "switch" => {
                let name = arguments["variable"].as_str().unwrap_or_default();
                let name = name.trim_start_matches("${").trim_end_matches('}');
                let (mut cases, mut otherwise) = (Vec::new(), next.clone());
                for (value, steps) in arguments["case"].as_object().into_iter().flatten() {
                    let way = self.list(steps.as_array().map(Vec::as_slice).unwrap_or_default(), next.clone());
                    if value == "default" {
                        otherwise = way;
                    } else {
                        cases.push(json!({ "value": value, "next": way }));
                    }
                }
                let fields = json!({ "variable": variable(name), "cases": cases, "otherwise": otherwise });
                self.node(step, "switch", fields)
            }
            "set" => {
                let mut next = next;
                let mut values: Vec<_> = arguments.as_object().into_iter().flatten().collect();
                values.reverse();
                for (name, value) in values {
                    let value = self.text(value);
                    let fields = json!({ "variable": variable(name), "value": value, "next": next });
                    next = Some(self.node(step, "set", fields));
                }
                return next;
            }
            "httpRequest" => self.http(step, arguments, next),
            "joinQueue" => {
                let queue = arguments["queue"]["name"].as_str().or(arguments["queue"]["id"].as_str());
                let named = queue.map_or_else(String::new, |queue| format!(" (\"{queue}\")"));
                self.leave(format!("\"joinQueue\"{named}: choose the queue of this installation."));
                if next.is_some() {
                    self.leave(
                        "Steps after \"joinQueue\" were left out: here the flow ends when an agent takes over.",
                    );
                }
                for part in ["timers", "offering", "missed", "bridged"] {
                    if !arguments[part].is_null() {
                        self.leave(format!("\"{part}\" of \"joinQueue\" was left out."));
                    }
                }
                self.node(step, "join_queue", json!({}))
            }
            "calendar" => {
                let name = arguments["name"].as_str().unwrap_or_default();
                self.leave(format!("\"calendar\" (\"{name}\"): choose the calendar of this installation."));
                let result = variable(arguments["setVar"].as_str().unwrap_or("calendar"));
                let open =
                    self.node(&Value::Null, "set", json!({ "variable": result, "value": "true", "next": next }));
                let closed =
                    self.node(&Value::Null, "set", json!({ "variable": result, "value": "false", "next": next }));
                let fields = json!({ "calendar_id": "1", "next": open, "on_closed": closed });
                self.node(step, "calendar", fields)
            }
            "goto" => {
                let tag = arguments.as_str().unwrap_or_default();
                self.node(step, "jump", json!({ "next": format!("tag:{tag}") }))
            }
            "softSleep" | "sleep" => {
                let millis = arguments.as_u64().or_else(|| arguments.as_str()?.parse().ok()).unwrap_or(1_000);
                self.node(
                    step,
                    "wait",
                    json!({ "seconds": millis.div_ceil(1_000).clamp(1, 86_400), "next": next }),
                )
            }
            "break" => self.node(step, "close", json!({})),
            "trigger" => {
                for (word, steps) in arguments["commands"].as_object().into_iter().flatten() {
                    let way = self.list(steps.as_array().map(Vec::as_slice).unwrap_or_default(), None);
                    if let Some(way) = way {
                        self.keywords.push(json!({ "words": [word], "next": way }));
                    }
                }
                if !arguments["disconnected"].is_null() {
                    self.leave("\"disconnected\" of \"trigger\" was left out.");
                }
                return next;
            }
            "log" | "dump" | "start" | "sendAction" | "export" => return next,
            other => {
                self.leave(format!("\"{other}\" has no counterpart here and was left out."));
                return next;
            }
        })
    }

    fn menu(&mut self, step: &Value, arguments: &Value, next: Option<String>) -> Option<String> {
        let text = self.text(&arguments["text"]);
        let (mut options, mut cut) = (Vec::new(), false);
        let rows = arguments["buttons"].as_array().or(arguments["inline"].as_array());
        for button in
            rows.into_iter().flatten().flat_map(|row| row.as_array().cloned().unwrap_or_else(|| vec![row.clone()]))
        {
            let caption = button["caption"].as_str().or(button["text"].as_str()).unwrap_or_default();
            let title: String = caption.chars().take(20).collect();
            cut |= title.len() < caption.len();
            if !button["url"].is_null() {
                self.leave(format!("The button \"{caption}\" opens an address: here choices of a menu do not."));
            }
            options.push(json!({ "id": format!("o{}", options.len() + 1), "title": title, "next": next }));
        }
        if cut {
            self.leave("Captions of buttons were cut to 20 characters.");
        }
        let variable = arguments["set"].as_str().map(variable);
        let fields = json!({ "text": text, "options": options, "variable": variable, "otherwise": next });
        Some(self.node(step, "menu", fields))
    }

    fn http(&mut self, step: &Value, arguments: &Value, next: Option<String>) -> String {
        let mut headers = Map::new();
        for (name, value) in arguments["headers"].as_object().into_iter().flatten() {
            headers.insert(name.clone(), json!(self.text(value)));
        }
        let mut save = Map::new();
        for (name, path) in arguments["exportVariables"].as_object().into_iter().flatten() {
            save.insert(variable(name), json!(path.as_str().unwrap_or_default()));
        }
        let body = match &arguments["data"] {
            Value::Null => None,
            Value::String(text) => Some(self.text(&json!(text))),
            other => Some(self.text(&json!(other.to_string()))),
        };
        for part in ["insecureSkipVerify", "exportCookie", "path"] {
            if !arguments[part].is_null() {
                self.leave(format!("\"{part}\" of \"httpRequest\" was left out."));
            }
        }
        let method = arguments["method"].as_str().unwrap_or("POST").to_uppercase();
        let known = ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&method.as_str());
        let millis = arguments["timeout"].as_u64();
        let url = self.text(&arguments["url"]);
        let fields = json!({
            "method": if known { method } else { "POST".into() },
            "url": url, "headers": headers, "body": body, "save": save,
            "timeout_seconds": millis.map(|millis| millis.div_ceil(1_000).clamp(1, 30)),
            // Webitel skips a step that fails.
            "on_error": next, "next": next,
        });
        self.node(step, "http", fields)
    }

    /// A text with its variables in our notation.
    fn text(&mut self, value: &Value) -> String {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        let mut read = String::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, after)) = after.split_once('}') else { break };
            read.push_str(before.strip_suffix('$').unwrap_or(before));
            if before.ends_with('$') {
                self.leave(format!(
                    "The global variable \"{name}\" is not known here: make it a variable or a secret."
                ));
            }
            read.push_str(&format!("{{{{ {} }}}}", variable(name)));
            rest = after;
        }
        read.push_str(rest);
        read
    }

    /// Resolves jumps to tags, now that all nodes are known.
    fn link_tags(&mut self) {
        let tags = std::mem::take(&mut self.tags);
        let mut unknown = Vec::new();
        for node in self.nodes.values_mut() {
            let Some(tag) = node["next"].as_str().and_then(|next| next.strip_prefix("tag:")) else { continue };
            match tags.iter().find(|(known, _)| known == tag) {
                Some((_, id)) => node["next"] = json!(id),
                None => {
                    unknown.push(format!("There is no step with the tag \"{tag}\": choose where the jump leads."));
                    node["next"] = json!("");
                }
            }
        }
        unknown.into_iter().for_each(|detail| self.leave(detail));
    }
}

fn plain_id(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).take(60).collect()
}

/// The name of a variable in our character set; `facebook.name` and the like become our variables about the customer.
fn variable(name: &str) -> String {
    match name.trim() {
        "facebook.name" | "name" | "user_name" => return "contact.name".into(),
        "start_message" => return "last_message".into(),
        "uuid" => return "conversation.id".into(),
        _ => {}
    }
    let plain: String =
        name.trim().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).take(60).collect();
    if plain.starts_with(|c: char| c.is_ascii_digit()) || plain.is_empty() { format!("v_{plain}") } else { plain }
}

/// A simple expression in our notation.
fn expression(text: &str) -> String {
    let mut read = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, after)) = after.split_once('}') else { break };
        // In Webitel, values are quoted by hand.
        read.push_str(before.trim_end_matches(['"', '\'']));
        read.push_str(&variable(name));
        rest = after.strip_prefix(['"', '\'']).unwrap_or(after);
    }
    read.push_str(rest);
    read.replace("===", "==").replace("!==", "!=").replace("&&", "and").replace("||", "or").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::parse_value;

    #[test]
    fn a_simple_chat_flow_becomes_one_of_ours_and_what_is_left_out_is_told() {
        let schema = json!([
            {"log": "begin"},
            {"sendText": "Hello ${facebook.name}!"},
            {"recvMessage": {"set": "order", "timeout": "600"}, "tag": "again"},
            {"httpRequest": {"method": "get", "url": "https://crm.example/${order}", "timeout": 1500,
                "exportVariables": {"status": "data.status"}}},
            {"if": {"expression": "\"${status}\" === \"sent\"", "then": [{"sendText": "It is on its way."}],
                "else": [{"goto": "again"}]}},
            {"menu": {"type": "buttons", "text": "More?", "set": "more", "buttons": [[
                {"type": "reply", "caption": "Yes"}, {"type": "reply", "caption": "No, thank you very much"}]]}},
            {"switch": {"variable": "${more}", "case": {"Yes": [{"goto": "again"}], "default": [{"set": {"done": "1"}}]}}},
            {"js": {"data": "1"}},
            {"joinQueue": {"queue": {"name": "Sales"}, "timers": []}},
        ]);
        let Converted { body, left_out } = convert(&schema).unwrap();
        let flow = parse_value(body.clone()).unwrap();
        assert_eq!(flow.nodes.len(), 11, "{body:#}");
        let texts = body.to_string();
        for wanted in [
            "Hello {{ contact.name }}!",
            "https://crm.example/{{ order }}",
            r#""expression":"status == \"sent\"""#,
            r#""save":{"status":"data.status"}"#,
            r#""title":"No, thank you very m"#,
        ] {
            assert!(texts.contains(wanted), "{wanted}: {body:#}");
        }
        let jumps = flow.nodes.values().filter(|node| node.kind() == "jump").flat_map(|node| node.exits());
        assert_eq!(jumps.map(|(_, next)| next.to_owned()).collect::<Vec<_>>(), ["again", "again"]);
        for wanted in ["\"js\" has no counterpart", "\"joinQueue\" (\"Sales\")", "20 characters", "\"timers\""] {
            assert!(left_out.iter().any(|it| it.contains(wanted)), "{wanted}: {left_out:?}");
        }
    }

    #[test]
    fn what_is_no_flow_is_refused_and_odd_steps_break_nothing() {
        assert!(convert(&json!({"nodes": {}})).is_err());
        assert!(convert(&json!([])).is_err());
        let odd = json!([1, null, {}, {"sendText": 5}, {"if": 7}, {"switch": []}, {"menu": {}}, {"goto": {}}, {"set": 1},
            {"trigger": {"commands": {"stop": [{"sendText": "Bye"}]}}}]);
        let Converted { body, .. } = convert(&odd).unwrap();
        assert_eq!(body["keywords"][0]["words"][0], "stop");
        let _ = parse_value(body);
    }
}
