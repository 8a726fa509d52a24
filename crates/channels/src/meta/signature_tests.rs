//! Test vectors computed independently, with Python's `hmac` and `base64`; the secret is `shhh-app-secret`.

use super::*;

const SECRET: &str = "shhh-app-secret";
const PLAIN: &str = "d95c0b8d9565ba3e8786d0dd3b9530445aabea6bbafb5613991fe5f66933480a";
const OVER_RAW: &str = "dae9a9dadec160c07c743f1055f061d194292aaac950ce840eba672a8450abba";
const OVER_ESCAPED: &str = "c1fc0e304391c2274d36653e3aa9bcabbcef1b348a7e2830989cd61a8eef9709";

fn check(body: &str, hex: &str) -> Result<(), SignatureError> {
    verify(SECRET, body.as_bytes(), Some(&format!("sha256={hex}")))
}

#[test]
fn a_right_signature_holds_in_either_case() {
    let body = r#"{"object":"page","entry":[]}"#;
    assert_eq!(check(body, PLAIN), Ok(()));
    assert_eq!(check(body, &PLAIN.to_uppercase()), Ok(()));
}

#[test]
fn unescaped_characters_may_be_signed_raw_or_escaped() {
    let body = r#"{"text":"Grüße 😀"}"#;
    assert_eq!(check(body, OVER_RAW), Ok(()));
    assert_eq!(check(body, OVER_ESCAPED), Ok(()));
    assert_eq!(check(body, PLAIN), Err(SignatureError::Wrong));
    let escaped_body = r#"{"text":"Gr\u00fc\u00dfe \ud83d\ude00"}"#;
    assert_eq!(check(escaped_body, OVER_ESCAPED), Ok(()));
    assert_eq!(check(escaped_body, OVER_RAW), Err(SignatureError::Wrong));
}

#[test]
fn bytes_that_are_no_text_are_only_compared_raw() {
    let header = format!("sha256={PLAIN}");
    assert_eq!(verify(SECRET, &[0xff, 0xfe], Some(&header)), Err(SignatureError::Wrong));
}

#[test]
fn each_kind_of_bad_header_has_its_own_name() {
    let body = r#"{"object":"page","entry":[]}"#;
    assert_eq!(verify(SECRET, body.as_bytes(), None), Err(SignatureError::Missing));
    for header in ["", "sha256", "sha256=", "sha1=abc", "sha256=zz", &format!("sha256={PLAIN}0")] {
        assert_eq!(verify(SECRET, body.as_bytes(), Some(header)), Err(SignatureError::Malformed), "{header}");
    }
    assert_eq!(check(&format!("{body} "), PLAIN), Err(SignatureError::Wrong));
    let header = format!("sha256={PLAIN}");
    assert_eq!(verify("other", body.as_bytes(), Some(&header)), Err(SignatureError::Wrong));
}

#[test]
fn the_proof_of_a_token_is_lower_case_hex() {
    let proof = "8d2287c6374f2734c36a7fd74766d1f8c1ce825c4bb8dac9e262888c32623efc";
    assert_eq!(appsecret_proof(SECRET, "EAAB-token"), proof);
}

const PERSON: &str = "oPYzUzNWy4JcpRUSx7Ixe3D0jTpXEqq4P2rY9gYHQbM.eyJ1c2VyX2lkIjoiNDcwNSIsImFsZ29yaXRobSI6IkhNQUMtU0hBMjU2IiwiaXNzdWVkX2F0IjoxNjQyNTA5NTk3fQ";

#[test]
fn a_person_removed_the_app() {
    let expected = SignedRequest { user_id: Some("4705".into()), profile_id: None, issued_at: 1_642_509_597 };
    assert_eq!(signed_request(SECRET, PERSON), Ok(expected));
}

#[test]
fn a_page_was_detached_with_a_number_for_its_id_and_padding() {
    let field = "n2efv0p819A0Jv4vYE4l6XAhA7YTJK-qdX1LX0iVyaM=.eyJwcm9maWxlX2lkIjoxNzg0MTQwMDAwMDAwMDEyMywidXNlcl9pZCI6IiIsImFsZ29yaXRobSI6ImhtYWMtc2hhMjU2IiwiaXNzdWVkX2F0IjoiMTY0MjQyMjcwNSJ9";
    let expected =
        SignedRequest { user_id: None, profile_id: Some("17841400000000123".into()), issued_at: 1_642_422_705 };
    assert_eq!(signed_request(SECRET, field), Ok(expected));
}

#[test]
fn signed_requests_that_must_not_change_anything() {
    assert_eq!(signed_request("other", PERSON), Err(SignedRequestError::Wrong));
    assert_eq!(signed_request(SECRET, ""), Err(SignedRequestError::Malformed));
    assert_eq!(signed_request(SECRET, "a!.b"), Err(SignedRequestError::Malformed));
    assert_eq!(signed_request(SECRET, &PERSON.replace(".e", ".f")), Err(SignedRequestError::Wrong));
    let none = "d2Yk6QVNj779fg4mgg8I_Gu3P-eeOvftFoSi6SG2DRo.eyJ1c2VyX2lkIjoiMSIsImFsZ29yaXRobSI6Im5vbmUifQ";
    assert_eq!(signed_request(SECRET, none), Err(SignedRequestError::Algorithm));
}

#[test]
fn the_challenge_is_answered_to_the_right_token_only() {
    let query =
        |mode, token, challenge| [("hub.mode", mode), ("hub.verify_token", token), ("hub.challenge", challenge)];
    let right = verification(&query("subscribe", "token", "1158201444"), "token");
    assert_eq!(right, Verification::Challenge("1158201444".into()));
    assert_eq!(verification(&query("subscribe", "Token", "1"), "token"), Verification::Refused);
    assert_eq!(verification(&query("unsubscribe", "token", "1"), "token"), Verification::Refused);
    assert_eq!(verification(&query("subscribe", "", "1"), ""), Verification::Refused);
    let long = "7".repeat(CHALLENGE_MAX + 1);
    assert_eq!(verification(&query("subscribe", "token", &long), "token"), Verification::Refused);
    assert_eq!(verification(&[("code", "x")], "token"), Verification::NotOne);
}
