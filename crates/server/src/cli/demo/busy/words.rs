//! The texts of the sample day.

/// A language of the sample day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    English,
    Ukrainian,
}

impl Language {
    /// The language of a text.
    pub(super) fn of(text: &str) -> Self {
        let cyrillic = text.chars().any(|letter| ('\u{400}'..='\u{4ff}').contains(&letter));
        if cyrillic { Self::Ukrainian } else { Self::English }
    }

    pub(super) fn names(self) -> &'static [&'static str] {
        match self {
            Self::English => &[
                "Amelia Clarke",
                "Ben Okafor",
                "Chloé Martin",
                "David Rosen",
                "Emma Lindqvist",
                "Noah van den Berg",
                "Priya Raman",
                "Sofia Rossi",
                "Tom Ó Briain",
                "Wei Zhang",
            ],
            Self::Ukrainian => &[
                "Андрій Бондаренко",
                "Богдана Ткачук",
                "Василь Кравець",
                "Ганна Лисенко",
                "Дмитро Гончар",
                "Єва Мороз",
                "Зоряна Павлюк",
                "Ігор Савченко",
                "Леся Романюк",
                "Олександра Нестеренко-Коваль",
            ],
        }
    }

    pub(super) fn hello(self) -> &'static [&'static str] {
        match self {
            Self::English => &["Hi", "Hello there", "Good morning"],
            Self::Ukrainian => &["Добрий день", "Вітаю", "Привіт"],
        }
    }

    /// Customers' questions.
    pub(super) fn questions(self) -> &'static [&'static str] {
        match self {
            Self::English => &[
                "Where is my order 2107? It should have come on Tuesday.",
                "Can I change the delivery address of my order?",
                "The jacket is too small. How do I send it back?",
                "Do you have this bag in green?",
                "I was charged twice for one order.",
                "When will the size 42 be in stock again?",
                "The box arrived open and a cup is broken. I have photos.",
                "Can I pick up my order in the shop on Saturday?",
            ],
            Self::Ukrainian => &[
                "Де моє замовлення 3318? Обіцяли ще у вівторок.",
                "Чи можна змінити адресу доставки?",
                "Куртка замала. Як її повернути?",
                "А є така сама сумка зеленого кольору?",
                "З мене двічі зняли гроші за одне замовлення.",
                "Коли знову буде 42 розмір?",
                "Коробка прийшла відкрита, одна чашка розбита. Маю фото.",
                "Чи можу я забрати замовлення в магазині в суботу?",
            ],
        }
    }

    /// Customers' follow-ups.
    pub(super) fn follow_ups(self) -> &'static [&'static str] {
        match self {
            Self::English => &[
                "Sure, it is 2107.",
                "Yes, that is right.",
                "How long will it take?",
                "Could you check again, please?",
                "That would be great.",
                "And what about the delivery cost?",
            ],
            Self::Ukrainian => &[
                "Так, номер 3318.",
                "Так, усе правильно.",
                "А скільки це триватиме?",
                "Перевірте, будь ласка, ще раз.",
                "Було б чудово.",
                "А скільки коштує доставка?",
            ],
        }
    }

    pub(super) fn thanks(self) -> &'static [&'static str] {
        match self {
            Self::English => &["Thank you!", "Great, thanks a lot", "Perfect 👍"],
            Self::Ukrainian => &["Дякую!", "Чудово, щиро дякую", "Супер 👍"],
        }
    }

    /// Agents' answers.
    pub(super) fn answers(self) -> &'static [&'static str] {
        match self {
            Self::English => &[
                "Hello, thank you for writing. Let me have a look.",
                "Could you tell me the order number?",
                "I see it: the parcel left our warehouse this morning.",
                "I have changed that for you.",
                "You get the money back within three days.",
                "Our colleagues in the shop keep it for you until Saturday evening.",
            ],
            Self::Ukrainian => &[
                "Вітаю, дякую за звернення. Зараз перевірю.",
                "Підкажіть, будь ласка, номер замовлення.",
                "Бачу: посилка вранці виїхала з нашого складу.",
                "Я все змінила.",
                "Гроші повернуться протягом трьох днів.",
                "Колеги в магазині притримають його до вечора суботи.",
            ],
        }
    }
}
