//! Sentences that ask for a person or the bot, and sentences with the same words that do not.

use super::*;

const FOR_AN_AGENT: &[&str] = &[
    "I want to talk to an agent",
    "Can I speak with a human please",
    "Agent, please!",
    "agent",
    "HUMAN!!!",
    "A real person, please",
    "person please",
    "Please connect me to an operator",
    "I'd like to speak to a manager.",
    "I’d like to talk to a real person about my order",
    "I need a human",
    "Could I have a human",
    "talk to an agent",
    "No bot, a human!",
    "Not a bot, a real person please",
    "I don't want to talk to a bot, I want a person",
    "I want a human not a bot",
    "Can you transfer me to your manager?",
    "Would you please put me through to a supervisor",
    "Let me talk to a representative right now",
    "Is there a real person here?",
    "Is there someone I can talk to?",
    "I want to speak to someone",
    "Connect me with customer support",
    "How do I reach a human?",
    "When can I talk to an agent?",
    "Why can't I talk to a human?",
    "Get me a manager",
    "Hello, could I please chat with a live agent?",
    "My order has not come for two weeks, nobody answers me, and I want to talk to a manager",
    "this is useless I want to talk to a human",
    "your bot is useless please connect me to a person",
    "I would like you to connect me to an agent",
    "I need a manager because my parcel is broken",
    "Can a manager call me back?",
    "An agent, please! My order is lost.",
    "Could you, please, connect me to a manager?",
    "I need to talk to an agent to cancel my order",
    "оператор",
    "Оператора!",
    "Оператора, будь ласка",
    "Менеджера, будь ласка",
    "Хочу поговорити з людиною",
    "Я хочу поговорити з оператором",
    "Доброго дня! Я хотів би поспілкуватися з менеджером щодо замовлення",
    "З'єднайте мене з оператором",
    "Зʼєднайте, будь ласка, з менеджером",
    "зєднайте з живою людиною",
    "Переключіть мене на оператора",
    "Переведіть на менеджера",
    "Покличте менеджера",
    "Можна поговорити з живою людиною?",
    "Чи можу я поговорити з людиною?",
    "Чи не могли б ви з'єднати мене з консультантом",
    "Потрібен оператор",
    "Мені потрібна людина, а не бот",
    "Не хочу говорити з ботом, дайте людину",
    "Дайте оператора",
    "Є тут жива людина?",
    "Хочу поговорити з кимось із підтримки",
    "Як зв'язатися з менеджером?",
    "чекаю вже тиждень хочу поговорити з оператором",
    "Прошу менеджера зателефонувати мені",
    "З менеджером можна поговорити?",
    "Хочу поговорить с оператором",
    "Позовите человека, пожалуйста",
    "Quiero hablar con un agente",
    "Je voudrais parler à un conseiller",
    "Ich möchte mit einem Mitarbeiter sprechen",
    "Chcę rozmawiać z konsultantem",
    "I wanna speak to a human",
    "speak to a person",
    "Can I talk to a human being",
    "I need to speak with someone from your team",
    "I want to speak with the manager",
    "i need agent",
    "Human agent please",
    "live person",
    "representative please",
    "Please transfer me to a human agent",
    "I'd rather speak to a person",
    "Sorry, I want to talk to a human",
    "Can someone connect me to an agent",
    "May I speak with a consultant?",
    "I'm trying to reach an agent",
    "Hi, is there an agent available?",
    "Are there any agents available?",
    "Hey can I please talk to a person?",
    "can I please speak to a manager about this",
    "Give me a human!",
    "I dont want a bot. Agent!",
    "I want to talk to a person not a machine",
    "can we talk to a manager",
    "Let me speak to someone",
    "agent pls",
    "Хочу оператора",
    "хочу живого оператора",
    "Хочу поспілкуватись з менеджером",
    "Я хочу поговорити з людиною, а не з ботом",
    "можна оператора",
    "А можна людину?",
    "З'єднайте з оператором будь ласка",
    "Зв'яжіть з оператором",
    "Мені потрібен менеджер",
    "Потрібна жива людина",
    "Покличте, будь ласка, менеджера",
    "Прошу з'єднати мене з оператором",
    "Будь ласка, оператора",
    "Людина, будь ласка",
    "Менеджер, будь ласка",
    "Переключіть на людину",
    "Хотіла б поговорити з оператором",
    "Підкажіть, як зв'язатися з оператором?",
    "Як мені поговорити з живою людиною?",
    "Дайте мені поговорити з менеджером",
    "Ви можете з'єднати мене з менеджером?",
    "Хочу поговорити зі спеціалістом",
    "Соедините с оператором",
    "I'd like an agent",
    "I'd like a human to help me",
    "Need a human",
    "I have to speak with a manager",
    "Agent? Hello?",
    "I want to get in touch with an agent",
    "can you get me a person to talk to",
    "I want to talk to an agent thanks",
    "Please, I want to talk to an agent!!!",
    "😡 human 😡",
    "Operator, please help",
    "I WANT TO TALK TO AN AGENT",
    "Can I speak to a person in Ukrainian?",
    "Transfer me to agent",
    "speak with representative",
    "Is anyone human here?",
    "escalate this to a manager",
    "Get me someone from support",
    "Do you have a human I can talk to?",
    "I asked for an agent",
    "Хочу, щоб мені відповіла людина",
    "Жива людина є?",
    "мені потрібен не бот, а людина",
    "Запросіть менеджера до чату",
    "Покличте когось живого",
    "Потрібна консультація менеджера",
    "customer service representative",
    "I want to be connected to an agent",
    "Оператора дайте",
    "The order is late - I want an agent",
];

