//! `POST /contacts/import`

use domain::role::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::fixture::active;
use crate::routes::on_both_engines;

on_both_engines! {
    contacts_are_imported_all_or_none_and_tried_before
    contacts_that_a_user_may_not_see_are_neither_changed_nor_revealed
    a_number_without_its_country_is_the_same_person_and_never_one_of_two
}

/// Posts a table.
pub async fn post(it: &TestApp, token: &str, path: &str, media: &str, file: &str) -> (StatusCode, Value) {
    let request = it.http().post(format!("{}/api/v1{path}", it.url)).bearer_auth(token);
    let answer = request.header("content-type", media).body(file.to_owned()).send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

async fn contacts_are_imported_all_or_none_and_tried_before(it: &TestApp) {
    let (ben, conversation, _) = active(it).await;
    let olena = it.get(&ben, &format!("/conversations/{conversation}")).await["contact"]["id"].clone();
    let import = async |query: &str, file: &str| {
        post(it, &it.admin, &format!("/contacts/import{query}"), "text/csv; charset=utf-8", file).await
    };
    let file = format!(
        "id;name;phone;email;note;attributes.City\n\
         {};;+380 67 123 45 67;;\"Likes; blue\";Львів\n\
         ;Їжак Їжаченко;'+380501112233;;;\n\
         ;Nour;;nour@example.org;;\n",
        olena.as_str().unwrap()
    );
    let (status, tried) = import("?dry_run=1", &file).await;
    let expected = json!({ "rows": 3, "created": 2, "updated": 1, "refused": [] });
    assert_eq!((status, &tried), (StatusCode::OK, &expected));
    assert_eq!(it.get(&it.admin, "/contacts").await["items"].as_array().unwrap().len(), 1, "only tried");

    let bad = format!("{file};Nobody;call me;;;\n;;;;;\n;Again;0501112233;;;\n;Again;+380501112233;;;\nx\n");
    let (status, tried) = import("?dry_run=true", &bad).await;
    let rows: Vec<_> = tried["refused"].as_array().unwrap().iter().map(|it| it["row"].as_i64().unwrap()).collect();
    assert_eq!((status, &tried["rows"], rows), (StatusCode::OK, &json!(8), vec![4, 5, 6, 7, 8]), "{tried}");
    let (status, problem) = import("", &bad).await;
    assert_eq!((status, &problem["created"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(0)));
    assert_eq!(problem["refused"], tried["refused"]);
    assert_eq!(it.get(&it.admin, "/contacts").await["items"].as_array().unwrap().len(), 1, "all or none");

    assert_eq!(import("", &file).await, (StatusCode::OK, expected));
    let shown = it.get(&ben, &format!("/contacts/{}", olena.as_str().unwrap())).await;
    assert_eq!((&shown["note"], &shown["attributes"]["City"]), (&json!("Likes; blue"), &json!("Львів")));
    assert_eq!(shown["name"], "Olena Kovalenko", "an empty cell changes nothing");
    let conversation = it.get(&ben, &format!("/conversations/{conversation}")).await;
    assert_eq!(conversation["contact"]["phone"], shown["phone"], "Workspace shows it beside the conversation");
    assert!(shown["phone"].as_str().unwrap().ends_with("67"), "{shown}");
    let found = it.get(&it.admin, "/contacts?q=0501112233").await;
    assert_eq!(found["items"][0]["name"], "Їжак Їжаченко");
    let again = "name,phone\nIzhak,+380 (50) 111-22-33\n";
    assert_eq!(import("", again).await.1, json!({ "rows": 1, "created": 0, "updated": 1, "refused": [] }));
    let ids = it.get(&ben, "/contacts?q=Izhak").await;
    assert_eq!(ids["items"], json!([]), "an agent sees only those whom they talked with");

    for (media, file, expected) in [
        ("application/json", "name\nAnn\n", StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("text/csv", "", StatusCode::UNPROCESSABLE_ENTITY),
        ("text/csv", "name,age\nAnn,7\n", StatusCode::UNPROCESSABLE_ENTITY),
        ("text/csv", "name\n\"Ann\n", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let (status, problem) = post(it, &it.admin, "/contacts/import", media, file).await;
        assert_eq!(status, expected, "{problem}");
    }
    let sue = it.user("Sue", Role::Supervisor).await;
    assert_eq!(post(it, &sue, "/contacts/import", "text/csv", "name\nAnn\n").await.0, StatusCode::FORBIDDEN);
}

async fn contacts_that_a_user_may_not_see_are_neither_changed_nor_revealed(it: &TestApp) {
    let (ben, conversation, _) = active(it).await;
    let olena = it.get(&ben, &format!("/conversations/{conversation}")).await["contact"]["id"].clone();
    let olena = olena.as_str().unwrap();
    let file = format!("id,name,phone\n{olena},Olena Kovalenko,+380671112233\n");
    assert_eq!(post(it, &it.admin, "/contacts/import", "text/csv", &file).await.0, StatusCode::OK);
    let role = json!({ "name": "Importer", "permissions": ["contacts", "answer"] });
    let role = it.post(&it.admin, "/roles", role).await["id"].clone();
    let ira = it.user("Ira", Role::Agent).await;
    let user = it.get(&ira, "/me").await["user"]["id"].as_str().unwrap().to_owned();
    it.call(&it.admin, Method::PATCH, &format!("/users/{user}"), Some(json!({ "role": role }))).await;

    let stranger = olena.replace(|digit: char| digit.is_ascii_digit(), "9");
    let refusal = async |id: &str| {
        let (status, problem) =
            post(it, &ira, "/contacts/import", "text/csv", &format!("id,name\n{id},Changed\n")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        problem["refused"].to_string().replace(id, "ID")
    };
    assert_eq!(refusal(olena).await, refusal(&stranger).await, "the same as for one that does not exist");
    // By its phone number it is a new contact to them.
    let (_, imported) =
        post(it, &ira, "/contacts/import", "text/csv", "name,phone\nChanged,+380671112233\n").await;
    assert_eq!(imported, json!({ "rows": 1, "created": 1, "updated": 0, "refused": [] }));
    assert_eq!(it.get(&it.admin, &format!("/contacts/{olena}")).await["name"], "Olena Kovalenko");
}

async fn a_number_without_its_country_is_the_same_person_and_never_one_of_two(it: &TestApp) {
    let import = async |file: &str| post(it, &it.admin, "/contacts/import", "text/csv", file).await;
    let counts = |created: i64, updated: i64| {
        let rows = created + updated;
        (StatusCode::OK, json!({ "rows": rows, "created": created, "updated": updated, "refused": [] }))
    };
    assert_eq!(import("name,phone\nOlena,+380 67 123 45 67\n").await, counts(1, 0));
    assert_eq!(import("note,phone\nRegular,067 123 45 67\n").await, counts(0, 1), "as the search finds her");
    let found = it.get(&it.admin, "/contacts?q=0671234567").await;
    assert_eq!((&found["items"][0]["name"], &found["items"][0]["note"]), (&json!("Olena"), &json!("Regular")));
    assert_eq!(found["items"][0]["phone"], "+380 67 123 45 67", "the country is not lost");

    // The same end in another country is another person. Which of the two a number without a country is, only people know.
    assert_eq!(import("name,phone\nOtto,+49 671234567\n").await, counts(1, 0));
    let (status, problem) = import("note,phone\nWho?,0671234567\n").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    let detail = problem["refused"][0]["detail"].as_str().unwrap();
    assert!(detail.contains("Several contacts have this phone number"), "{detail}");
    assert_eq!(import("note,phone\nSure,+380671234567\n").await, counts(0, 1), "with its country it is clear");

    let (_, problem) = import("name,phone\nNew,+380501112233\nAgain,0501112233\n").await;
    assert_eq!(problem["refused"][0]["row"], 2, "two rows about one person: {problem}");

    // Many contacts without a number are not compared with each other.
    let rows: String = (0..20_000).map(|n| format!("Contact {n},\n")).collect();
    let (status, tried) =
        post(it, &it.admin, "/contacts/import?dry_run=1", "text/csv", &format!("name,phone\n{rows}")).await;
    assert_eq!((status, &tried["created"]), (StatusCode::OK, &json!(20_000)), "{tried}");
}
