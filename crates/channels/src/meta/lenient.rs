//! Reads Meta's JSON leniently: ids come as strings or numbers, numbers as strings, booleans as `"true"`, objects as
//! null (meta-platform.md §2.6, §12 item 11). Every type here accepts every JSON value; what does not fit counts as
//! absent.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The visitor methods that count a value of the wrong kind as absent.
macro_rules! absent {
    ($($kind:ident),*) => { $(absent!(@$kind);)* };
    (@unit) => {
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Default::default())
        }
    };
    (@bool) => {
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok(Default::default())
        }
    };
    (@numbers) => {
        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok(Default::default())
        }
        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok(Default::default())
        }
        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok(Default::default())
        }
    };
    (@str) => {
        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok(Default::default())
        }
    };
    (@seq) => {
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            Ok(Default::default())
        }
    };
    (@map) => {
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok(Default::default())
        }
    };
}
pub(crate) use absent;

/// Text, or a number or boolean as text. Integers up to 2^64 are exact.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Text<'a>(pub Option<Cow<'a, str>>);

impl Text<'_> {
    /// The text; None when it is absent or empty.
    pub fn get(&self) -> Option<&str> {
        self.0.as_deref().filter(|text| !text.is_empty())
    }

    /// The text as an owned string, without the NUL characters that PostgreSQL refuses; None when nothing is left.
    pub fn own(&self) -> Option<String> {
        let text = self.get()?;
        if !text.contains('\0') {
            return Some(text.to_owned());
        }
        Some(text.replace('\0', "")).filter(|text| !text.is_empty())
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("text")
    }
    fn visit_borrowed_str<E>(self, v: &'de str) -> Result<Text<'de>, E> {
        Ok(Text(Some(Cow::Borrowed(v))))
    }
    fn visit_str<E>(self, v: &str) -> Result<Text<'de>, E> {
        Ok(Text(Some(Cow::Owned(v.to_owned()))))
    }
    fn visit_string<E>(self, v: String) -> Result<Text<'de>, E> {
        Ok(Text(Some(Cow::Owned(v))))
    }
    fn visit_u64<E>(self, v: u64) -> Result<Text<'de>, E> {
        Ok(Text(Some(Cow::Owned(v.to_string()))))
    }
    fn visit_i64<E>(self, v: i64) -> Result<Text<'de>, E> {
        Ok(Text(Some(Cow::Owned(v.to_string()))))
    }
    fn visit_f64<E>(self, v: f64) -> Result<Text<'de>, E> {
        Ok(Text(Some(Cow::Owned(v.to_string()))))
    }
    fn visit_bool<E>(self, v: bool) -> Result<Text<'de>, E> {
        Ok(Text(Some(Cow::Borrowed(if v { "true" } else { "false" }))))
    }
    absent!(unit, seq, map);
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

/// A whole number, or the text of one.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(crate) struct Number(pub Option<i64>);

struct NumberVisitor;

impl<'de> Visitor<'de> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a number")
    }
    fn visit_u64<E>(self, v: u64) -> Result<Number, E> {
        Ok(Number(i64::try_from(v).ok()))
    }
    fn visit_i64<E>(self, v: i64) -> Result<Number, E> {
        Ok(Number(Some(v)))
    }
    fn visit_f64<E>(self, v: f64) -> Result<Number, E> {
        Ok(Number(v.is_finite().then_some(v as i64)))
    }
    fn visit_str<E>(self, v: &str) -> Result<Number, E> {
        Ok(Number(v.trim().parse().ok()))
    }
    absent!(unit, bool, seq, map);
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}

/// A decimal number (degrees), or the text of one.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(crate) struct Real(pub Option<f64>);

struct RealVisitor;

impl<'de> Visitor<'de> for RealVisitor {
    type Value = Real;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a number")
    }
    fn visit_u64<E>(self, v: u64) -> Result<Real, E> {
        Ok(Real(Some(v as f64)))
    }
    fn visit_i64<E>(self, v: i64) -> Result<Real, E> {
        Ok(Real(Some(v as f64)))
    }
    fn visit_f64<E>(self, v: f64) -> Result<Real, E> {
        Ok(Real(Some(v)))
    }
    fn visit_str<E>(self, v: &str) -> Result<Real, E> {
        Ok(Real(v.trim().parse().ok().filter(|v: &f64| v.is_finite())))
    }
    absent!(unit, bool, seq, map);
}

impl<'de> Deserialize<'de> for Real {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RealVisitor)
    }
}

/// A boolean: `true`, `"true"`, `1` and `"1"` are true.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(crate) struct Flag(pub bool);

struct FlagVisitor;