const FOR_THE_BOT: &[&str] = &[
    "BOT",
    "bot please",
    "The bot, please (2)",
    "I want to talk to the bot",
    "Give me the bot",
    "I want the bot, not an agent",
    "menu",
    "Бот",
    "Бота, будь ласка",
    "Хочу поговорити з ботом",
    "Поверніть бота",
    "меню",
];

const FOR_NOBODY: &[&str] = &[
    "",
    "1",
    "Yes, please",
    "Thanks",
    "My agent at the bank said that it is free",
    "My agent is late",
    "The travel agent says that you are open till six",
    "Your manager was rude",
    "The manager called me yesterday",
    "I already spoke with an operator",
    "I talked to a human yesterday, thank you",
    "Thanks, agent",
    "How much is it per person?",
    "A table for one person please",
    "2 persons please",
    "1 person please",
    "I am a human",
    "Are you a human or a bot?",
    "Are you a bot?",
    "Is this a bot?",
    "You sound like a bot",
    "I'm not a bot, I am a person",
    "Do you sell human hair?",
    "Can I buy human hair please",
    "I want to talk to a human rights lawyer",
    "Can I speak with human resources?",
    "I want to become an agent",
    "I don't want to talk to an agent",
    "Please don't call a manager",
    "No agent, thanks",
    "No bot",
    "I have a manager",
    "I need a cleaning agent for my oven",
    "I will talk to my manager and come back",
    "I want to talk to my husband first",
    "Let me ask my manager",
    "If you want to talk to an agent you pay, is that so?",
    "Do I need to talk to an agent?",
    "I need an agent to sell my house",
    "I like the manager",
    "He is a nice person",
    "Manager",
    "Can I see your menu?",
    "Please tell the manager that I will be late",
    "Which mobile operator do you recommend?",
    "The bot told me that you have it in blue",
    "Is the ticket for a person or for a car?",
    "I want a support for my phone",
    "humanity, agency, personal, operatorio, menagerie",
    "Мій агент у банку сказав, що це безкоштовно",
    "Менеджер сказав, що доставка завтра",
    "Ваш менеджер мені вже телефонував",
    "Я розмовляв з оператором учора",
    "Дякую менеджеру за допомогу",
    "Скільки коштує на людину?",
    "Стіл на одну людину, будь ласка",
    "2 людини",
    "На людину",
    "Людина не прийшла",
    "Є людина, яка забере замовлення",
    "Який у вас мобільний оператор?",
    "Хочу стати менеджером",
    "Працюю оператором на заводі",
    "Не хочу говорити з оператором",
    "Не треба оператора",
    "Передайте менеджеру, що я запізнюсь",
    "Потрібен менеджер у магазин, ви наймаєте?",
    "Вам потрібен менеджер?",
    "Хочу поговорити з моїм менеджером",
    "Ви людина чи бот?",
    "Це бот?",
    "Я не бот",
    "Без бота",
    "Чи потрібен оператор котельні?",
    "Якщо хочу поговорити з оператором, скільки це коштує",
    "Стол на 2 человека",
    "Менеджер",
    "The person who answered me was great",
    "My manager will call you",
    "the manager is not here",
    "I am the manager of this shop",
    "I'm an agent too",
    "I was talking to a person at your shop",
    "We are only human",
    "a person",
    "for one person",
    "For 2 persons, please",
    "Human resources",
    "estate agent",
    "My wife wants to talk to an agent at her bank",
    "Please give the parcel to the person at the door",
    "I don't need an agent",
    "No need for a manager",
    "Never call a manager",
    "I want to be a person",
    "Is a person required to sign?",
    "Can one person carry it?",
    "Could the operator be wrong?",
    "Who is your agent?",
    "Where is the manager's office?",
    "Good person",
    "bad bot",
    "Your bot is broken",
    "I think the bot is wrong",
    "Not the bot again",
    "Do you sell a bot?",
    "Оператор сказав зачекати",
    "Я менеджер",
    "Це людина",
    "Одна людина",
    "Для однієї людини",
    "скільки людей",
    "Людина чи бот?",
    "Дякую, оператор допоміг",
    "Передайте менеджеру подяку",
    "Не кличте менеджера",
    "Оператор не потрібен",
    "не з'єднуйте з оператором",
    "Я вже поговорила з менеджером",
    "Потрібна людина для прибирання",
    "У мене є агент",
    "Страховий агент телефонував",
    "Потрібен агент для продажу квартири",
    "Можна дві людини?",
    "ваш бот не працює",
    "дурний бот",
    "Дайте знати менеджеру",
    "Хай менеджер подумає",
    "Can I bring a person with me?",
    "Can I bring another person?",
    "You need to talk to your manager",
    "Would you like to speak to a manager?",
    "Ask your manager please",
    "Інша людина забере",
    "Як звати менеджера?",
    "Дайте номер менеджера",
    "Менеджер обіцяв передзвонити",
];

