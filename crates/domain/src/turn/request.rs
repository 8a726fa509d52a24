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

/// The words of requests, separated by commas: English and Ukrainian in full, and the usual ones of other languages of
/// Deskbell's users.
const VOCABULARY: &[(Role, &str)] = &[
    (
        Role::Agent,
        "agent, agents, operator, operators, human, humans, human being, representative, rep, consultant, агент,
        агента, агентом, оператор, оператора, оператором, оператору, операторові, операторка, операторку,
        консультант, консультанта, консультантом, консультанту, консультантка, консультантку, людина, людину,
        людиною, менеджера, менеджерку, человек, человека, человеком, agente, operador, operadora, humano,
        opérateur, conseiller, conseillère, humain, Mitarbeiter, Mitarbeiterin, Mensch, Menschen, konsultant,
        konsultanta, konsultantem, operatora, operatorem, człowiek, człowiekiem, temsilci",
    ),
    (
        Role::Person,
        "person, manager, supervisor, advisor, adviser, specialist, employee, staff member, member of staff,
        administrator, salesperson, sales person, team member, owner, someone from support, someone from your
        team, somebody from support, someone real, someone human, somebody real, менеджер, менеджером,
        менеджеру, менеджерові, менеджерка, менеджеркою, людини, людині, керівник, керівника, керівником,
        адміністратор, адміністратора, адміністратором, спеціаліст, спеціаліста, спеціалістом, фахівець,
        фахівця, фахівцем, працівник, працівника, працівником, власник, власника, власником, хтось живий, когось
        живого, кимось живим, співробітник, співробітника, співробітником, представник, представника,
        представником, сотрудник, сотрудника, сотрудником, специалист, специалиста, специалистом, администратор,
        администратора, администратором, руководитель, руководителя, руководителем, persona, personne, pessoa,
        osoba, osobą",
    ),
    (
        Role::Anyone,
        "someone, somebody, anyone, anybody, people, staff, support, support team, tech support, technical
        support, customer service, customer support, customer care, help desk, helpdesk, sales, sales team, your
        team, кимось, ким небудь, кимсь, людьми, підтримка, підтримкою, підтримки, підтримку, службою підтримки,
        служби підтримки, технічною підтримкою, техпідтримкою, відділом продажів, кем то, кем нибудь,
        поддержкой, службой поддержки, техподдержкой, alguien, alguém, quelqu'un, jemand, jemandem, kimś",
    ),
    (Role::Bot, "bot, chatbot, chat bot, бот, бота, боту, ботом, ботові, чатбот, чат бот"),
    (
        Role::Wish,
        "I want, I just want, I really want, I only want, I still want, I want you to, I wanted to, I wanna, I
        need, I just need, I really need, I still need, I need you to, I would like, I would like you to, I'd
        like, I'd like you to, I would love, I'd love, I would prefer, I'd prefer, I would rather, I'd rather, I
        prefer, I wish to, I demand, I request, I insist on, I asked for, I am looking for, I'm looking for, I
        am trying to, I'm trying to, I've been trying to, we want, we need, we would like, we'd like, can I,
        could I, may I, might I, can't I, can we, could we, may we, can you, could you, would you, will you,
        can't you, can u, could u, let me, let us, is it possible, would it be possible, how do I, how can I,
        how could I, where can I, who can I, хочу, хочемо, хотів, хотіла, хотіли, хотілося, хотілось, бажаю,
        вимагаю, дозвольте, можна, чи можна, можу, можу я, чи можу, чи можу я, можемо, чи можемо, можете, ви
        можете, чи можете, чи ви можете, чи можете ви, можеш, могли б, могли б ви, чи могли б, чи могли б ви, не
        могли б, не могли б ви, чи не могли б, чи не могли б ви, мені треба, мені потрібно, мені потрібен, мені
        потрібна, мені необхідно, нам треба, нам потрібно, нам потрібен, нам потрібна, хотел, хотела, хотели,
        хотелось, можно, могу, могу я, можете вы, вы можете, могли бы, не могли бы, не могли бы вы, мне нужно,
        мне надо, мне нужен, мне нужна, quiero, quisiera, necesito, puedo, podría, me gustaría, quero, preciso,
        preciso de, posso, gostaria de, je veux, je voudrais, puis je, je peux, j'aimerais, ich möchte, ich
        will, ich brauche, kann ich, könnte ich, chcę, chciałbym, chciałabym, mogę, czy mogę, potrzebuję,
        istiyorum",
    ),
    (
        Role::Ask,
        "want, wanna, need, would like, looking for, asking for, is anyone, is anybody, do you have, request,
        requesting, is there, are there, isn't there, how to, can a, can an, can the, can your, can any, could
        a, could an, could the, could your, could any, треба, потрібен, потрібна, потрібно, потрібні, необхідно,
        необхідний, потребую, як, як можна, де можна, чи є, чи є тут, чи є у вас, є тут, тут є, у вас є, є у
        вас, чи у вас є, чи тут є, нехай, хай, нужен, нужна, нужно, надо, есть ли, есть тут, тут есть, у вас
        есть, как, пусть, veux, voudrais, möchte, brauche",
    ),
    (
        Role::Demand,
        "connect me, connect us, transfer me, switch me, redirect me, forward me, refer me, escalate me, escalate
        this, escalate it, put me through, put me in touch, hand me over, pass me, have to talk, have to speak,
        need to talk, need to speak, must talk, must speak, з'єднайте мене, з'єднай мене, переключіть мене,
        переключи мене, переведіть мене, переведи мене, підключіть мене, передайте мене, передай мене,
        перенаправте мене, переадресуйте мене, зв'яжіть мене, соедините меня, переключите меня, переведите меня,
        свяжите меня",
    ),
    (
        Role::Talk,
        "talk, talking, speak, speaking, chat, chatting, connect, connected, transfer, transferred, switch,
        redirect, escalate, escalated, reach, contact, communicate, conversation, a word, put through, get
        through, get in touch, get hold of, hear from, be connected, be transferred, be put through, complain,
        поскаржитися, поскаржитись, пожаловаться, поговорити, говорити, розмовляти, порозмовляти, побалакати,
        поспілкуватися, поспілкуватись, спілкуватися, спілкуватись, задати питання, поставити питання, задать
        вопрос, звернутися, звернутись, зв'язатися, зв'язатись, зв'язати, зв'яжіть, зв'язок, розмова, розмову,
        з'єднати, з'єднайте, з'єднай, переключити, переключіть, переключи, перемкнути, перемкніть, перемкни,
        перевести, переведіть, переведи, передати мене, переадресувати, переадресуйте, перенаправити,
        перенаправте, підключити, підключіть, підключи, поговорить, говорить, пообщаться, связаться, связать,
        свяжите, соединить, соедините, переключить, переключите, переведите, подключите, hablar, falar, parler,
        sprechen, reden, rozmawiać, porozmawiać, görüşmek, konuşmak",
    ),
    (
        Role::Fetch,
        "get, get me, give, give me, bring me, bring back, call, have, see, find, find me, invite, assign, turn
        on, call me, call me back, join, take over, покличте, поклич, покликати, позвіть, запросіть, запросити,
        викличте, викликати, дайте, давайте, дай, дати, надайте, знайдіть, долучіть, залучіть, поверніть,
        поверни, повернути, увімкніть, увімкни, передзвонити, зателефонувати, подзвонити, позовите, позови,
        позвать, пригласите, дать, верните, включите, позвонить",
    ),
    (
        Role::Please,
        "please, pls, plz, kindly, будь ласка, будьласка, прошу, просимо, пліз, пожалуйста, плиз, por favor, s'il
        vous plaît, svp, bitte, proszę, poproszę, lütfen",
    ),
    (
        Role::Kind,
        "real, live, living, actual, genuine, another, different, other, responsible, competent, senior, жива,
        живу, живою, живої, живий, живого, живим, реальна, реальну, реальною, реальний, реального, реальним,
        справжня, справжню, справжньою, справжній, справжнього, справжнім, інша, іншу, іншою, інший, іншого,
        іншим, якась, якусь, якоюсь, якийсь, якогось, якимось, живой, живым, реальный, реальным, настоящий,
        настоящего, настоящим, другой, другого, другим, vivo, vrai, vraie, echten, echter, richtigen,
        prawdziwym, żywym",
    ),
    (
        Role::Article,
        "a, an, the, any, some, to, with, to a, to an, to the, with a, with an, with the, з, із, зі, до, с, со,
        к, un, una, con, um, uma, com, une, avec, à, mit, einem, einen, einer, ein, eine, z, ze, bir, ile",
    ),
    (
        Role::Link,
        "I, we, me, us, your, one of your, from, from your, of your, at your, in your, in charge, in person, in
        English, in Ukrainian, to the chat, into the chat, by, into, on the phone, by phone, over the phone, for
        help, to help, to help me, I can, we can, who can, that can, you to, right, я, ми, мені, мене, нам, нас,
        б, би, на, від, бути, ваш, вашим, вашого, вашою, вашої, вашу, українською, англійською, по телефону,
        телефоном, для допомоги, компанії, магазину, до чату, у чат, в чат, щоб, чтобы, відповіла, відповів,
        з'єднали, переключили, перевели, передзвонила, передзвонив, передзвонить, зателефонує, подзвонить,
        відповість, позвонит, мне, меня, мы, вашего, бы, je, yo, eu, ich, mich",
    ),
    (
        Role::Filler,
        "hi, hello, hey, good morning, good day, good afternoon, good evening, ok, okay, yes, so, then, well,
        but, and, now, right now, right away, just, simply, really, still, only, again, instead, finally,
        actually, rather, sorry, excuse me, urgently, immediately, asap, quickly, directly, here, there, today,
        already, help, help me, assistance, anymore, if possible, available, online, привіт, вітаю, добрий день,
        доброго дня, добридень, добрий вечір, доброго вечора, добрий ранок, доброго ранку, здрастуйте, алло, ок,
        так, ну, а, і, й, та, але, краще, просто, лише, тільки, зараз, негайно, терміново, тут, вже, уже, знову,
        нарешті, ще, хоч, хоча б, допоможіть, допоможи, допомога, допомогу, консультація, консультацію, є, якщо
        можна, якщо можливо, напряму, швидко, швидше, сьогодні, онлайн, все таки, здравствуйте, привет, добрый
        день, добрый вечер, сейчас, срочно, лучше, только, помогите, помощь, если можно, hola, bonjour, hallo,
        olá",
    ),
    (
        Role::Not,
        "no, not, don't, do not, doesn't, didn't, never, cannot, can't, won't, isn't, aren't, without, instead
        of, rather than, не, ні, без, замість, жодного, нет, ни, вместо, sin, não, sem, pas, sans, kein, keinen,
        nicht, ohne, nie, bez",
    ),
];