impl<'de> Visitor<'de> for FlagVisitor {
    type Value = Flag;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("true or false")
    }
    fn visit_bool<E>(self, v: bool) -> Result<Flag, E> {
        Ok(Flag(v))
    }
    fn visit_u64<E>(self, v: u64) -> Result<Flag, E> {
        Ok(Flag(v == 1))
    }
    fn visit_i64<E>(self, _: i64) -> Result<Flag, E> {
        Ok(Flag(false))
    }
    fn visit_f64<E>(self, _: f64) -> Result<Flag, E> {
        Ok(Flag(false))
    }
    fn visit_str<E>(self, v: &str) -> Result<Flag, E> {
        Ok(Flag(v.eq_ignore_ascii_case("true") || v == "1"))
    }
    absent!(unit, seq, map);
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FlagVisitor)
    }
}

/// An object that may be absent, null, or something else.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Maybe<T>(pub Option<T>);

impl<T> Default for Maybe<T> {
    fn default() -> Self {
        Self(None)
    }
}

struct MaybeVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for MaybeVisitor<T> {
    type Value = Maybe<T>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Maybe<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(|value| Maybe(Some(value)))
    }
    absent!(unit, bool, numbers, str, seq);
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Maybe<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MaybeVisitor(PhantomData))
    }
}

/// A list that may be absent, null, or something else.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct List<T>(pub Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> List<Maybe<T>> {
    /// The elements that are objects.
    pub fn objects(&self) -> impl Iterator<Item = &T> {
        self.0.iter().filter_map(|element| element.0.as_ref())
    }

    /// The elements that are objects, by value.
    pub fn into_objects(self) -> impl Iterator<Item = T> {
        self.0.into_iter().filter_map(|element| element.0)
    }
}

impl List<Text<'_>> {
    /// The elements that are text.
    pub fn words(&self) -> Vec<String> {
        self.0.iter().filter_map(Text::own).collect()
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = List<T>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = seq.next_element()? {
            list.push(element);
        }
        Ok(List(list))
    }
    absent!(unit, bool, numbers, str, map);
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}

/// For `deserialize_with` in answers that we own.
pub(crate) mod owned {
    use super::*;

    pub(crate) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
        Ok(Text::deserialize(from)?.own())
    }
    pub(crate) fn string<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
        Ok(text(from)?.unwrap_or_default())
    }
    pub(crate) fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
        Ok(Number::deserialize(from)?.0)
    }
    pub(crate) fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
        Ok(Flag::deserialize(from)?.0)
    }
    pub(crate) fn words<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
        Ok(List::<Text>::deserialize(from)?.words())
    }
    pub(crate) fn objects<'de, D, T>(from: D) -> Result<Vec<T>, D::Error>
    where
        D: Deserializer<'de>,
        T: Deserialize<'de>,
    {
        Ok(List::<Maybe<T>>::deserialize(from)?.into_objects().collect())
    }
    pub(crate) fn object<'de, D, T>(from: D) -> Result<Option<T>, D::Error>
    where
        D: Deserializer<'de>,
        T: Deserialize<'de>,
    {
        Ok(Maybe::<T>::deserialize(from)?.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_beyond_two_to_the_53rd_keep_every_digit() {
        let text: Text = serde_json::from_str("9007199254740993").unwrap();
        assert_eq!(text.get(), Some("9007199254740993"));
        let text: Text = serde_json::from_str("18446744073709551615").unwrap();
        assert_eq!(text.get(), Some("18446744073709551615"));
    }

    #[test]
    fn every_type_takes_every_value() {
        for json in ["null", "true", "1", "-1", "1.5", "1e300", "\"x\"", "[1,[2]]", "{\"a\":{\"b\":1}}"] {
            serde_json::from_str::<Text>(json).unwrap();
            serde_json::from_str::<Number>(json).unwrap();
            serde_json::from_str::<Real>(json).unwrap();
            serde_json::from_str::<Flag>(json).unwrap();
            serde_json::from_str::<Maybe<IgnoredAny>>(json).unwrap();
            serde_json::from_str::<List<Text>>(json).unwrap();
        }
    }

    #[test]
    fn numbers_and_flags_may_be_written_as_text() {
        assert_eq!(serde_json::from_str::<Number>("\"42\"").unwrap().0, Some(42));
        assert_eq!(serde_json::from_str::<Real>("\"50.45\"").unwrap().0, Some(50.45));
        assert!(serde_json::from_str::<Flag>("\"true\"").unwrap().0);
        assert!(!serde_json::from_str::<Flag>("\"false\"").unwrap().0);
    }

    #[test]
    fn nul_characters_are_left_out() {
        let text: Text = serde_json::from_str(r#""a\u0000b""#).unwrap();
        assert_eq!(text.own().as_deref(), Some("ab"));
        let text: Text = serde_json::from_str(r#""\u0000""#).unwrap();
        assert_eq!(text.own(), None);
    }
}
