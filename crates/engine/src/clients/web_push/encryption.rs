//! Encrypts messages for one browser, so that the push service cannot read them (RFC 8291, in one record of RFC
//! 8188).

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};

use crate::secrets::random;

/// The length of a P-256 point in the format of browsers: 0x04 and two coordinates.
pub const POINT: usize = 65;
/// The length of the secret that a browser shares with permitted senders.
pub const AUTH: usize = 16;
/// The size of the one record; no message is that long.
const RECORD: u32 = 4096;

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn derive<const N: usize>(salt: &[u8], secret: &[u8], info: &[&[u8]]) -> Result<[u8; N], Unspecified> {
    let mut key = [0; N];
    Salt::new(HKDF_SHA256, salt).extract(secret).expand(info, Length(N))?.fill(&mut key)?;
    Ok(key)
}

/// Whether a point is on the curve, so that it can be used for encryption.
pub fn is_point(point: &[u8]) -> bool {
    let try_it = || -> Result<(), Unspecified> {
        let own = PrivateKey::generate(&ECDH_P256)?;
        agree(&own, UnparsedPublicKey::new(&ECDH_P256, point), Unspecified, |_| Ok(()))
    };
    point.len() == POINT && try_it().is_ok()
}

/// Encrypts a message for the browser with this point and secret.
pub fn encrypt(message: &[u8], point: &[u8], auth: &[u8]) -> Result<Vec<u8>, Unspecified> {
    encrypt_with(message, point, auth, &PrivateKey::generate(&ECDH_P256)?, random())
}

fn encrypt_with(
    message: &[u8],
    point: &[u8],
    auth: &[u8],
    own: &PrivateKey,
    salt: [u8; 16],
) -> Result<Vec<u8>, Unspecified> {
    let own_point = own.compute_public_key()?;
    let own_point = own_point.as_ref();
    let peer = UnparsedPublicKey::new(&ECDH_P256, point);
    let secret: [u8; 32] =
        agree(own, peer, Unspecified, |shared| derive(auth, shared, &[b"WebPush: info\0", point, own_point]))?;
    let key: [u8; 16] = derive(&salt, &secret, &[b"Content-Encoding: aes128gcm\0"])?;
    let nonce: [u8; 12] = derive(&salt, &secret, &[b"Content-Encoding: nonce\0"])?;
    // The mark of the last record.
    let mut record = [message, &[2]].concat();
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key)?);
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut record)?;
    let length = u8::try_from(own_point.len()).map_err(|_| Unspecified)?;
    Ok([&salt[..], &RECORD.to_be_bytes(), &[length], own_point, &record].concat())
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    #[test]
    fn the_example_of_rfc_8291_comes_out() {
        let point =
            bytes("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4");
        let own = PrivateKey::from_private_key(&ECDH_P256, &bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
            .unwrap();
        let salt = bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap();
        let message = b"When I grow up, I want to be a watermelon";
        let sent = encrypt_with(message, &point, &bytes("BTBZMqHH6r4Tts7J_aSIgg"), &own, salt).unwrap();
        let expected = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz\
            AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
        assert_eq!(URL_SAFE_NO_PAD.encode(sent), expected);
        assert!(is_point(&point));
        assert!(!is_point(&[4; POINT]) && !is_point(&point[1..]));
    }
}
