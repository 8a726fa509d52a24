//! The texts that a new installation begins with, in the language of the setting `language`: its first flow, queue, pause causes
//! and quick replies, and the texts of new gateways.

use domain::flow::FlowBody;
use domain::queue::QueueSettings;
use domain::satisfaction::CsatSettings;
use domain::turn::Templates;
use domain::user_settings::Language;
use serde_json::Value;

/// Names and quick replies of a new store.
#[derive(Debug)]
pub struct First {
    pub flow: &'static str,
    pub queue: &'static str,
    pub pause_causes: [&'static str; 3],
    /// Shortcut, title, text.
    pub quick_replies: [(&'static str, &'static str, &'static str); 3],
}

/// Names and quick replies of a new store.
pub fn first(language: Language) -> First {
    match language {
        Language::En => First {
            flow: "Welcome",
            queue: "General",
            pause_causes: ["Lunch", "Short break", "Training"],
            quick_replies: [
                ("hello", "Greeting", "Hello {{ contact.name }}, how can I help you?"),
                ("moment", "One moment", "One moment, please: I am looking into it."),
                ("thanks", "Thanks", "Thank you for writing to us. Have a nice day!"),
            ],
        },
        Language::Uk => First {
            flow: "Вітання",
            queue: "Загальна",
            pause_causes: ["Обід", "Коротка перерва", "Навчання"],
            quick_replies: [
                ("hello", "Вітання", "Вітаю, {{ contact.name }}! Чим можу допомогти?"),
                ("moment", "Хвилинку", "Хвилинку, будь ласка: зараз з’ясую."),
                ("thanks", "Подяка", "Дякуємо, що написали нам. Гарного дня!"),
            ],
        },
    }
}

/// The texts of a new gateway.
pub fn templates(language: Language) -> Templates {
    match language {
        Language::En => Templates::default(),
        Language::Uk => Templates {
            joined: "До розмови долучається {{ agent.name }}.".into(),
            waiting_again:
                "Вибачте, зв’язок з оператором перервався. Ви зберігаєте своє місце в черзі: вам дадуть відповідь \
                            щонайшвидше."
                    .into(),
            closed: "Дякуємо, що написали нам. Пишіть знову, коли матимете запитання.".into(),
            ..Templates::default()
        },
    }
}

/// The settings of a new queue.
pub fn queue(language: Language) -> QueueSettings {
    let csat = match language {
        Language::En => CsatSettings::default(),
        Language::Uk => CsatSettings {
            question: "Чи задоволені ви нашою допомогою? 1 — зовсім ні, 5 — дуже.".into(),
            thanks: "Дякуємо! Якщо хочете щось додати, напишіть тут.".into(),
            ..CsatSettings::default()
        },
    };
    QueueSettings { csat, ..QueueSettings::default() }
}

/// The flow of a new store.
pub fn welcome(language: Language) -> FlowBody {
    let body = domain::flow::welcome();
    match language {
        Language::En => body,
        Language::Uk => {
            let mut json = serde_json::to_value(&body).unwrap_or_default();
            translate(&mut json);
            serde_json::from_value(json).unwrap_or(body)
        }
    }
}

/// The texts of the first flow, by their English.
const UKRAINIAN: [(&str, &str); 15] = [
    (
        "Hello{% if contact.first_name %} {{ contact.first_name }}{% endif %}! 👋 Thank you for writing to {{ page.name }}.",
        "Вітаємо{% if contact.first_name %}, {{ contact.first_name }}{% endif %}! 👋 Дякуємо, що написали нам: {{ page.name }}.",
    ),
    ("How can we help you?", "Чим можемо допомогти?"),
    ("Talk to an agent", "Розмова з оператором"),
    ("Opening hours", "Години роботи"),
    ("Something else", "Щось інше"),
    (
        "Please tap one of the choices below, or type its number.",
        "Натисніть один із варіантів нижче або введіть його номер.",
    ),
    (
        "We are here Monday to Friday, 9:00 to 18:00. You can write at any time: we read everything and answer as soon as we \
         are back.",
        "Ми працюємо з понеділка до п’ятниці, з 9:00 до 18:00. Пишіть будь-коли: ми все читаємо й відповідаємо, щойно \
         повертаємося.",
    ),
    (
        "Of course. Please tell us in your own words what it is about.",
        "Звісно. Розкажіть, будь ласка, своїми словами, що вас цікавить.",
    ),
    (
        "Thank you, we have noted that. Would you like to talk to an agent about it?",
        "Дякуємо, ми записали. Бажаєте поговорити про це з оператором?",
    ),
    ("Yes, please", "Так"),
    ("Not now", "Не зараз"),
    (
        "Would you like an agent to join this chat? Please tap one of the choices below.",
        "Запросити до розмови оператора? Натисніть один із варіантів нижче.",
    ),
    ("All right. We are here whenever you need us.", "Гаразд. Ми поруч, коли знадобимося."),
    (
        "Thank you! We are finding someone for you. An agent will join this chat in a moment.",
        "Дякуємо! Шукаємо вільного оператора. За мить він долучиться до розмови.",
    ),
    (
        "No one is online right now, but you keep your place in the queue. Feel free to keep writing: we'll read everything and \
         answer here.",
        "Зараз на зв’язку нікого немає, але ваше місце в черзі збережено. Пишіть далі: ми все прочитаємо й дамо відповідь тут.",
    ),
];

fn translate(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some((_, ukrainian)) = UKRAINIAN.iter().find(|(english, _)| english == text) {
                (*ukrainian).clone_into(text);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(translate),
        Value::Object(fields) => fields.values_mut().for_each(translate),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts that customers read: those with a space or a capital letter, which ids and variables do not have.
    fn english(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::String(text) => {
                let plain: String = text.split("{{").flat_map(|part| part.split("}}").last()).collect();
                let plain: String = plain.split("{%").flat_map(|part| part.split("%}").last()).collect();
                let is_text = plain.contains(|c: char| c.is_ascii_uppercase()) || plain.trim().contains(' ');
                if is_text && plain.contains(|c: char| c.is_ascii_alphabetic()) {
                    found.push(text.clone());
                }
            }
            Value::Array(items) => items.iter().for_each(|item| english(item, found)),
            Value::Object(fields) => fields.values().for_each(|field| english(field, found)),
            _ => {}
        }
    }

    #[test]
    fn the_first_flow_speaks_ukrainian_and_is_the_same_flow() {
        let mut found = Vec::new();
        english(&serde_json::to_value(welcome(Language::En)).unwrap(), &mut found);
        assert_eq!(found.len(), UKRAINIAN.len(), "{found:#?}");
        found.clear();
        english(&serde_json::to_value(welcome(Language::Uk)).unwrap(), &mut found);
        assert_eq!(found, Vec::<String>::new());
        let (english, ukrainian) = (welcome(Language::En), welcome(Language::Uk));
        assert!(english.nodes.keys().eq(ukrainian.nodes.keys()));
    }
}
