//! The sizes of a terminal, as clients say them: JSON objects, one after the other.

use serde::Deserialize;
use wire::stream::Size;

/// No size is said in more bytes.
const BYTES_MAX: usize = 1024;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Said {
    width: u16,
    height: u16,
}

/// Sizes from bytes, however they come.
#[derive(Default)]
pub(super) struct Sizes {
    rest: Vec<u8>,
}

impl Sizes {
    /// The newest size among what was said; none if there is none yet.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Option<Size> {
        self.rest.extend_from_slice(bytes);
        let mut all = serde_json::Deserializer::from_slice(&self.rest).into_iter::<Said>();
        let mut newest = None;
        while let Some(Ok(said)) = all.next() {
            newest = Some(Size { columns: said.width, rows: said.height });
        }
        let read = all.byte_offset();
        self.rest.drain(..read);
        if self.rest.len() > BYTES_MAX {
            self.rest.clear();
        }
        newest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_come_in_any_pieces() {
        let mut sizes = Sizes::default();
        let size = |columns, rows| Some(Size { columns, rows });
        assert_eq!(sizes.take(b"{\"Width\":80,\"Height\":24}\n"), size(80, 24));
        assert_eq!(sizes.take(b"{\"Width\":1,\"Height\":1}{\"Width\":2,\"Hei"), size(1, 1));
        assert_eq!(sizes.take(b"ght\":3}"), size(2, 3));
        assert_eq!(sizes.take(&[b'x'; 2000]), None);
        assert_eq!(sizes.take(b"{\"Width\":4,\"Height\":5}"), size(4, 5));
    }
}
