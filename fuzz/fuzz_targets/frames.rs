//! Frames of streams, as the side that serves them hears them, and the one that opens them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::stream::{Hub, STREAMS_MAX};

fuzz_target!(|bytes: &[u8]| {
    let (serving, mut asked) = Hub::serving();
    let opening = Hub::opening(0);
    let mut ports = Vec::new();
    let mut rest = bytes;
    while let Some((&[high, low], after)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes([high, low])).min(after.len());
        let (frame, after) = after.split_at(length);
        let _ = (serving.hear(frame), opening.hear(frame));
        while let Ok((_, port)) = asked.try_recv() {
            ports.push(port);
        }
        assert!(serving.len() <= STREAMS_MAX && opening.is_empty());
        rest = after;
    }
});
