//! The shape of a flow as a table: the fields of every type of node, what they hold, and a sentence for each. The
//! parser uses it and the published JSON Schema is generated from it, so they cannot differ.

/// The most nodes of a flow.
pub const LARGEST_GRAPH: usize = 500;
/// The longest text, in characters.
pub(super) const LONGEST_TEXT: u32 = 1_999;
/// The longest body or instruction of a node that asks another program.
pub(super) const LONGEST_BODY: u32 = 16_000;

/// What a field holds.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// Text of at most this many characters.
    Text(u32),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A whole number from the first to the second.
    Count(u32, u32),
    /// Any number.
    Number,
    /// The id of an object of this kind.
    Id(&'static str),
    /// The id of a node.
    Next,
    /// The name of a variable.
    Variable,
    /// Cards and buttons.
    Template,
    /// An object of texts with arbitrary keys.
    Texts,
    /// One object.
    Object(&'static [Field]),
    /// A list of at most this many objects.
    List(&'static [Field], usize),
    /// The maximum number of texts in the list, and of characters in each.
    TextList(usize, u32),
}

/// A field of an object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) required: bool,
    /// What it is for, as a sentence.
    pub(super) about: &'static str,
}

/// A type of node.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) kind: &'static str,
    /// What the node does, as a sentence.
    pub(super) about: &'static str,
    pub(super) fields: &'static [Field],
}

const fn need(name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field { name, kind, required: true, about }
}

const fn may(name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field { name, kind, required: false, about }
}

const TEXT: Kind = Kind::Text(LONGEST_TEXT);
const NEXT: Field =
    may("next", Kind::Next, "The id of the node that comes next. Null or absent: the run ends here.");
const RETRY_TEXT: Field =
    may("retry_text", TEXT, "Said when an answer won't do. Absent: what is wanted, else the text again.");
const RETRIES: Field =
    may("retries", Kind::Count(0, 10), "How often it asks again before otherwise comes; 2 if absent.");
const TIMEOUT: Field =
    may("timeout_seconds", Kind::Count(1, 86_400), "How long it waits for an answer. Null or absent: forever.");
const ON_TIMEOUT: Field =
    may("on_timeout", Kind::Next, "What comes after that time. Null or absent: the run ends.");
const OTHERWISE: Field = may(
    "otherwise",
    Kind::Next,
    "What comes if no answer fits. Null or absent: the customer is handed over to people.",
);
const CALL_TIMEOUT: Field = may("timeout_seconds", Kind::Count(1, 30), "How long one try may take; 10 if absent.");

/// Fields that every node may have. They are for people and change nothing in a run.
pub(super) const COMMON: &[Field] = &[
    may("position", Kind::Object(POSITION), "Where the designer draws the node."),
    may("comment", TEXT, "A remark for those who edit the flow. Customers never see it."),
];

/// The fields of the whole flow.
pub(super) const FLOW: &[Field] = &[
    may(
        "keywords",
        Kind::List(KEYWORD, 50),
        "Words that lead to a node from wherever the customer is, such as \"agent\" or \"stop\".",
    ),
    may("comments", Kind::List(COMMENT, 200), "Remarks on the canvas. They change nothing in a run."),
];

const POSITION: &[Field] = &[need("x", Kind::Number, "To the right."), need("y", Kind::Number, "Downwards.")];
const COMMENT: &[Field] = &[
    need("text", TEXT, "The remark."),
    may("position", Kind::Object(POSITION), "Where it is drawn."),
    may("width", Kind::Number, "How wide it is drawn."),
    may("height", Kind::Number, "How high it is drawn."),
];
const KEYWORD: &[Field] = &[
    need(
        "words",
        Kind::TextList(50, 80),
        "What the customer writes, as a whole message; case, accents and punctuation around it do not matter.",
    ),
    may("next", Kind::Next, "Where it leads. Null or absent: the customer is handed over to people."),
];
const MESSAGE_TEMPLATE: &[Field] = &[
    need("name", TEXT, "Its name at Meta."),
    need("language", TEXT, "Its language: en_US."),
    may(
        "variables",
        Kind::Texts,
        "What fills its places: by 1, 2 or by name, of the header as header.1, of buttons as button.0.",
    ),
];
const QUICK_REPLY: &[Field] = &[
    need("title", Kind::Text(20), "What is shown."),
    need("payload", Kind::Text(1_000), "The payload of the tap. Customers do not see it."),
];
const OPTION: &[Field] = &[
    need(
        "id",
        Kind::Text(64),
        "Its name inside the menu, of letters, digits, \"_\" and \"-\". It stays when the title changes.",
    ),
    need("title", Kind::Text(20), "What is shown."),
    may("next", Kind::Next, "What comes if it is chosen. Null or absent: the run ends."),
];
const VALIDATE: &[Field] =
    &[need("kind", Kind::Word(&["any", "number", "email", "phone"]), "What an answer must be.")];
