//! Bodies in protobuf, as kubectl sends them.
#![no_main]

use controller_core::schema::protobuf::decode;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = decode(bytes);
    // Past the envelope.
    let _ = decode(&[b"k8s\0", bytes].concat());
});
