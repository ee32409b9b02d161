//! What a machine that joins asks and is answered, tokens, boxes, signatures.
#![no_main]

use libfuzzer_sys::fuzz_target;
use model::trust::PublicKey;
use wire::join::{Answer, Request, Token};

fuzz_target!(|bytes: &[u8]| {
    if let Some(request) = Request::read(bytes) {
        assert!(request.asked.key().is_some());
        let _ = request.is_by_token(&PublicKey([1; 32]));
    }
    if let Some(answer) = Answer::read(bytes) {
        assert_eq!(Answer::read(&answer.write()), Some(answer));
    }
    if let Ok(text) = core::str::from_utf8(bytes) {
        if let Ok(token) = Token::parse(text) {
            assert_eq!(Token::parse(&token.reveal()), Ok(token));
        }
        let _ = (wire::address::parse(text), wire::topic::parse("dl", text));
        let _ = (wire::join::asking("dl", text), wire::join::answered("dl", text));
    }
    if let Some(key) = bytes.first_chunk::<32>().and_then(|b| wire::seal::SealingKey::from_bytes(b)) {
        assert_eq!(key.open(&bytes[32..], b"place"), None, "nobody sealed that");
    }
});