/// Further names for what customers do not want to talk to.
const ROBOTS: &str = "robot, robots, machine, AI, computer, автовідповідач, автовідповідачем, робот, робота,
    роботом, машиною";

/// Words after which a request to talk goes on freely.
const GOES_ON: &str = "about, regarding, concerning, because, cause, cuz, as, since, re, who, that, which, to,
    to the, for, from your, in your, at your, so, and, on, of, my, our, I, I'm, I've, we, it, it's, its, this,
    these, the, your, you, why, how, what, where, when, please, now, asap, today, щодо, про, стосовно, бо, тому,
    оскільки, який, яка, які, яке, що, щоб, для, по, з, із, у, в, на, за, і, та, й, а, thanks, thank, thx,
    дякую, спасибі, спасибо, мій, моя, моє, мої, моєї, моєму, це, цього, ви, ваш, чому, як, де, коли, будь
    ласка, зараз, насчет, о, об, потому, чтобы, который, что, мой, это, вы, с";

/// Words that may follow any request: a reason, or thanks.
const AFTER_ANY: &str = "about, regarding, concerning, because, cause, cuz, щодо, стосовно, бо, тому, оскільки,
    насчет, потому, thanks, thank, thx, дякую, спасибі, спасибо";

/// Words before a wish that make it something else.
const NO_WISH: &str = "do, does, did, if, unless, should, will, would, to, you, they, he, she, якщо, если";

