//! Messages of either side, whole and in pieces. What can be read is written and read again: the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::chunk::{Chunks, PAYLOAD_MAX, is_whole};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(message) = wire::decode_up(bytes) {
        let again = wire::encode_up(&message).expect("it fits: it came");
        assert_eq!(wire::decode_up(&again).expect("our own"), message);
    }
    if let Ok(message) = wire::decode_down(bytes) {
        let again = wire::encode_down(&message).expect("it fits: it came");
        assert_eq!(wire::decode_down(&again).expect("our own"), message);
    }
    // Payloads one after the other, each with its length before it.
    let mut chunks = Chunks::new(wire::UP_MAX, PAYLOAD_MAX);
    let mut rest = bytes;
    while let Some((&[high, low], after)) = rest.split_first_chunk::<2>().map(|(h, a)| (h, a)) {
        let length = usize::from(u16::from_be_bytes([high, low])).min(after.len());
        let (payload, after) = after.split_at(length);
        if !is_whole(payload) {
            let _ = chunks.hear(payload);
        }
        rest = after;
    }
});