fn are(expected: Option<Request>, texts: &[&str]) {
    let wrong: Vec<_> = texts.iter().filter(|text| request(text) != expected).collect();
    assert!(wrong.is_empty(), "not {expected:?}: {wrong:#?}");
}

#[test]
fn who_asks_for_a_person_is_heard() {
    are(Some(Request::Agent), FOR_AN_AGENT);
}

#[test]
fn who_asks_for_the_bot_is_heard() {
    are(Some(Request::Bot), FOR_THE_BOT);
}

#[test]
fn sentences_with_the_same_words_are_no_requests() {
    are(None, FOR_NOBODY);
}

#[test]
fn a_request_is_found_in_a_message_of_some_length_and_not_in_a_whole_letter() {
    let complaint = |sentences: usize| "It is broken again. ".repeat(sentences) + "I want to talk to a manager.";
    assert_eq!(request(&complaint(10)), Some(Request::Agent));
    assert_eq!(request(&complaint(100)), None);
}

#[test]
fn every_phrase_has_one_role_and_is_short_enough_to_be_found() {
    for phrase in VOCABULARY.roles.keys() {
        let length = phrase.split(' ').count();
        assert!(!phrase.is_empty() && length <= LONGEST_PHRASE, "{phrase}");
    }
}

proptest::proptest! {
    /// Only whole words count: letters around the words of a request make other words.
    #[test]
    fn a_part_of_a_word_is_no_word(before in "[bcdfghjkl]{2,4}", which in 0..5_usize) {
        let word = ["agent", "human", "bot", "оператор", "людину"][which];
        for text in [format!("{before}{word}"), format!("{word}{before}"), format!("I want to talk to a {before}{word}")] {
            proptest::prop_assert_eq!(request(&text), None, "{}", text);
        }
    }

    #[test]
    fn any_text_is_read(text in ".*") {
        let _ = request(&text);
    }

    /// Case, punctuation at the end and politeness at the beginning change nothing.
    #[test]
    fn the_same_request_in_other_clothes(which in 0..FOR_AN_AGENT.len(), sign in "[.!?…)]{0,3}", upper: bool) {
        let text = FOR_AN_AGENT[which];
        let text = if upper { text.to_uppercase() } else { text.to_lowercase() };
        let dressed = format!("Hello! {text}{sign}");
        if text.split_whitespace().count() < LONGEST_BARE {
            proptest::prop_assert_eq!(request(&dressed), Some(Request::Agent), "{}", dressed);
        }
    }
}
