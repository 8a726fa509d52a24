//! Whether a customer's words ask for a person or for the bot.
//!
//! A wrong "yes" lets the bot interrupt two people, and a wrong "no" leaves a customer unheard. So a sentence is a
//! request only if all its words up to the one for the person are words of requests: "Can I speak with a human please"
//! is one, "My agent at the bank said …" is none because of "my". After it, a request to talk may go on freely: "… about
//! my order".

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::same::same;

/// What a customer asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Request {
    /// A person.
    Agent,
    /// The bot.
    Bot,
}

/// What a word or phrase does in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Someone who is asked for by this word alone.
    Agent,
    /// Someone whose name alone is no request, because it has other meanings. A verb, a "please" or a "real" makes it one.
    Person,
    /// Anyone: only with a verb of talking.
    Anyone,
    /// The bot.
    Bot,
    /// The customer wishes something. It may begin anywhere in a sentence.
    Wish,
    /// The same, but others may say it, too: it begins a sentence.
    Ask,
    /// Demands to talk: a verb of talking with its object.
    Demand,
    /// A verb of talking. It asks for something at the beginning of a sentence, or after a wish.
    Talk,
    /// A verb of bringing someone, used in the same way.
    Fetch,
    /// Politeness.
    Please,
    /// Says which person.
    Kind,
    /// A small word that may stand beside a person in a request without a verb.
    Article,
    /// Another small word.
    Link,
    /// What sentences begin or end with.
    Filler,
    /// Denies what follows.
    Not,
}

impl Role {
    /// The role of a list of the vocabulary.
    fn named(name: &str) -> Self {
        match name {
            "agent" => Self::Agent,
            "person" => Self::Person,
            "anyone" => Self::Anyone,
            "bot" => Self::Bot,
            "wish" => Self::Wish,
            "ask" => Self::Ask,
            "demand" => Self::Demand,
            "talk" => Self::Talk,
            "fetch" => Self::Fetch,
            "please" => Self::Please,
            "kind" => Self::Kind,
            "article" => Self::Article,
            "link" => Self::Link,
            "filler" => Self::Filler,
            "not" => Self::Not,
            other => panic!("the vocabulary has no list {other}"),
        }
    }
}

/// The maximum number of words of a request without a verb.
const LONGEST_BARE: usize = 6;
/// The maximum number of words of a message that is searched for a request.
const LONGEST: usize = 60;
/// The maximum number of words of a phrase in the vocabulary.
const LONGEST_PHRASE: usize = 5;
/// How far a denial reaches: "not with your stupid bot".
const DENIED_WITHIN: usize = 6;

static VOCABULARY: LazyLock<Vocabulary> =
    LazyLock::new(|| Vocabulary::read(include_str!("request/vocabulary.txt")));

/// Words and phrases, as they are compared.
#[derive(Debug, Default)]
struct Vocabulary {
    roles: HashMap<String, Role>,
    /// Further names for what customers do not want to talk to.
    robots: Vec<String>,
    /// What may follow a request to talk, with any words after it.
    goes_on: Vec<String>,
    /// What may follow any request in the same way: a reason, or thanks.
    after_any: Vec<String>,
    /// What makes a wish after it something else.
    no_wish: Vec<String>,
    /// Words with many other meanings: they are a request only if the message has no other words.
    alone: Vec<String>,
}

impl Vocabulary {
    /// Lists are separated by empty lines; each is a name, a colon, and phrases separated by commas.
    fn read(text: &str) -> Self {
        let mut vocabulary = Self::default();
        let text: String =
            text.lines().filter(|line| !line.starts_with('#')).flat_map(|line| [line, "\n"]).collect();
        for list in text.split("\n\n") {
            let (name, list) = list.split_once(':').expect("a list has a name");
            let phrases = list.split(',').map(|phrase| words(&same(phrase)).join(" "));
            match name.trim() {
                "robots" => vocabulary.robots = phrases.collect(),
                "goes_on" => vocabulary.goes_on = phrases.collect(),
                "after_any" => vocabulary.after_any = phrases.collect(),
                "no_wish" => vocabulary.no_wish = phrases.collect(),
                "alone" => vocabulary.alone = phrases.collect(),
                name => {
                    let role = Role::named(name);
                    for phrase in phrases {
                        let other = vocabulary.roles.insert(phrase, role);
                        debug_assert!(other.is_none_or(|other| other == role));
                    }
                }
            }
        }
        vocabulary
    }
}

