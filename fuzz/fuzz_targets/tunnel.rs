//! What comes through a broker that is not trusted.
#![no_main]

use libfuzzer_sys::fuzz_target;
use model::NodeName;
use wire::sign::SigningKey;
use wire::tunnel::{Asking, Lane, MARK, answer};

fuzz_target!(|bytes: &[u8]| {
    let (node, key) = (NodeName::from("n1"), SigningKey::from_seed([1; 32]));
    let Ok((asking, question)) = Asking::new(&node, &key) else { return };
    let made = answer(&node, &key.public(), &question, &[], |m| Some(key.sign(m)));
    let (mut tunnel, _) = made.expect("our own question");
    for kind in 0..6 {
        let said = [&[MARK, kind][..], bytes].concat();
        assert!(answer(&node, &key.public(), &said, &[], |_| None).is_none());
        assert_eq!(tunnel.open(Lane::Messages, &said), None, "nobody sealed that");
    }
    let said = [&[MARK, 2][..], bytes].concat();
    // Believed, whatever it claims: what it says may still be anything.
    let _ = asking.take(&said, |_| true);
});
