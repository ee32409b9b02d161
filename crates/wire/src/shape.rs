//! What a body would cost, before it is read: one byte of CBOR can be a struct of hundreds, so its size alone bounds nothing.

use crate::WireError;

/// So many lists and maps may be in a body: a report of a thousand pods has about twenty thousand.
const GROUPS_MAX: usize = 100_000;
/// So many numbers, texts and byte strings.
const SCALARS_MAX: usize = 1_000_000;
/// So deep may they lie in each other.
const DEPTH_MAX: usize = 16;

/// Whether a body is one well-formed CBOR item (RFC 8949) of bounded cost. Tags, and items whose length is not told in
/// advance, are never written by us, so they are refused.
pub(crate) fn check(body: &[u8]) -> Result<(), WireError> {
    let bad = |what: &str| Err(WireError::Body(what.into()));
    let (mut rest, mut groups, mut scalars) = (body, 0, 0);
    // Items still to come, by depth.
    let mut open = vec![1u64];
    while let Some(left) = open.last_mut() {
        if *left == 0 {
            open.pop();
            continue;
        }
        *left -= 1;
        let Some((major, value)) = head(&mut rest) else { return bad("it is cut off") };
        match major {
            0 | 1 | 7 => scalars += 1,
            2 | 3 => {
                scalars += 1;
                let len = usize::try_from(value).ok().filter(|len| *len <= rest.len());
                let Some(len) = len else { return bad("it is cut off") };
                rest = &rest[len..];
            }
            4 | 5 => {
                groups += 1;
                open.push(if major == 5 { value.saturating_mul(2) } else { value });
            }
            _ => return bad("a tag"),
        }
        if groups > GROUPS_MAX || scalars > SCALARS_MAX || open.len() > DEPTH_MAX {
            return bad("it has too many parts, or they lie too deep");
        }
    }
    if rest.is_empty() { Ok(()) } else { bad("something follows it") }
}

/// The major type and the value of an item's head; none if it is cut off or has no definite length.
fn head(rest: &mut &[u8]) -> Option<(u8, u64)> {
    let (first, tail) = rest.split_first()?;
    let len = match first & 0x1f {
        small @ 0..=23 => {
            *rest = tail;
            return Some((first >> 5, u64::from(small)));
        }
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        _ => return None,
    };
    let (bytes, tail) = tail.split_at_checked(len)?;
    *rest = tail;
    Some((first >> 5, bytes.iter().fold(0, |n, b| n << 8 | u64::from(*b))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_judged_by_their_cost() {
        let check = |want: bool, body: &[u8], what: &str| {
            assert_eq!(check(body).is_ok(), want, "{what}");
        };
        check(true, &[0xa0], "an empty map");
        check(true, &[0xa1, 0x00, 0x62, b'h', b'i'], "{0: hi}");
        check(true, &[0xfb, 0, 0, 0, 0, 0, 0, 0, 0], "a float");
        check(false, &[], "nothing");
        check(false, &[0xa1, 0x00], "a map cut off");
        check(false, &[0x65, b'h'], "a text cut off");
        check(false, &[0x9b, 255, 255, 255, 255, 255, 255, 255, 255], "a list of too many");
        check(false, &[0xbf, 0xff], "a map without end");
        check(false, &[0xc0, 0x00], "a tag");
        check(false, &[0xa0, 0xa0], "two items");
        check(false, &[0x81; 20], "too deep");
        let mut many = vec![0x9a, 0, 2, 0, 0];
        many.extend([0xa0; 0x2_0000]);
        check(false, &many, "too many maps");
        let mut some = vec![0x99, 0x40, 0];
        some.extend([0xa0; 0x4000]);
        check(true, &some, "not too many");
    }
}
