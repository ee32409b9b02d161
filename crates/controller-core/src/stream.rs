//! Names and uids come from numbers that are arguments: one stream for each use, so that a use more here changes
//! nothing there.

use alloc::string::String;

/// The characters that Kubernetes puts into generated names: no vowels, and none that are read as another.
const NAME_LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// A stream of numbers from a seed (SplitMix64, Steele, Lea and Flood 2014).
#[derive(Clone, Debug)]
pub struct Stream(u64);

impl Stream {
    /// The stream of one use.
    #[must_use]
    pub fn new(seed: u64, for_use: &str) -> Self {
        let salt = for_use.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| {
            (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Self(seed ^ salt)
    }

    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Some letters for the end of a generated name.
    pub fn letters(&mut self, count: usize) -> String {
        (0..count)
            .map(|_| {
                let n = self.draw() % NAME_LETTERS.len() as u64;
                char::from(NAME_LETTERS[usize::try_from(n).unwrap_or(0)])
            })
            .collect()
    }

    /// A uid: a random UUID (RFC 9562, version 4).
    pub fn uuid(&mut self) -> String {
        let (high, low) = (self.draw(), self.draw());
        let high = (high & !0xf000) | 0x4000;
        let low = (low & !(0b11 << 62)) | (0b10 << 62);
        alloc::format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xffff,
            low >> 48,
            low & 0xffff_ffff_ffff
        )
    }
}

/// A number as Kubernetes writes hashes into names: its decimal digits, each as one of the letters that names use.
#[must_use]
pub fn safe_letters(number: u32) -> String {
    alloc::format!("{number}")
        .bytes()
        .map(|b| char::from(NAME_LETTERS[usize::from(b) % NAME_LETTERS.len()]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uids_are_version_four_and_differ() {
        let mut s = Stream::new(7, "uids");
        let (a, b) = (s.uuid(), s.uuid());
        assert_ne!(a, b);
        assert_eq!(a.len(), 36);
        assert_eq!(&a[14..15], "4");
        assert!("89ab".contains(&a[19..20]));
        assert_ne!(Stream::new(7, "uids").uuid(), Stream::new(7, "names").uuid());
    }

    #[test]
    fn letters_are_of_the_alphabet() {
        let text = Stream::new(1, "names").letters(200);
        assert!(text.bytes().all(|b| NAME_LETTERS.contains(&b)));
        assert!(safe_letters(u32::MAX).bytes().all(|b| NAME_LETTERS.contains(&b)));
    }
}