/// Words with many other meanings: they are a request only if the message has no other words.
const ALONE: &str = "menu, start, меню, старт, почати, начать, inicio";

/// The maximum number of words of a request without a verb.
const LONGEST_BARE: usize = 6;
/// The maximum number of words of a message that is searched for a request.
const LONGEST: usize = 60;
/// The maximum number of words of a phrase in the vocabulary.
const LONGEST_PHRASE: usize = 5;
/// How far a denial reaches: "not with your stupid bot".
const DENIED_WITHIN: usize = 6;

static ROLES: LazyLock<HashMap<String, Role>> =
    LazyLock::new(|| VOCABULARY.iter().flat_map(|(role, list)| phrases(list).map(|it| (it, *role))).collect());
static ROBOT_WORDS: LazyLock<Vec<String>> = LazyLock::new(|| phrases(ROBOTS).collect());
static GOES_ON_WORDS: LazyLock<Vec<String>> = LazyLock::new(|| phrases(GOES_ON).collect());
static AFTER_ANY_WORDS: LazyLock<Vec<String>> = LazyLock::new(|| phrases(AFTER_ANY).collect());
static NO_WISH_WORDS: LazyLock<Vec<String>> = LazyLock::new(|| phrases(NO_WISH).collect());
static ALONE_WORDS: LazyLock<Vec<String>> = LazyLock::new(|| phrases(ALONE).collect());

/// The phrases of a list, as they are compared.
fn phrases(list: &str) -> impl Iterator<Item = String> {
    list.split(',').map(|phrase| words(&same(phrase)).join(" "))
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
        && ALONE_WORDS.contains(word)
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
        self.is(Role::Bot) || ROBOT_WORDS.contains(&self.text)
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
            ROLES.get(&text).map(|role| (length, Token { text, role: Some(*role) }))
        });
        let (length, token) = known.unwrap_or_else(|| (1, Token { text: words[at].clone(), role: None }));
        found.push(token);
        at += length;
    }
    found
}

/// A clause without the bots that it denies: "not a bot" says nothing against "a human" beside it. What stands before and
/// after are clauses of their own.
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
            && before.last().is_none_or(|token| !NO_WISH_WORDS.contains(&token.text))
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
        let goes_on = if talks && wishes { follows(&GOES_ON_WORDS) } else { wishes && follows(&AFTER_ANY_WORDS) };
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