const CASE: &[Field] = &[
    need("value", TEXT, "What the variable is compared with; case and accents do not matter."),
    may("next", Kind::Next, "What comes if it is the same. Null or absent: the run ends."),
];

/// Every type of node.
pub(super) const NODES: &[Shape] = &[
    Shape {
        kind: "send",
        about: "Sends messages and continues.",
        fields: &[
            need("text", TEXT, "The text, with {{ variables }}. Empty only beside cards or a message template."),
            may("quick_replies", Kind::List(QUICK_REPLY, 13), "Choices under the text."),
            may("template", Kind::Template, "Cards or buttons after the text."),
            may(
                "message_template",
                Kind::Object(MESSAGE_TEMPLATE),
                "A template that WhatsApp approved, instead of text, quick replies and cards. It is sent whether the window is open or closed.",
            ),
            may(
                "on_error",
                Kind::Next,
                "What comes if the message template can't be sent. Null or absent: the same as next.",
            ),
            NEXT,
        ],
    },
    Shape {
        kind: "menu",
        about: "Offers choices and waits for one.",
        fields: &[
            need("text", TEXT, "The question."),
            need("options", Kind::List(OPTION, 13), "The choices."),
            may("variable", Kind::Variable, "The variable that holds the title of the choice."),
            RETRY_TEXT,
            RETRIES,
            TIMEOUT,
            ON_TIMEOUT,
            OTHERWISE,
        ],
    },
    Shape {
        kind: "ask",
        about: "Asks a question and stores the answer in a variable.",
        fields: &[
            need("text", TEXT, "The question."),
            need("variable", Kind::Variable, "The variable that holds the answer."),
            may("validate", Kind::Object(VALIDATE), "What an answer must be. Absent: anything."),
            RETRY_TEXT,
            RETRIES,
            TIMEOUT,
            ON_TIMEOUT,
            OTHERWISE,
            NEXT,
        ],
    },
    Shape {
        kind: "condition",
        about: "Goes one way or the other: by an expression, or by comparing one variable.",
        fields: &[
            may(
                "expression",
                Kind::Text(500),
                "What must be true, such as age >= 18 and city == \"Kyiv\". Instead of variable, is and value.",
            ),
            may("variable", Kind::Text(100), "The variable that is looked at."),
            may("is", Kind::Word(&["equals", "contains", "exists", "greater", "less"]), "What is asked of it."),
            may("value", TEXT, "What it is compared with; not needed for exists."),
            may("then", Kind::Next, "What comes if it is so. Null or absent: the run ends."),
            may("else", Kind::Next, "What comes if it is not. Null or absent: the run ends."),
        ],
    },
    Shape {
        kind: "switch",
        about: "Goes the way of the first case that is the value of a variable.",
        fields: &[
            need("variable", Kind::Text(100), "The variable that is looked at."),
            need("cases", Kind::List(CASE, 50), "The cases, tried in this order."),
            may("otherwise", Kind::Next, "What comes if no case fits. Null or absent: the run ends."),
        ],
    },
    Shape {
        kind: "set",
        about: "Stores a value in a variable.",
        fields: &[
            need("variable", Kind::Variable, "The variable."),
            need("value", TEXT, "Its new value, with {{ variables }}."),
            NEXT,
        ],
    },
    Shape {
        kind: "http",
        about: "Asks another program by HTTP and waits for its answer. GET, HEAD, PUT and DELETE are tried again after failures; POST and PATCH only if they never arrived. Every try carries the same Idempotency-Key.",
        fields: &[
            may("method", Kind::Word(&["GET", "POST", "PUT", "PATCH", "DELETE"]), "GET if absent."),
            need(
                "url",
                Kind::Text(2_000),
                "The address, with {{ variables }}, which are percent-encoded, and {{ secrets.NAME }}.",
            ),
            may("headers", Kind::Texts, "Headers, with {{ variables }} and {{ secrets.NAME }}."),
            may(
                "body",
                Kind::Text(LONGEST_BODY),
                "The body. With a content-type of JSON (the default), {{ variables }} are escaped for JSON strings.",
            ),
            CALL_TIMEOUT,
            may("retries", Kind::Count(0, 5), "How often it is tried again; 2 if absent."),
            may(
                "save",
                Kind::Texts,
                "Variables to fill from the answer: name to path, such as \"total\": \"order.lines.0.price\". The path \"\" is the whole answer. http_status holds the status.",
            ),
            may(
                "on_error",
                Kind::Next,
                "What comes if there is no good answer (a status of 400 or more, too large, not reachable, an address that may not be reached). Null or absent: the customer is handed over to people.",
            ),
            may(
                "on_timeout",
                Kind::Next,
                "What comes if the last try took too long. Null or absent: the same as on_error.",
            ),
            NEXT,
        ],
    },
    Shape {
        kind: "calendar",
        about: "Takes one way if a calendar is open, and the other if it is closed. opens_at then holds when it opens, in its time zone.",
        fields: &[
            need("calendar_id", Kind::Id("calendar"), "The id of the calendar."),
            may("on_closed", Kind::Next, "What comes if it is closed. Null or absent: the same as next."),
            may("next", Kind::Next, "What comes if it is open. Null or absent: the run ends."),
        ],
    },
    Shape {
        kind: "join_queue",
        about: "Puts the customer into a queue, where an agent takes over.",
        fields: &[
            may("queue_id", Kind::Id("queue"), "The id of the queue. Null or absent: the first queue."),
            may("priority", Kind::Count(0, 100), "What is added to the priority of the queue: higher goes first."),
            may(
                "waiting_text",
                TEXT,
                "Said when the customer begins to wait. May hold {{ queue.position }}, {{ queue.name }}, and \
                 {{ queue.expected_minutes }}, which is empty while too few customers waited lately to tell.",
            ),
            may("nobody_text", TEXT, "Said instead if no agent is online."),
            may(
                "position_text",
                TEXT,
                "Said again and again while the customer waits. May hold {{ queue.position }} and {{ queue.expected_minutes }}.",
            ),
            may(
                "position_seconds",
                Kind::Count(30, 3_600),
                "How often position_text is said; every 120 seconds if absent.",
            ),
            may("max_wait_seconds", Kind::Count(1, 86_400), "How long the customer waits before on_timeout."),
            may(
                "on_timeout",
                Kind::Next,
                "What comes if no agent accepted in that time: the customer leaves the queue. Null or absent: they stay.",
            ),
            may(
                "on_closed",
                Kind::Next,
                "What comes if the queue is closed. Null or absent: the customer gets the text of the queue and waits.",
            ),
            may("on_full", Kind::Next, "What comes if the queue is full. Null or absent: as the queue is set."),
            may("on_nobody", Kind::Next, "What comes if no agent is online. Null or absent: the customer waits."),
            may(
                "after_agent",
                Kind::Next,
                "What comes when the agent closes the conversation: it goes back to the bot. Null or absent: it is closed.",
            ),
        ],
    },
    Shape {
        kind: "transfer",
        about: "Offers the conversation to one agent. If they don't accept, it waits in the queue.",
        fields: &[
            need("agent_id", Kind::Id("user"), "The id of the agent."),
            may(
                "queue_id",
                Kind::Id("queue"),
                "The queue in which the customer waits until then. Null or absent: the first queue.",
            ),
            may("waiting_text", TEXT, "Said when the customer begins to wait."),
            may("note", TEXT, "A note for the agent."),
            may(
                "on_nobody",
                Kind::Next,
                "What comes if the agent is not online. Null or absent: the customer waits in the queue.",
            ),
        ],
    },
    Shape {
        kind: "label",
        about: "Puts labels on the conversation, and takes labels off.",
        fields: &[
            may("add", Kind::TextList(20, 80), "Names or ids of labels to add."),
            may("remove", Kind::TextList(20, 80), "Names or ids of labels to take off."),
            NEXT,
        ],
    },
    Shape {
        kind: "note",
        about: "Writes a note that only agents see.",
        fields: &[need("text", TEXT, "The note, with {{ variables }}."), NEXT],
    },
    Shape {
        kind: "subflow",
        about: "Runs another flow, as it is published, and comes back. Variables are shared.",
        fields: &[
            need("flow_id", Kind::Id("flow"), "The id of the flow."),
            may(
                "on_error",
                Kind::Next,
                "What comes if the flow is not published, or more than 8 flows are inside each other. Null or absent: the customer is handed over to people.",
            ),
            NEXT,
        ],
    },
    Shape {
        kind: "jump",
        about: "Goes to a node of this flow, or to the start of another flow, without coming back.",
        fields: &[
            may(
                "flow_id",
                Kind::Id("flow"),
                "The id of the other flow. Null or absent: next leads to a node of this one.",
            ),
            may(
                "next",
                Kind::Next,
                "The id of a node of this flow; with flow_id, of the other one instead of its start.",
            ),
        ],
    },
    Shape {
        kind: "ai_reply",
        about: "Lets a language model answer, message by message, until it is unsure or the customer asks for a person. Needs an endpoint in the settings.",
        fields: &[
            need("instructions", Kind::Text(LONGEST_BODY), "How it should answer, with {{ variables }}."),
            may(
                "knowledge",
                Kind::TextList(50, LONGEST_BODY),
                "Texts that it may use. It is asked to say nothing that is not in them.",
            ),
            may("max_turns", Kind::Count(1, 50), "How many answers it gives before next; 10 if absent."),
            CALL_TIMEOUT,
            may(
                "otherwise",
                Kind::Next,
                "What comes if it is unsure, or the customer asks for a person. Null or absent: the customer is handed over to people.",
            ),
            may(
                "on_error",
                Kind::Next,
                "What comes if it can't be reached, is not set up, or takes too long. Null or absent: the same as otherwise.",
            ),
            may("next", Kind::Next, "What comes after max_turns. Null or absent: the same as otherwise."),
        ],
    },
    Shape {
        kind: "webhook",
        about: "Posts the conversation, the customer and the variables to another program as JSON.",
        fields: &[
            need("url", Kind::Text(2_000), "The address, with {{ variables }} and {{ secrets.NAME }}."),
            may("headers", Kind::Texts, "Headers, with {{ variables }} and {{ secrets.NAME }}."),
            may("data", Kind::Texts, "More fields: name to text, with {{ variables }} and {{ secrets.NAME }}."),
            CALL_TIMEOUT,
            may("on_error", Kind::Next, "What comes if it is not taken. Null or absent: the same as next."),
            NEXT,
        ],
    },
    Shape {
        kind: "wait",
        about: "Waits for a time. What the customer writes until then is in {{ last_message }}.",
        fields: &[
            need("seconds", Kind::Count(1, 86_400), "How long."),
            may(
                "on_reply",
                Kind::Next,
                "What comes if the customer writes before. Null or absent: it keeps waiting.",
            ),
            NEXT,
        ],
    },
    Shape {
        kind: "close",
        about: "Closes the conversation.",
        fields: &[may("text", TEXT, "The last message."), may("reason", TEXT, "Why, for the history.")],
    },
];

/// The type of node of this name.
pub(super) fn shape(kind: &str) -> Option<&'static Shape> {
    NODES.iter().find(|shape| shape.kind == kind)
}
