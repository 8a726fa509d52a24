//! The names of enum variants in the API and the store.

/// Gives an enum `ALL`, `word` and `from_word`. The compiler rejects a list with a missing variant.
macro_rules! words {
    ($name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $name {
            /// Every variant, in the order of the list.
            pub const ALL: [Self; [$($word),+].len()] = [$(Self::$variant),+];

            /// Its name in the API and the store.
            pub fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }

            /// Parses the name in the API and the store.
            pub fn from_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}
pub(crate) use words;
