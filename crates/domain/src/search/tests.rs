//! Which words a search finds, and which positions it returns.

use super::*;

#[derive(serde::Deserialize)]
struct Table {
    same: Vec<Vec<String>>,
}

#[test]
fn texts_that_are_the_same_have_the_same_words() {
    let table: Table = serde_json::from_str(include_str!("../same.json")).unwrap();
    for group in &table.same {
        for other in group {
            assert_eq!(indexed(other), indexed(&group[0]), "{other} is {}", group[0]);
            assert!(Query::parse(other).matches(&group[0]), "{other} finds {}", group[0]);
        }
    }
}

/// The fast path gives the same result as the full one.
#[test]
fn usual_letters_are_letters() {
    for c in ('\u{80}'..'\u{d7ff}').filter(|c| class(*c) == Class::Letter) {
        assert!(same(&c.to_string()).chars().any(char::is_alphanumeric), "{c:?}");
    }
    for c in ('\u{80}'..'\u{d7ff}').filter(|c| class(*c) == Class::Unspaced) {
        assert!(same(&c.to_string()).chars().next().is_some_and(is_unspaced), "{c:?}");
    }
}

#[test]
fn words_are_found_by_their_beginnings_in_any_order() {
    for (query, text) in [
        ("jam straw", "Strawberry jam, 2 jars"),
        ("СТРАВ", "Страва «Борщ»"),
        ("olena.k@exam", "Write to Olena.K@Example.com"),
        ("日本", "私は日本語を話します"),
        ("本語", "日本語"),
        ("語", "日本語"),
        ("ｶﾞｽ", "ガス"),
        ("ราคา", "ขอราคาหน่อย"),
        ("👍", "ok 👍🏽"),
        ("12", "order ١٢٣"),
    ] {
        assert!(Query::parse(query).matches(text), "{query} in {text}");
    }
    for (query, text) in [
        ("berry", "Strawberry jam"),
        ("jam honey", "jam"),
        ("日語", "日本語"),
        ("語日", "日本語"),
        ("", "anything"),
        ("!!!", "!!!"),
        ("\u{200b}\u{2060}\u{feff}", "anything"),
        (" \u{ad} ", "anything"),
    ] {
        assert!(!Query::parse(query).matches(text), "{query} in {text}");
    }
    assert!(Query::parse("\u{200b}\u{2060}").is_empty());
}

#[test]
fn a_search_of_many_words_is_cut() {
    let many: Vec<String> = (0..40).map(|n| format!("word{n}")).collect();
    assert_eq!(Query::parse(&many.join(" ")).words().len(), MOST_WORDS);
    let long = "a".repeat(300);
    assert!(Query::parse(&long).matches(&long));
    assert_eq!(indexed(&long).len(), LONGEST);
}

#[test]
fn telephone_numbers_are_found_by_any_part_of_them() {
    let indexed = indexed_number("+38 (067) 123-45-67");
    assert!(indexed.starts_with("380671234567 80671234567 ") && indexed.ends_with(" 567"), "{indexed}");
    for query in ["+380671234567", "0671234567", "00380671234567", "671234567"] {
        assert_eq!(Query::parse(query).number(), Some("671234567"), "{query}");
    }
    assert_eq!(Query::parse("67 123").number(), Some("67123"));
    assert_eq!((Query::parse("room 101").number(), indexed_number("12")), (None, String::new()));
}

fn marked(query: &str, text: &str, longest: usize) -> String {
    let Highlight { text, ranges } = Query::parse(query).highlight(text, longest);
    let units: Vec<u16> = text.encode_utf16().collect();
    let mut result = String::new();
    let mut at = 0;
    for range in ranges {
        let (start, end) = (range.start as usize, range.end as usize);
        result.push_str(&String::from_utf16(&units[at..start]).unwrap());
        result.push_str(&format!("[{}]", String::from_utf16(&units[start..end]).unwrap()));
        at = end;
    }
    result + &String::from_utf16(&units[at..]).unwrap()
}

#[test]
fn what_was_looked_for_is_marked_in_the_text_as_it_was_written() {
    for (query, text, expected) in [
        ("acao", "<b>Ação</b> 👍 AÇÃO!", "<b>[Ação]</b> 👍 [AÇÃO]!"),
        ("hello", "👋 hel\u{200b}lo", "👋 [hel\u{200b}lo]"),
        ("日本", "私は日本語", "私は[日本]語"),
        ("fin", "ﬁnally", "[ﬁnally]"),
        ("nothing", "Here", "Here"),
    ] {
        assert_eq!(marked(query, text, 100), expected);
    }
    let long = format!("{}jam {}", "before ".repeat(50), "after ".repeat(50));
    let cut = marked("jam", &long, 40);
    assert!(cut.starts_with('…') && cut.ends_with('…') && cut.contains("before [jam] after"), "{cut}");
    assert!(cut.chars().count() < 48, "{cut}");
}

proptest::proptest! {
    #[test]
    fn a_text_is_found_by_each_of_its_words(text in ".{0,40}") {
        for word in words(&text, false) {
            let query = Query { words: vec![word.word], number: None };
            proptest::prop_assert!(query.matches(&text));
        }
        let query = Query::parse(&text);
        proptest::prop_assert!(query.is_empty() || query.matches(&text));
    }

    #[test]
    fn marks_stand_in_order_on_whole_characters(text in ".{0,60}", query in ".{0,4}", longest in 4_usize..60) {
        let Highlight { text, ranges } = Query::parse(&query).highlight(&text, longest);
        let units: Vec<u16> = text.encode_utf16().collect();
        let mut last = 0;
        for range in ranges {
            proptest::prop_assert!(last <= range.start && range.start < range.end);
            let part = units.get(range.start as usize..range.end as usize);
            proptest::prop_assert!(part.is_some_and(|part| String::from_utf16(part).is_ok()));
            last = range.end;
        }
    }

    #[test]
    fn words_have_nothing_that_an_engine_would_read(text in ".{0,40}") {
        for word in words(&text, true) {
            let plain = |c: char| !c.is_ascii() || c.is_ascii_lowercase() || c.is_ascii_digit();
            proptest::prop_assert!(!word.word.is_empty() && word.word.chars().all(plain), "{}", word.word);
        }
    }
}