/// The words of a folded text. People leave out apostrophes.
fn words(folded: &str) -> Vec<String> {
    let plain = folded.replace('\'', "");
    plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// What a text asks for, if it is not meant for the person who answers.
pub(super) fn request(text: &str) -> Option<Request> {
    let lines: Vec<String> = text.lines().map(|line| same(line).replace(" - ", ", ")).collect();
    let all: Vec<String> = lines.iter().flat_map(|line| words(line)).collect();
    if let [word] = &all[..]
        && VOCABULARY.alone.contains(word)
    {
        return Some(Request::Bot);
    }
    if all.len() > LONGEST {
        return None;
    }
    let clauses = lines.iter().flat_map(|line| line.split(ends_clause)).map(words);
    let clauses: Vec<Vec<Token>> = clauses.flat_map(|clause| without_denied_bots(&clause)).collect();
    let asked: Vec<Request> =
        clauses.iter().chain(&joined(&clauses)).filter_map(|clause| asked_in(clause)).collect();
    if asked.contains(&Request::Agent) {
        return Some(Request::Agent);
    }
    let bare = (all.len() <= LONGEST_BARE).then(|| bare(&clauses)).flatten();
    bare.or(asked.first().copied())
}

fn ends_clause(c: char) -> bool {
    !c.is_alphanumeric() && !c.is_whitespace() && !matches!(c, '\'' | '-' | '/' | '_' | '&')
}

/// A word or phrase of a clause.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Token {
    text: String,
    /// None outside the vocabulary.
    role: Option<Role>,
}

impl Token {
    fn is(&self, role: Role) -> bool {
        self.role == Some(role)
    }

    fn names_person(&self) -> bool {
        matches!(self.role, Some(Role::Agent | Role::Person | Role::Anyone))
    }

    fn names_bot(&self) -> bool {
        self.is(Role::Bot) || VOCABULARY.robots.contains(&self.text)
    }

    fn is_number(&self) -> bool {
        self.text.chars().all(|c| c.is_ascii_digit())
    }
}

/// The words of a clause, in phrases that are as long as possible.
fn tokens(words: &[String]) -> Vec<Token> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let longest = LONGEST_PHRASE.min(words.len() - at);
        let known = (1..=longest).rev().find_map(|length| {
            let text = words[at..at + length].join(" ");
            VOCABULARY.roles.get(&text).map(|role| (length, Token { text, role: Some(*role) }))
        });
        let (length, token) = known.unwrap_or_else(|| (1, Token { text: words[at].clone(), role: None }));
        found.push(token);
        at += length;
    }
    found
}

/// A clause without the bots that it denies: "not a bot" says nothing against "a human" beside it. The words before and
/// after it are clauses of their own.
fn without_denied_bots(words: &[String]) -> Vec<Vec<Token>> {
    let mut rest = tokens(words);
    let mut parts = Vec::new();
    let mut from = 0;
    while let Some(not) = rest.iter().skip(from).position(|token| token.is(Role::Not)).map(|at| at + from) {
        let reach = rest.iter().skip(not + 1).take(DENIED_WITHIN);
        let denied = reach.take_while(|token| !token.names_person()).position(Token::names_bot);
        match denied {
            Some(length) => {
                let after = rest.split_off(not + length + 2);
                rest.truncate(not);
                parts.push(std::mem::replace(&mut rest, after));
                from = 0;
            }
            None => from = not + 1,
        }
    }
    parts.push(rest);
    parts.retain(|part| !part.is_empty());
    parts
}

/// Clauses that continue each other: "Could you, please, connect me …", "I need no bot, but a human".
fn joined(clauses: &[Vec<Token>]) -> Vec<Vec<Token>> {
    let is_polite = |clause: &[Token]| clause.iter().all(|token| token.is(Role::Please));
    let is_open = |clause: &[Token]| {
        clause.iter().all(|token| {
            token.role.is_some_and(|role| role != Role::Not) && !token.names_person() && !token.names_bot()
        })
    };
    let pairs = clauses.windows(2).filter(|pair| is_open(&pair[0]) || is_polite(&pair[1])).map(<[_]>::concat);
    let triples = clauses.windows(3).filter(|three| is_open(&three[0]) && is_open(&three[1])).map(<[_]>::concat);
    pairs.chain(triples).collect()
}

