//! What a flow says to customers where it has no text of its own, in the language of the installation.

use super::body::AnswerKind;
use crate::user_settings::Language::{self, En, Uk};

/// For a customer who is handed over because the bot can't understand them.
pub(super) fn handed_over(language: Language) -> &'static str {
    match language {
        En => "Sorry, I can't help with that. An agent will answer you here as soon as possible.",
        Uk => "Вибачте, тут я не можу допомогти. Оператор відповість вам у цьому чаті, щойно зможе.",
    }
}

/// For a customer whose answer is not of the kind that the flow asks for; None if every answer is.
pub(super) fn wanted(kind: AnswerKind, language: Language) -> Option<&'static str> {
    Some(match (kind, language) {
        (AnswerKind::Any, _) => return None,
        (AnswerKind::Number, En) => "Please send a number, such as 12.",
        (AnswerKind::Number, Uk) => "Надішліть, будь ласка, число, наприклад 12.",
        (AnswerKind::Email, En) => "Please send an e-mail address, such as name@example.com.",
        (AnswerKind::Email, Uk) => "Надішліть, будь ласка, електронну адресу, наприклад name@example.com.",
        (AnswerKind::Phone, En) => "Please send a phone number, such as +380 67 123 45 67.",
        (AnswerKind::Phone, Uk) => "Надішліть, будь ласка, номер телефону, наприклад +380 67 123 45 67.",
    })
}