/// What one clause asks for by a verb or a "please".
fn asked_in(clause: &[Token]) -> Option<Request> {
    let begins = |at: usize| {
        let before = &clause[..at];
        matches!(clause[at].role, Some(Role::Wish | Role::Demand | Role::Please))
            && !before.iter().any(|token| token.is(Role::Not))
            && before.last().is_none_or(|token| !VOCABULARY.no_wish.contains(&token.text))
    };
    asked_from(clause, false).or_else(|| {
        let starts = (1..clause.len()).filter(|at| begins(*at));
        starts.filter_map(|at| asked_from(&clause[at..], true)).next()
    })
}

/// What a clause asks for from its first word on. `must_talk`: it has to ask to talk to someone.
fn asked_from(clause: &[Token], must_talk: bool) -> Option<Request> {
    let known = clause.iter().position(|token| token.role.is_none()).unwrap_or(clause.len());
    let (head, tail) = clause.split_at(known);
    let named = head.iter().rposition(|token| token.names_person() || token.is(Role::Bot))?;
    let denies = |(at, token): (usize, &Token)| {
        let verb = head.get(at + 1).and_then(|next| next.role);
        token.is(Role::Not) && (at < named || matches!(verb, Some(Role::Wish | Role::Ask | Role::Fetch)))
    };
    if head.iter().enumerate().any(denies) {
        return None;
    }
    let has = |roles: &[Role]| head.iter().any(|token| token.role.is_some_and(|role| roles.contains(&role)));
    let talks = has(&[Role::Talk, Role::Demand]);
    let first = head.iter().find(|token| !token.is(Role::Filler) && !token.is(Role::Please));
    let orders = first.is_some_and(|token| matches!(token.role, Some(Role::Talk | Role::Fetch | Role::Demand)))
        || head[0].is(Role::Please) && has(&[Role::Fetch])
        || head.get(named + 1).is_some_and(|next| next.is(Role::Fetch));
    let wishes = orders || has(&[Role::Wish, Role::Ask, Role::Demand]);
    let is_polite = has(&[Role::Please]) && head.iter().all(stands_alone);
    if !(wishes || is_polite) || must_talk && !talks {
        return None;
    }
    if let Some(next) = tail.first() {
        let follows = |list: &[String]| {
            list.contains(&next.text) || head[named + 1..].last().is_some_and(|last| list.contains(&last.text))
        };
        let goes_on =
            if talks && wishes { follows(&VOCABULARY.goes_on) } else { wishes && follows(&VOCABULARY.after_any) };
        if !goes_on {
            return None;
        }
    }
    match has(&[Role::Agent, Role::Person]) || talks && has(&[Role::Anyone]) {
        true => Some(Request::Agent),
        false => has(&[Role::Bot]).then_some(Request::Bot),
    }
}

/// What a message asks for that only names it: "A human, please!".
fn bare(clauses: &[Vec<Token>]) -> Option<Request> {
    let is_aside = |clause: &[Token]| {
        clause.iter().all(|token| token.is(Role::Not) || token.is(Role::Link) || token.is_number())
    };
    let named: Vec<&Token> = clauses.iter().filter(|clause| !is_aside(clause)).flatten().collect();
    let has = |role: Role| named.iter().any(|token| token.is(role));
    if !named.iter().all(|token| stands_alone(token)) {
        return None;
    }
    if has(Role::Agent) || has(Role::Person) && (has(Role::Kind) || has(Role::Please)) {
        return Some(Request::Agent);
    }
    has(Role::Bot).then_some(Request::Bot)
}

/// Whether it may be part of a request without a verb.
fn stands_alone(token: &Token) -> bool {
    use Role::{Agent, Anyone, Article, Bot, Filler, Kind, Person, Please};
    matches!(token.role, Some(Agent | Person | Anyone | Bot | Article | Kind | Filler | Please))
}
